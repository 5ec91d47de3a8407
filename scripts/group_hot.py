#!/usr/bin/env python3
"""Puts the functions of the engine that calls run side by side: group_hot.py LIST IN OUT.

A call of a fresh instance runs two hundred functions. Where the compiler leaves them, between some
thousands that compile and explain, they lie on seventy pages, which costs more than what is done there:
the system calls on the way drop the processor's memory of where pages are. Linkers put sections that are
called .text.hot.* together, so those of the functions in LIST are called so in OUT, a copy of the library
IN. A name that is not there any more changes nothing but the time; bench/hot_functions.py writes the list.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

# A generic function lies there once for each set of types. Of more than so many, most would only be in the way.
FEW = 6
# In Rust's older mangling a name ends in a hash, which other sources and other compilers change. And the
# functions of engine.h.
NAME = re.compile(r"_ZN\S*17h[0-9a-f]{16}E|mortise_[a-z_]+")


def readable(mangled):
    """The names of Rust functions, without their hashes."""
    done = subprocess.run(["c++filt"], input="\n".join(mangled), capture_output=True, text=True, check=True)
    return [re.sub(r"::h[0-9a-f]{16}$", "", name) for name in done.stdout.split("\n")]


def listed(path):
    lines = (line.strip() for line in path.read_text().splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def sections(library):
    """Those of functions, each with its function's name: a function has one for itself."""
    headers = subprocess.run(["objdump", "-h", "-w", library], capture_output=True, text=True, check=True).stdout
    found = sorted(set(re.findall(rf"\s(\.text\.(?:unlikely\.)?)({NAME.pattern})\s", headers)))
    return zip(map("".join, found), readable([name for _, name in found]))


def main():
    hot_list, library, out = map(Path, sys.argv[1:])
    newest = max(path.stat().st_mtime for path in (hot_list, library, Path(__file__)))
    if out.exists() and out.stat().st_mtime >= newest:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    if not all(map(shutil.which, ("objdump", "objcopy", "c++filt"))):
        print("NOTE: the engine's functions stay where they are, for want of binutils. Run: scripts/setup.sh build")
        shutil.copy(library, out)
        return
    hot = listed(hot_list)
    by_name = defaultdict(list)
    for section, name in sections(library):
        if name in hot:
            by_name[name].append(section)
    found = [section for same in by_name.values() if len(same) <= FEW for section in same]
    with tempfile.NamedTemporaryFile("w", suffix=".options") as options:
        for section in found:
            moved = re.sub(r"^\.text\.(unlikely\.)?", ".text.hot.", section)
            options.write(f"--rename-section\n{section}={moved}\n")
        options.flush()
        subprocess.run(["objcopy", f"@{options.name}", library, out], check=True)
    print(f"{len(found)} functions that calls run lie side by side.")


if __name__ == "__main__":
    main()
