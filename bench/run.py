#!/usr/bin/env python3
"""Measures what a call of a plugin costs, and a plugin itself: through Mortise, from Rust, as native
code in this process and in another, by a socket and by gRPC.

Every figure comes from a program that checks its answer, measures one thing and ends. All of them run
once in each round, in an order that changes, so that a machine that changes its speed changes it for
all. A ratio is taken within a round, from programs that ran within seconds of each other. Times of
different sessions or machines compare nothing.
"""

import argparse
import datetime
import json
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is built in the source tree
import machine
import report
from cases import GUESTS, Case
from measure import measure

ROOT = Path(__file__).resolve().parent.parent


def main():
    args = arguments()
    results = args.build / "results.json"
    if args.markdown:
        print(report.markdown(load(results)), end="")
        return
    programs, guests = found(args.build)
    core, second, one_in_truth = machine.choose_cores()
    measured = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": machine.facts(),
        "versions": versions(args.build, programs),
        "settings": {
            "rounds": args.rounds,
            "seconds": args.seconds,
            "core": core,
            "second_core": second,
            "cores_are_siblings": one_in_truth,
        },
    }
    watch = machine.Watch()
    samples = measure(measured["settings"], programs, guests)
    measured["warnings"] = watch.warnings() + report.wide(samples)
    measured["samples"] = samples

    save(measured, results)
    print(report.text(measured))
    print(f"Every sample: {results}\nAs Markdown: bench/run.py {args.build} --markdown")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", type=Path, help="where `make bench` built: build/bench")
    parser.add_argument("--quick", action="store_true", help="a first look: 3 rounds of 0.05 s")
    parser.add_argument("--rounds", type=int, help="11 if nothing is said")
    parser.add_argument("--seconds", type=float, help="of each measurement; 0.2 if nothing is said")
    parser.add_argument("--markdown", action="store_true", help="measure nothing: print the last results as Markdown")
    args = parser.parse_args()
    args.rounds = args.rounds or (3 if args.quick else 11)
    args.seconds = args.seconds or (0.05 if args.quick else 0.2)
    return args


def found(build):
    """The programs, and what they are given for a guest."""
    shared = build.parent
    programs = {name: build / f"bench/bench_{name}" for name in ("mortise", "lifecycle", "scaling", "native", "socketpair", "grpc")}
    programs |= {name: shared / f"bench-{name}/release/bench-rust" for name in ("rust", "rust-stock", "rust-inlined")}
    guests = {name: shared / f"guests/{name}.wasm" for name in GUESTS}
    guests["passing"] = shared / "guests/passing.wasm"
    guests |= {name: ROOT / f"bench/{name}.wat" for name in ("noop", "echo")}
    guests["native"] = build / "bench/libbench_native_plugin.so"
    for path in [*programs.values(), *guests.values()]:
        if not path.exists():
            sys.exit(f"{path} is missing. Run: make bench")
    return programs, guests


# ---- The file of results -------------------------------------------------------------------------------


def save(measured, path):
    samples = [{**case._asdict(), "unit": case.unit, "values": values} for case, values in measured["samples"].items()]
    path.write_text(json.dumps({**measured, "samples": samples}, indent=1) + "\n")


def load(path):
    try:
        measured = json.loads(path.read_text())
        samples = {Case(*(each[name] for name in Case._fields)): each["values"] for each in measured["samples"]}
    except (OSError, ValueError, KeyError):
        sys.exit(f"{path} has no results that this can read. Run: make bench")
    return {**measured, "samples": samples}


# ---- What was measured ---------------------------------------------------------------------------------


def versions(build, programs):
    ours, theirs = (engine_version(folder) for folder in ("engine", "bench/rust"))
    if ours != theirs:
        sys.exit(
            f"engine/Cargo.lock has Wasmtime {ours}, bench/rust/Cargo.lock has {theirs}: that compares "
            f"nothing.\nRun: cargo update --manifest-path bench/rust/Cargo.toml -p wasmtime --precise {ours}"
        )
    cache = (build / "CMakeCache.txt").read_text()
    setting = lambda name: re.search(rf"^{name}:\w+=(.*)$", cache, re.MULTILINE).group(1)
    return {
        "mortise": said("git", "-C", ROOT, "describe", "--always", "--dirty"),
        "wasmtime": ours,
        "grpc": said(programs["grpc"], "version"),
        "rustc": said("rustc", "--version"),
        "c++": said(setting("CMAKE_CXX_COMPILER"), "--version"),
        "engine_lto": setting("MORTISE_LTO") == "ON",
    }


def engine_version(folder):
    lock = (ROOT / folder / "Cargo.lock").read_text()
    return re.search(r'name = "wasmtime"\nversion = "(.*)"', lock).group(1)


def said(*command):
    """The first line that a command prints."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")[0]
    except OSError:
        return "unknown"


if __name__ == "__main__":
    main()
