#!/usr/bin/env python3
"""Measures what a call of a plugin costs: through Mortise, from Rust, and with no sandbox at all.

Every figure comes from a program that measures one thing and ends. All of them run once in each
round, in an order that rotates, so that a machine that changes its speed changes it for all. A
ratio is taken within a round, from programs that ran within seconds of each other, and compares
like with like: the same plugin, the same input, the same limits. Times of different sessions
or machines compare nothing.
"""

import argparse
import datetime
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUESTS = {"processor": "upper case for any language", "ascii": "upper case for ASCII, with SIMD"}
SIZES = {15: "15 B", 1024: "1 KiB", 65536: "64 KiB"}
# A row is (program, case); `limited` has a deadline, `trusted` none.
PROCESS_DATA = [
    ("rust", "owned-trusted"),
    ("mortise", "owned-trusted"),
    ("mortise", "viewed-trusted"),
    ("rust", "owned-limited"),
    ("mortise", "owned-limited"),
    ("mortise", "viewed-limited"),
]
NOOP = [
    ("rust", "noop-trusted"),
    ("mortise", "noop-trusted"),
    ("rust", "noop-limited"),
    ("mortise", "noop-limited"),
]
NATIVE = ("native", "owned")


def main():
    args = arguments()
    build = Path(args.build)
    programs = {
        "mortise": build / "bench/bench_mortise",
        "native": build / "bench/bench_native",
        "rust": build.parent / "bench-rust/release/bench-rust",
    }
    guests = {name: build.parent / f"guests/{name}.wasm" for name in GUESTS}
    guests["noop"] = ROOT / "bench/noop.wat"
    guests["library"] = build / "bench/libbench_native_plugin.so"
    for path in [*programs.values(), *guests.values()]:
        if not path.exists():
            sys.exit(f"{path} is missing. Run: make bench")

    report = {"date": now(), "machine": machine(), "versions": versions(build)}
    report["settings"] = {"rounds": args.rounds, "seconds": args.seconds, "core": pin()}
    watch = Watch()
    samples = measure(args.rounds, args.seconds, programs, guests)
    warnings = watch.warnings() + spread_warnings(samples)

    show(samples, args.rounds)
    for warning in warnings:
        print(f"NOT QUIET: {warning}")
    report["warnings"] = warnings
    report["samples"] = [
        {"program": p, "case": c, "guest": g, "size": s, "ns_per_call": ns}
        for (p, c, g, s), ns in samples.items()
    ]
    out = build / "results.json"
    out.write_text(json.dumps(report, indent=1) + "\n")
    print(f"Every sample: {out}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", help="where `make bench` built: build/bench")
    parser.add_argument("--quick", action="store_true", help="a first look: 3 rounds of 0.05 s")
    parser.add_argument("--rounds", type=int, help="11 if nothing is said")
    parser.add_argument("--seconds", type=float, help="of each measurement; 0.2 if nothing is said")
    args = parser.parse_args()
    args.rounds = args.rounds or (3 if args.quick else 11)
    args.seconds = args.seconds or (0.05 if args.quick else 0.2)
    return args


# ---- Measuring -----------------------------------------------------------------------------------


def groups():
    """What is compared with each other, and so runs together: (guest, size, rows)."""
    yield "noop", 0, NOOP
    for guest in GUESTS:
        for size in SIZES:
            yield guest, size, [*PROCESS_DATA, NATIVE]


def measure(rounds, seconds, programs, guests):
    """{(program, case, guest, size): nanoseconds per call, one for each round}"""
    samples = {}
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}")
        for guest, size, rows in groups():
            first = number % len(rows)
            for program, case in rows[first:] + rows[:first]:
                plugin = guests["library" if program == "native" else guest]
                command = [programs[program], case, str(size), plugin, f"{seconds}s"]
                samples.setdefault((program, case, guest, size), []).append(run(command))
    progress("")
    return samples


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed: {done.stderr.strip()}")
    return float(done.stdout)


def pin():
    """Keeps this and what it starts on one core. None: the system cannot do that."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


# ---- Whether the figures can be trusted ------------------------------------------------------------


class Watch:
    """How much others used the machine meanwhile."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        """Seconds so far: by the clock, of all processors' work, of ours."""
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields)
        busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return time.monotonic(), busy, sum(u.ru_utime + u.ru_stime for u in used)

    def warnings(self):
        clock, busy, ours = (now - then for now, then in zip(self.now(), self.start))
        others = (busy - ours) / clock
        return [f"other programs kept {others:.0%} of a core busy"] if others > 0.1 else []


