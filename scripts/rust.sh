#!/bin/sh
# rust.sh check|format: checks the style of all Rust crates (rustfmt, clippy), or formats them.
# A toolchain without rustfmt or clippy, as Debian's may be, has that part skipped.
set -eu

cd "$(dirname "$0")/.."
cargo=${CARGO:-$(command -v cargo || echo "${CARGO_HOME:-$HOME/.cargo}/bin/cargo")}
build=$PWD/build/lint

each_crate() { # each_crate COMMAND...: in every folder that has a Cargo.lock
  git ls-files -co --exclude-standard -- '*Cargo.lock' | while read -r lock; do
    echo "$(dirname "$lock"):"
    (cd "$(dirname "$lock")" && "$@") </dev/null || exit 1
  done
}
has() {
  "$cargo" "$1" --version >/dev/null 2>&1 || {
    echo "cargo $1: skipped, this toolchain has none"
    return 1
  }
}

case ${1:-} in
  check)
    if has fmt; then each_crate "$cargo" fmt --all --check; fi
    if has clippy; then
      each_crate "$cargo" clippy --locked --all-targets --target-dir "$build" -- -D warnings
    fi
    ;;
  format)
    if has fmt; then each_crate "$cargo" fmt --all; fi
    ;;
  *)
    echo "usage: rust.sh check|format" >&2
    exit 2
    ;;
esac
