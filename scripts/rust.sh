#!/bin/sh
# rust.sh check|deny|format: checks the style of all Rust crates (rustfmt, clippy), or what they are
# made of (cargo deny, deny.toml), or formats them.
# A toolchain without rustfmt or clippy, as Debian's may be, has that part skipped.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
cargo=${CARGO:-$(command -v cargo || echo "${CARGO_HOME:-$HOME/.cargo}/bin/cargo")}
build=$root/build/lint

# each_crate COMMAND...: in every folder that has a Cargo.lock. The template of plugins is no crate yet.
each_crate() {
  git ls-files -co --exclude-standard -- '*Cargo.lock' ':!guests/rust/template' | while read -r lock; do
    echo "$(dirname "$lock"):"
    (cd "$(dirname "$lock")" && "$@") </dev/null || exit 1
  done
}
deny() { "$cargo" deny --locked --config "$root/deny.toml" check "$@"; }
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
  deny)
    if "$cargo" deny --version >/dev/null 2>&1; then
      each_crate deny bans licenses sources
      # The advisories are in a git repository.
      if (cd engine && "$cargo" deny --config "$root/deny.toml" fetch db) >/dev/null 2>&1; then
        each_crate deny advisories
      else
        echo "Advisories: skipped, they cannot be fetched"
      fi
    else
      echo "Cargo deny: skipped; to have it: cargo install cargo-deny --locked"
    fi
    ;;
  format)
    if has fmt; then each_crate "$cargo" fmt --all; fi
    ;;
  *)
    echo "usage: rust.sh check|deny|format" >&2
    exit 2
    ;;
esac