def spread_warnings(samples):
    wide = []
    for (program, case, guest, size), ns in samples.items():
        low, middle, high = quartiles(ns)
        if high - low > 0.1 * middle:
            wide.append(f"{program} {case} {guest} {size} B")
    if not wide:
        return []
    return [f"the quartiles of {len(wide)} of {len(samples)} rows lie more than 10 % apart: {wide[0]}.."]


# ---- Showing -----------------------------------------------------------------------------------------


def show(samples, rounds):
    print(f"\nRATIOS: median (quartiles) of {rounds} rounds; below 1.00 the first is the faster\n")
    for guest, about in GUESTS.items():
        row = lambda program, case: [samples[program, case, guest, size] for size in SIZES]
        print(line(f"{guest}.wasm: {about}", SIZES.values()))
        for limits, name in [("trusted", "no deadline"), ("limited", "deadline")]:
            for kind in ("owned", "viewed"):
                ours, rusts = row("mortise", f"{kind}-{limits}"), row("rust", f"owned-{limits}")
                print(line(f"  {name}: Mortise {kind} / Rust", map(ratio, ours, rusts)))
        ours, native = row("mortise", "owned-limited"), row(*NATIVE)
        print(line("  Mortise owned, deadline / C++ dlopen", map(ratio, ours, native)))
        print()
    print(line("noop.wat: an empty function", []))
    for limits, name in [("trusted", "no deadline"), ("limited", "deadline")]:
        ours, rusts = (samples[who, f"noop-{limits}", "noop", 0] for who in ("mortise", "rust"))
        print(line(f"  {name}: Mortise / Rust", [ratio(ours, rusts)]))

    print("\nNANOSECONDS per call: median (quartiles)\n")
    for guest in GUESTS:
        print(line(f"{guest}.wasm", SIZES.values()))
        for program, case in [NATIVE, *PROCESS_DATA]:
            print(line(label(program, case), (times(samples[program, case, guest, size]) for size in SIZES)))
        print()
    print("noop.wat")
    for program, case in NOOP:
        print(line(label(program, case), [times(samples[program, case, "noop", 0])]))
    print()


def line(first, cells):
    return f"{first:<46}" + "".join(f"{cell:<26}" for cell in cells).rstrip()


def label(program, case):
    if (program, case) == NATIVE:
        return "  C++ function by dlopen, owned"
    kind, limits = case.split("-")
    who = {"rust": "Rust bindgen!", "mortise": "Mortise"}[program]
    return f"  {who}, {kind}, {'deadline' if limits == 'limited' else 'no deadline'}"


def quartiles(values):
    if len(values) == 1:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def ratio(these, those):
    low, middle, high = quartiles([a / b for a, b in zip(these, those)])
    return f"{middle:.2f} ({low:.2f}..{high:.2f})"


def times(ns):
    low, middle, high = (f"{value:,.0f}".replace(",", " ") for value in quartiles(ns))
    return f"{middle} ({low}..{high})"


# ---- What was measured, and where --------------------------------------------------------------------


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def machine():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": found.group(1) if found else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load": os.getloadavg(),
    }


def versions(build):
    ours, theirs = (engine_version(folder) for folder in ("engine", "bench/rust"))
    if ours != theirs:
        sys.exit(
            f"engine/Cargo.lock has Wasmtime {ours}, bench/rust/Cargo.lock has {theirs}: that compares "
            f"nothing.\nRun: cargo update --manifest-path bench/rust/Cargo.toml -p wasmtime --precise {ours}"
        )
    cache = (build / "CMakeCache.txt").read_text()
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.MULTILINE).group(1)
    return {
        "mortise": said("git", "-C", ROOT, "describe", "--always", "--dirty"),
        "wasmtime": ours,
        "rustc": said("rustc", "--version"),
        "c++": said(compiler, "--version"),
    }


def engine_version(folder):
    lock = (ROOT / folder / "Cargo.lock").read_text()
    return re.search(r'name = "wasmtime"\nversion = "(.*)"', lock).group(1)


def said(*command):
    """The first line that a command prints."""
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0]
    except OSError:
        return "unknown"


if __name__ == "__main__":
    main()
