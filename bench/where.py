#!/usr/bin/env python3
"""Where the instructions of one call go: where.py BUILD 'owned-limited 15 ascii'.

Callgrind counts them, as for instructions.py; functions are grouped by what they do, by name. With
--functions, the functions of each group too.
"""

import argparse
import os
import re
import sys
from collections import defaultdict
from pathlib import Path

import instructions

# The first that fits: what it does, and the names of its functions. Names are demangled.
GROUPS = [
    ("The plugin: its function, realloc, post-return", r"^0x"),
    ("The host's loop around the call", r"bench::"),
    ("C++: lower, lift, results", r"mortise::"),
    ("libc: memcpy, malloc, free", r"mem(cpy|move|set)|malloc|free|operator (new|delete)"),
    ("Wasmtime: finding the plugin's functions by number", "|".join([
        "func_loc", "funcref", "get_func_ref", "lookup_vmdef", "get_export_by_index", "FuncKey", "bforest",
        "ModuleWithCode", "raw_addr_range", "text_range", "store_code", "export_lifted_function", "Path<F>",
        "lifted_core_func", "post_return_core_func", "btree",
    ])),
    ("Wasmtime: types and options of the function", r"abi_info|abi_async|canonical_abi|post_return_impl"),
    ("Wasmtime: the plugin's memory, looked up", r"options_memory"),
    ("Room in the plugin: up to its realloc", r"mortise_lowering_realloc"),
    ("Into the plugin and out of it", "|".join([
        "mortise_instance_call", "call_unchecked_raw", "scope_exit", "resource_tables", "lift_context",
        "exit_guest", "enter_guest", "StoreComponentInstanceId", "tls", "traphandlers", "Store",
    ])),
    ("Wasmtime: else", r"wasmtime|cranelift|core::|alloc::"),
    ("Else", r""),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", help="where it was built: build/bench")
    parser.add_argument("path", help="as in instructions.json: CASE SIZE GUEST")
    parser.add_argument("--functions", action="store_true")
    args = parser.parse_args()
    build = Path(os.path.relpath(args.build, instructions.ROOT))
    os.chdir(instructions.ROOT)
    total = instructions.instructions(build, args.path)
    show(grouped(costs(instructions.profile(build, args.path).read_text())), total, args.functions)


def costs(profile):
    """{function: its own instructions per call}, from the format that callgrind writes."""
    names, own, function, called = {}, defaultdict(int), None, False
    for line in profile.splitlines():
        if found := re.match(r"c?fn=\((\d+)\)(?: (.*))?", line):
            names.setdefault(found[1], found[2])
            if line.startswith("fn="):
                function = names[found[1]]
        elif line.startswith("calls="):
            called = True  # the next line is what the callee cost
        elif re.match(r"[+\-*\d]", line):
            if not called:
                own[function] += int(line.split()[1])
            called = False
    return {name: count / instructions.CALLS for name, count in own.items()}


def grouped(own):
    groups = {name: {} for name, _ in GROUPS}
    for function, count in own.items():
        group = next(name for name, pattern in GROUPS if re.search(pattern, function))
        groups[group][function] = count
    return groups


def show(groups, total, functions):
    print(f"{'instructions of one call':<56}{total:>7}\n")
    for name, members in sorted(groups.items(), key=lambda g: -sum(g[1].values())):
        count = sum(members.values())
        if count < 0.5:
            continue
        print(f"{name:<56}{count:>7.0f}{count / total:>7.1%}")
        if functions:
            for function, own in sorted(members.items(), key=lambda m: -m[1]):
                if own >= 1:
                    print(f"{'':<8}{own:>7.0f}  {function[:100]}")


if __name__ == "__main__":
    sys.exit(main())
