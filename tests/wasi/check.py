"""Builds the plugin of this folder and asks it: check.py MORTISE TARGET_DIR.

Ends with 77 where Rust has no wasm32-wasip2.
"""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = "wasm32-wasip2"

# What is asked, what is answered, and what else is said: of a failure, the first lines.
CASES = [
    ("arguments", '"0"', []),
    ("environment", '"0"', []),
    ("file", '"No such file or directory (os error 44)"', []),
    ("folder", '"No such file or directory (os error 44)"', []),
    ("tcp", '"Permission denied (os error 2)"', []),
    ("name", '"Permission denied (os error 2)"', []),
    ("udp", '"Permission denied (os error 2)"', []),
    ("stdin", '"it went well"', []),
    ("date", '"true"', []),
    ("map", '"{1: 2}"', []),
    ("print", '"done"', ["wasi.wasm: hello", "wasi.wasm: world", "wasi.wasm: no end"]),
    ("nap", '"5ms"', []),
    ("sleep", "", ["mortise call: wasi.wasm: ask was stopped at its deadline of 1000 ms (--deadline)"]),
    ("exit", "", ["mortise call: wasi.wasm: ask called `exit` with status 1"]),
    (
        "panic",
        "",
        [
            "wasi.wasm: ",
            "wasi.wasm: thread '<unnamed>' (1) panicked at src/lib.rs:59:24:",
            "wasi.wasm: at the disco",
        ],
    ),
]


def has_target():
    found = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", TARGET], capture_output=True, text=True
    )
    return found.returncode == 0 and any(pathlib.Path(found.stdout.strip()).glob("libstd-*.rlib"))


def build(target_dir):
    # What a developer's shell may say about other builds does not concern this one.
    kept = {k: v for k, v in os.environ.items() if "RUSTFLAGS" not in k}
    subprocess.run(
        ["cargo", "build", "--locked", "--release", "--quiet", "--target", TARGET]
        + ["--target-dir", target_dir],
        cwd=HERE,
        env=kept,
        check=True,
    )
    return target_dir / TARGET / "release" / "wasi.wasm"


def main(mortise, target_dir):
    if not has_target():
        print(f"skipped: Rust has no {TARGET}; to add it: rustup target add {TARGET}")
        return 77
    plugin = build(pathlib.Path(target_dir).resolve())
    wrong = 0
    for what, answer, lines in CASES:
        done = subprocess.run(
            [mortise, "call", plugin, f'ask("{what}")', "--deadline", "1s"],
            capture_output=True,
            text=True,
            input="something that it must not read",
        )
        said = done.stderr.splitlines()
        # Of a failure, the plugin's frames come after it.
        said = said[: len(lines)] if not answer else said
        if (done.stdout.strip(), said) != (answer, lines):
            wrong += 1
            print(f"{what}: expected {answer!r} and {lines}, got {done.stdout!r} and {said}")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
