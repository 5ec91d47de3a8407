#!/bin/sh
# build.sh WIT: builds each plugin in the folder that this file lies in, as its author would: one by one.
#
# WIT is where Mortise's own contracts are: wit/ in its repository, share/mortise/wit where it is
# installed. `mortise` has to be on the PATH. What did not change is not built again.
set -eu

[ $# -eq 1 ] || {
  echo "usage: build.sh WIT" >&2
  exit 2
}
wit=$(cd "$1" && pwd)
cd "$(dirname "$0")"

# The packages that plugins.wit speaks of, with their times: what is no newer is no change.
mkdir -p wit/deps
cp -Rp ../wit "$wit/sql" "$wit/plugins" wit/deps/
for package in logging-0.1.0-draft config-0.2.0-rc.1 keyvalue-0.2.0-draft2; do
  cp -Rp "$wit/services/deps/$package" wit/deps/
done

for plugin in stock limits discount tax total; do
  mortise build "$plugin"
done
