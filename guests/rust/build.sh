#!/bin/sh
# Builds the Rust guests into components: build.sh OUT_DIR makes OUT_DIR/{processor,ascii,faulty,shop}.wasm.
# Writes nothing outside OUT_DIR. When nothing changed it takes well under a second.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: build.sh OUT_DIR" >&2
  exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
guests='processor ascii faulty shop'

toolchain=$("$here/toolchain.sh") || {
  echo "The guests cannot be built. Run scripts/setup.sh guests, or: rustup target add wasm32-unknown-unknown" >&2
  exit 1
}
eval "$toolchain"
export RUSTC

# What a developer's shell may say about other builds does not concern this one.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_BUILD_RUSTFLAGS || true

# The tool first: for this machine, by the same compiler.
cargo() { "$CARGO" "$@" --release --locked --target-dir "$out/obj"; }

cd "$here/../componentize"
cargo build

cd "$here" # .cargo/config.toml is found from here
set -- --target wasm32-unknown-unknown
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$LINKER"
if [ "$BUILD_STD" = yes ]; then
  export RUSTC_BOOTSTRAP=1 # -Z needs it; cargo builds the library once and again when the compiler changes
  set -- "$@" -Zbuild-std=std,panic_abort
fi
cargo build "$@"

for guest in $guests; do
  "$out/obj/release/componentize" "$out/obj/wasm32-unknown-unknown/release/$guest.wasm" "$out/$guest.wasm"
done
