#!/bin/bash
# Runs one step of a build: step.sh [--show] [--hint TEXT] TITLE COMMAND...
#
# The command's output goes to build/log/TITLE.log and to the screen: on a terminal its latest line,
# each in the place of the one before; elsewhere, or with --show, every line. A failed step ends with
# the log's last lines (where they were not shown), the log's path and the hint.
set -u

show=no
hint='Mend the first error in the log, then run the same command again.'
while true; do
  case ${1:-} in
    --show) show=yes; shift ;;
    --hint) hint=$2; shift 2 ;;
    *) break ;;
  esac
done
if [ $# -lt 2 ]; then
  echo "usage: step.sh [--show] [--hint TEXT] TITLE COMMAND..." >&2
  exit 2
fi
title=$1
shift

folder=$(cd "$(dirname "$0")/.." && pwd)/build/log
mkdir -p "$folder"
log=$folder/$(tr -cs 'a-zA-Z0-9\n' '-' <<<"$title" | tr '[:upper:]' '[:lower:]').log

in_place=no
if [ -t 1 ] && [ $show = no ]; then in_place=yes; fi

# The latest line, cut to the screen's width, with a clock that moves on while nothing is said.
progress() {
  local width line latest='' status text
  width=$(tput cols 2>/dev/null || echo 80)
  while true; do
    IFS= read -r -t 1 line
    status=$?
    if [ $status -eq 0 ]; then
      latest=${line//[$'\t\r\e']/ }
    elif [ $status -le 128 ]; then # the end, not the time-out
      break
    fi
    printf -v text '%s (%d:%02d) %s' "$title" $((SECONDS / 60)) $((SECONDS % 60)) "$latest"
    printf '\r\e[K%s' "${text:0:width-1}"
  done
  printf '\r\e[K'
}

if [ $in_place = yes ]; then
  "$@" </dev/null 2>&1 | tee "$log" | progress
else
  [ $show = yes ] || echo "== $title"
  "$@" </dev/null 2>&1 | tee "$log"
fi
status=${PIPESTATUS[0]}

if [ "$status" -eq 0 ]; then
  if [ $in_place = yes ]; then echo "$title: done in $SECONDS s"; fi
  exit 0
fi
{
  [ $in_place = no ] || tail -n 30 "$log"
  echo
  echo "$title failed. The whole log: ${log#"$PWD"/}"
  echo "$hint"
} >&2
exit "$status"
