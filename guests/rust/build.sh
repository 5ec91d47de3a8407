#!/bin/sh
# build.sh OUT_DIR: builds the guests of this folder into components, OUT_DIR/NAME.wasm. Writes nothing
# outside OUT_DIR. When nothing changed it takes well under a second.
#
# MORTISE_TOOLCHAIN in the environment is the program mortise-toolchain, which makes components of
# modules; where nobody says, the one of build/.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
guests='processor ascii faulty shop round_trip passing visits nest pipeline'

[ $# -eq 1 ] || {
  echo "usage: build.sh OUT_DIR" >&2
  exit 2
}
tool=${MORTISE_TOOLCHAIN:-$here/../../build/toolchain/release/mortise-toolchain}
[ -x "$tool" ] || {
  echo "$tool is not there. Build it: cmake --build build/release --target toolchain" >&2
  exit 1
}
mkdir -p "$1"
out=$(cd "$1" && pwd)

toolchain=$("$here/toolchain.sh") || {
  echo "The guests cannot be built. Run scripts/setup.sh guests, or: rustup target add wasm32-unknown-unknown" >&2
  exit 1
}
eval "$toolchain"
export RUSTC

# What a developer's shell may say about other builds does not concern this one.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_BUILD_RUSTFLAGS || true

set -- --target wasm32-unknown-unknown
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$LINKER"
if [ "$BUILD_STD" = yes ]; then
  export RUSTC_BOOTSTRAP=1 # -Z needs it; cargo builds the library once and again when the compiler changes
  set -- "$@" -Zbuild-std=std,panic_abort
fi

cd "$here" # .cargo/config.toml is found from here
"$CARGO" build --locked --release --target-dir "$out/obj" "$@"
for guest in $guests; do
  "$tool" component "$out/obj/wasm32-unknown-unknown/release/$guest.wasm" -o "$out/$guest.wasm"
done
