#!/usr/bin/env python3
"""Measures the sample plugin in every language: its size, and what it costs to build, load and call it.

    languages.py BUILD [--rounds N]     BUILD has the command, bench_mortise and bench_lifecycle

Each plugin is what `mortise new` makes. Of each time the fastest round counts: others on the machine can only
make it longer. A language whose tools are missing has no row, and that is said.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is built in the source tree
import machine

SIZE = 15  # of the input, in bytes
CALL = 'process-data("hello techbytes", {name: "AnalyticsEngine", version: "1.0.2", priority: 1})'
COLUMNS = ["language", "component", "build, then again", "compile", "load compiled", "load cached", "first call", "warm call", "fresh instance"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    core, *_ = machine.choose_cores()
    work = args.build / "bench" / "languages"
    work.mkdir(parents=True, exist_ok=True)
    mortise = args.build / "bin" / "mortise"
    rows, missing = [], []
    for language in json.loads(run(mortise, "languages", "--json"))["languages"]:
        lacking = [tool["what"] for tool in language["tools"] if tool["version"] is None]
        if lacking:
            missing.append(f"{language['title']} is left out: {' and '.join(lacking)} missing")
            continue
        print(language["title"], file=sys.stderr)
        rows.append(row(args, mortise, language, work, core))
    facts = machine.facts()
    print(f"{facts['cpu']}, {facts['cores']} cores, {facts['virtual']}, Linux {facts['kernel']}\n")
    print(table([COLUMNS, *rows]))
    print("\n".join(missing))


def run(*command):
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def row(args, mortise, language, work, core):
    folder = work / f"bench-{language['name']}"
    shutil.rmtree(folder, ignore_errors=True)
    run(mortise, "new", folder, "--lang", language["name"])
    first = json.loads(run(mortise, "build", folder, "--json"))
    (folder / language["source"]).touch()
    again = json.loads(run(mortise, "build", folder, "--json"))
    component = folder / "build" / f"{folder.name}.wasm"
    compiled = work / f"{folder.name}.cwasm"
    run(mortise, "compile", component, "-o", compiled, "--no-cache")

    machine.keep_to(core)
    def called(path):
        stats = [json.loads(run(mortise, "call", path, CALL, "--json", "--stats", "--no-cache"))["stats"] for _ in range(args.rounds)]
        return {key: min(s[key] for s in stats) for key in ["load_ns", "fastest_ns"]}
    bench = lambda program, case: min(
        float(run(args.build / "bench" / program, case, SIZE, component, "0.3s")) for _ in range(args.rounds)
    )
    plain, ahead = called(component), called(compiled)
    cached = bench("bench_lifecycle", "cached")
    warm, fresh = bench("bench_mortise", "owned-defaults"), bench("bench_lifecycle", "fresh-defaults")
    machine.keep_to(*range(os.cpu_count()))
    return [
        language["title"],
        size(first["size"]),
        f"{first['seconds']:.1f} s, {again['seconds']:.1f} s",
        time(plain["load_ns"]),
        time(ahead["load_ns"]),
        time(cached),
        time(ahead["fastest_ns"]),
        time(warm),
        time(fresh),
    ]


def size(count):
    return f"{count / 1024:.1f} KiB" if count < 1 << 20 else f"{count / (1 << 20):.2f} MiB"


def time(ns):
    for unit, scale in [("s", 1e9), ("ms", 1e6), ("µs", 1e3)]:
        if ns >= scale:
            return f"{ns / scale:.3g} {unit}"
    return f"{ns:.0f} ns"


def table(rows):
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([lines[0], "|---" * len(COLUMNS) + "|", *lines[1:]])


if __name__ == "__main__":
    main()
