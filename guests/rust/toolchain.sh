#!/bin/sh
# toolchain.sh [TARGET]: finds a Rust toolchain that can build guests and prints, for `eval`, how to use it:
#
#   RUSTC      the compiler
#   VERSION    of it
#   CARGO      the cargo to drive it with
#   LINKER     the linker for WebAssembly
#   BUILD_STD  yes: the standard library must be built too, from the sources that RUSTC brings
#
# The first compiler that has the target is taken (`rustup target add` provides it), else the first that
# brings its sources, as Debian's rustc-web with rust-web-src does. TARGET is wasm32-unknown-unknown, which
# needs nothing else; the library of any other needs one of C too, so that its sources do not help.
# `mortise build` has this script in it, and finds the compiler with it.
# RUSTC and CARGO in the environment come before any other. Without a toolchain: fails, and says why.
set -eu

oldest=95 # the minor version of Rust 1.x that the project needs
target=${1:-wasm32-unknown-unknown}
user_bin=${CARGO_HOME:-${HOME:-/}/.cargo}/bin

fail() {
  echo "$1" >&2
  exit 1
}

# Every compiler there is, one a line, the preferred one first.
compilers() {
  if [ -n "${RUSTC:-}" ]; then
    command -v "$RUSTC" || true
    return
  fi
  IFS=:
  for folder in $PATH "$user_bin" /usr/bin; do
    if [ -x "$folder/rustc" ]; then echo "$(cd "$folder" && pwd -P)/rustc"; fi
  done | awk '!seen[$0]++'
}

rustc=''   # the choice
release='' # its version
std=''     # that it has: target or source
llvm=''    # its LLVM's major version
lld=''     # the first linker that came with any compiler
look_at() {
  version=$("$1" -vV 2>/dev/null) || return 0
  minor=$(echo "$version" | sed -n 's/^release: 1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge "$oldest" ] || return 0
  sysroot=$("$1" --print sysroot)/lib/rustlib
  host=$(echo "$version" | sed -n 's/^host: //p')
  if [ -z "$lld" ] && [ -x "$sysroot/$host/bin/rust-lld" ]; then lld=$sysroot/$host/bin/rust-lld; fi
  if [ "$std" != target ] && [ -n "$(find "$sysroot/$target/lib" -name 'libstd-*.rlib' 2>/dev/null)" ]; then
    std=target
  elif [ -z "$std" ] && [ "$target" = wasm32-unknown-unknown ] && [ -f "$sysroot/src/rust/library/std/Cargo.toml" ]; then
    std=source
  else
    return 0
  fi
  rustc=$1
  release=$(echo "$version" | sed -n 's/^release: //p')
  llvm=$(echo "$version" | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
}
found=$(compilers)
while read -r compiler; do look_at "$compiler"; done <<EOF
$found
EOF

if [ -z "$rustc" ]; then
  sources=' or the sources to build its standard library'
  [ "$target" = wasm32-unknown-unknown ] || sources=''
  fail "no Rust compiler (1.$oldest or newer) has the target $target$sources"
fi

if [ -z "$lld" ]; then
  lld=$(command -v rust-lld || command -v "wasm-ld-$llvm" || command -v wasm-ld) ||
    fail "no linker for WebAssembly: neither rust-lld nor wasm-ld-$llvm is installed"
fi

cargo=${CARGO:-}
for candidate in "$(dirname "$rustc")/cargo" "$(command -v cargo || true)" "$user_bin/cargo"; do
  if [ -z "$cargo" ] && [ -x "$candidate" ]; then cargo=$candidate; fi
done
[ -n "$cargo" ] || fail "there is $rustc, but no cargo"

cat <<EOF
RUSTC='$rustc'
VERSION='$release'
CARGO='$cargo'
LINKER='$lld'
BUILD_STD=$([ "$std" = target ] && echo no || echo yes)
EOF
