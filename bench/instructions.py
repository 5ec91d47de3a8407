#!/usr/bin/env python3
"""Counts the instructions that a call of a plugin takes, and compares with what is recorded.

A clock on a busy machine says little about a change of a few per cent; instructions are the same in
each run. Callgrind counts them, host's and plugin's, on the thread that calls, within the loop that
measure.h times. They are not the time, which `make bench` measures: a cache that is missed or a lock
that is waited for costs no instruction. But few changes make the same calls longer without any.

instructions.json says what is counted, and holds the counts. They depend on the compilers, the C
library and the processor that valgrind shows, so each tool chain has its own. Exit status: 1 if a
call takes over 3 % more than is recorded, 77 if there is nothing to compare with.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "bench/instructions.json"
CALLS = 1000
BOUND = 0.03
FAILED, SKIPPED = 1, 77


def main():
    args = arguments()
    build = Path(os.path.relpath(args.build, ROOT))
    os.chdir(ROOT)
    if not shutil.which("valgrind"):
        print("NOTE: instructions are not counted, for want of valgrind. Run: scripts/setup.sh test")
        return SKIPPED
    book = json.loads(BOOK.read_text())
    files = {file for path in book["paths"] for file in (program(build), guest(build, path))}
    for file in files:
        if not file.exists():
            sys.exit(f"{file} is missing. Run: make test")

    chain = tool_chain(program(build), files - {program(build)})
    count = lambda path: instructions(build, path)
    if not args.record:
        return check(book, chain, count, build)
    record(book, chain, count)
    BOOK.write_text(json.dumps(book, indent=2) + "\n")
    return 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", help="where `make test` built: build/release")
    parser.add_argument("--record", action="store_true", help="write the counts to instructions.json")
    return parser.parse_args()


# ---- Counting ------------------------------------------------------------------------------------


def program(build):
    return build / "bench/bench_mortise"


def guest(build, path):
    name = path.split()[2]
    return Path("bench/noop.wat") if name == "noop" else build.parent / f"guests/{name}.wasm"


def profile(build, path):
    return build / f"bench/{path.replace(' ', '-')}.callgrind"


def instructions(build, path):
    """Of one call; the profile stays, to be looked at."""
    case, size, _ = path.split()
    command = ["valgrind", "--command-line-only=yes", "--tool=callgrind"]
    command += [f"--callgrind-out-file={profile(build, path)}", "--toggle-collect=*bench::Run::repeat<*"]
    command += [program(build), case, size, guest(build, path), str(CALLS)]
    # Valgrind is slow and the deadline is the usual one: on a busy machine it may pass.
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return per_call(done.stderr)
    sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr.strip()}")


def per_call(said):
    """The figure among what callgrind says at its end."""
    found = re.search(r"Collected : (\d+)", said)
    if not found or int(found[1]) < CALLS:
        sys.exit(f"Nothing was counted: bench::Run::repeat of bench/measure.h was not run.\n{said.strip()}")
    return round(int(found[1]) / CALLS)


# ---- Tool chains ---------------------------------------------------------------------------------


def tool_chain(host, guests):
    """What the counts depend on and the tree does not say. Wasmtime is named by the tree: another
    version of it is compared like any change."""
    return {
        "host": ", ".join(compilers_of_host(said("readelf", "-p", ".comment", host))),
        "guests": ", ".join(sorted({name for file in guests for name in compilers_of_guest(file.read_bytes())})),
        "libc": " ".join(platform.libc_ver()),
        "valgrind": said("valgrind", "--version").strip(),
        "processor": "AVX2" if re.search(r"\bavx2\b", Path("/proc/cpuinfo").read_text()) else "no AVX2",
    }


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def compilers_of_host(comments):
    """Those that left their name in the program, as readelf shows them."""
    return sorted(re.findall(r"^ *\[ *[0-9a-f]+\] +(.*)$", comments, re.MULTILINE))


def compilers_of_guest(wasm):
    """What a component's section `producers` says of Rust: strings there follow their length."""
    found = re.search(rb"\x05rustc(.)(.*)", wasm, re.DOTALL)
    return ["rustc " + found[2][: found[1][0]].decode()] if found else []


def counts_of(book, chain):
    """The recorded counts of a tool chain; none are the beginning of an entry."""
    for known in book["recorded"]:
        if known["tool chain"] == chain:
            return known["counts"]
    book["recorded"].append({"tool chain": chain, "counts": {}})
    return book["recorded"][-1]["counts"]


# ---- Comparing -----------------------------------------------------------------------------------


def check(book, chain, count, build):
    """Prints what is to be said of the counts. The exit status."""
    again = f"bench/instructions.py {build} --record"
    recorded = counts_of(book, chain)
    if not recorded:
        parts = "; ".join(f"{part}: {name}" for part, name in chain.items())
        print(f"NOTE: instructions are not counted: none are recorded for this tool chain ({parts}). Run: {again}")
        return SKIPPED

    now = {path: count(path) for path in book["paths"]}
    slower = [path for path in now if now[path] > recorded.get(path, 0) * (1 + BOUND)]
    faster = [path for path in now if now[path] < recorded.get(path, 0) * (1 - BOUND)]
    # First, because ctest cuts off what a test that passes says.
    if faster and not slower:
        print(f"NOTE: calls take over {BOUND:.0%} fewer instructions than recorded. To keep that, run: {again}")
    show(recorded, now)
    if not slower:
        return 0
    print(f"\nOver {BOUND:.0%} more than recorded, or not recorded: {', '.join(slower)}")
    print(f"Where they go: callgrind_annotate {profile(build, slower[0])}")
    print(f"Mend it; or, if it is worth that, run `{again}`, and say in the commit why.")
    return FAILED


def record(book, chain, count):
    """Puts the counts into the book, and prints how they differ from what it held."""
    recorded = counts_of(book, chain)
    now = {path: count(path) for path in book["paths"]}
    show(recorded, now)
    recorded.clear()
    recorded.update(now)


def show(recorded, now):
    print(f"{'instructions per call':<28}{'recorded':>10}{'now':>10}{'difference':>13}")
    for path, count in now.items():
        before = recorded.get(path)
        difference = f"{count / before - 1:+.1%}" if before else "new"
        print(f"{path:<28}{before or '':>10}{count:>10}{difference:>13}")


if __name__ == "__main__":
    sys.exit(main())
