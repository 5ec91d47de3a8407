#!/bin/sh
# Builds Rust guests into components:
#
#   build.sh OUT_DIR                 those of this folder, as OUT_DIR/NAME.wasm
#   build.sh --crate DIR OUT.wasm    the crate in DIR, which may lie anywhere
#
# The first writes nothing outside OUT_DIR. The second keeps what it makes on the way in build/guests/obj, where
# the first has made most of it already, and writes nothing into DIR but Cargo.lock where there is none.
# When nothing changed either takes well under a second.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
guests='processor ascii faulty shop round_trip passing'

usage() {
  echo "usage: build.sh OUT_DIR, or build.sh --crate DIR OUT.wasm" >&2
  exit 2
}
crate='' # a folder; empty: the crates of this one
case ${1:-} in
  --crate)
    [ $# -eq 3 ] || usage
    crate=$(cd "$2" && pwd)
    mkdir -p "$(dirname "$3")"
    component=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
    out=$here/../../build/guests
    ;;
  -* | '') usage ;;
  *)
    [ $# -eq 1 ] || usage
    out=$1
    ;;
esac
mkdir -p "$out"
out=$(cd "$out" && pwd)

toolchain=$("$here/toolchain.sh") || {
  echo "The guests cannot be built. Run scripts/setup.sh guests, or: rustup target add wasm32-unknown-unknown" >&2
  exit 1
}
eval "$toolchain"
export RUSTC

# What a developer's shell may say about other builds does not concern this one.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_BUILD_RUSTFLAGS || true

cargo() { "$CARGO" "$@" --release --target-dir "$out/obj"; }
componentize() { "$out/obj/release/componentize" "$@"; }

# The tool first: for this machine, by the same compiler. Nobody who builds a crate asked for it: it is quiet.
cd "$here/../componentize"
cargo build --locked ${crate:+--quiet}

set -- --target wasm32-unknown-unknown
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$LINKER"
if [ "$BUILD_STD" = yes ]; then
  export RUSTC_BOOTSTRAP=1 # -Z needs it; cargo builds the library once and again when the compiler changes
  set -- "$@" -Zbuild-std=std,panic_abort
fi

if [ -z "$crate" ]; then
  cd "$here" # .cargo/config.toml is found from here
  cargo build --locked "$@"
  for guest in $guests; do
    componentize "$out/obj/wasm32-unknown-unknown/release/$guest.wasm" "$out/$guest.wasm"
  done
  exit
fi

cd "$crate"
# The versions that the guests here are built with are here, and need no network.
lock=$(dirname "$("$CARGO" locate-project --workspace --message-format plain)")/Cargo.lock
[ -e "$lock" ] || cp "$here/Cargo.lock" "$lock"
made=$(cargo build --config "$here/.cargo/config.toml" "$@" --message-format json-render-diagnostics)
core=$(echo "$made" | sed -n 's/.*"reason":"compiler-artifact".*"filenames":\["\([^"]*\.wasm\)"\].*/\1/p')
case $core in
  '') echo "$crate makes no WebAssembly: Cargo.toml needs [lib] crate-type = [\"cdylib\"]" >&2 && exit 1 ;;
  *.wasm*.wasm) echo "$crate makes more than one module: name the folder of one crate" >&2 && exit 1 ;;
esac
componentize "$core" "$component"
