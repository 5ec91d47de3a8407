#!/usr/bin/env python3
"""Writes the notices of what the engine and the programs are made of besides our own code: notices.py OUT.

Of the locked crates those that end up in what is installed on Linux (no build scripts, macros or tests), each
with its licence expression and the licence files in its sources; texts that are alike are given once.
Fails if a crate has no licence, or no text for it.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ["engine", "bindgen", "toolchain"]
PLATFORM = "x86_64-unknown-linux-gnu"
LICENCE_FILE = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?$", re.IGNORECASE)
# Whose manifest does not say it, or names the fork that it was written in.
WASMTIME = "https://github.com/bytecodealliance/wasmtime"
REPOSITORIES = {
    "cranelift-assembler-x64": WASMTIME,
    "wasmtime-internal-core": WASMTIME,
    "wit-bindgen-cpp": "https://github.com/bytecodealliance/wit-bindgen",
}
RULE = "=" * 100
# Header libraries of C++ that are compiled in: name, licence, where it is from, its text beside this file.
HEADERS = [
    ("JSON for Modern C++, by Niels Lohmann", "MIT", "https://github.com/nlohmann/json", "nlohmann-json.txt"),
    ("CLI11, by the University of Cincinnati", "BSD-3-Clause", "https://github.com/CLIUtils/CLI11", "cli11.txt"),
    ("toml++, by Mark Gillard", "MIT", "https://github.com/marzer/tomlplusplus", "tomlplusplus.txt"),
]

HEAD = """Third-party notices
===================

The libraries and programs of Mortise contain the software below. Mortise itself is under the Apache
License 2.0; see LICENSE.

The Rust standard library, by The Rust Project Contributors, and what it contains
    MIT OR Apache-2.0; https://github.com/rust-lang/rust/blob/HEAD/COPYRIGHT
    texts: {standard}
"""


def cargo(crate, *arguments):
    manifest = str(ROOT / crate / "Cargo.toml")
    command = [os.environ.get("CARGO", "cargo"), *arguments, "--locked", "--manifest-path", manifest]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"notices.py: `{' '.join(command)}` failed")
    return done.stdout


def linked(crate):
    """(name, version) of the crates in it."""
    tree = cargo(
        crate, "tree", "--edges", "normal,no-proc-macro", "--target", PLATFORM, "--prefix", "none", "--format", "{p}"
    )
    # "name v1.2.3", then what marks paths and repetitions.
    return {tuple(line.split()[:2]) for line in tree.splitlines() if line}


def packages():
    """What cargo knows of them, by name; our own, which come from no registry, are left out."""
    found = {}
    for crate in INSTALLED:
        wanted = linked(crate)
        metadata = cargo(crate, "metadata", "--format-version", "1", "--filter-platform", PLATFORM)
        known = {(p["name"], f"v{p['version']}"): p for p in json.loads(metadata)["packages"]}
        if missing := wanted - known.keys():
            sys.exit(f"notices.py: cargo metadata does not list {sorted(missing)}")
        found.update({key: known[key] for key in wanted})
    return [found[key] for key in sorted(found) if found[key]["source"]]


def texts(package):
    """The licence files of a crate, as (name, text)."""
    folder = Path(package["manifest_path"]).parent
    names = {p.name for p in folder.iterdir() if p.is_file() and LICENCE_FILE.match(p.name)}
    if package["license_file"]:
        names.add(package["license_file"])
    return [(name, (folder / name).read_text(encoding="utf-8", errors="replace")) for name in sorted(names)]


def repository(package):
    url = REPOSITORIES.get(package["name"]) or package["repository"] or ""
    return re.sub(r"(\.git)?/*(/tree/.*)?$", "", url)


def same_project(package, others):
    """The texts of a crate from the same repository under the same licence, or a choice of it: some leave theirs out."""
    for other in others:
        alternatives = (other["license"] or "").split(" OR ")
        if repository(other) == repository(package) != "" and package["license"] in [other["license"], *alternatives]:
            if found := texts(other):
                return found
    return []


class Texts:
    """The different texts, numbered as they come."""

    def __init__(self):
        self.numbers = {}
        self.all = []

    def number(self, name, text):
        # Only how it is broken into lines may differ.
        key = " ".join(text.split())
        if key not in self.numbers:
            self.all.append((name, text))
            self.numbers[key] = len(self.all)
        return self.numbers[key]


def notices(crates):
    collected = Texts()
    entries = []
    for crate in crates:
        name = f"{crate['name']} {crate['version']}"
        if not crate["license"] and not crate["license_file"]:
            sys.exit(f"notices.py: {name} says no licence: it cannot be shipped")
        found = texts(crate) or same_project(crate, crates)
        if not found:
            sys.exit(f"notices.py: {name} ({crate['license']}) has no licence text in its sources")
        numbers = sorted({collected.number(*each) for each in found})
        entries.append((crate, name, numbers))
    return collected, entries


def write(out, collected, entries):
    def listed(numbers):
        return ", ".join(f"[{n}]" for n in numbers)

    standard = next(numbers for crate, _, numbers in entries if crate["name"] == "libc")
    parts = [HEAD.format(standard=listed(standard))]
    for name, licence, where, file in HEADERS:
        number = collected.number(file, (Path(__file__).parent / "notices" / file).read_text(encoding="utf-8"))
        parts.append(f"{name}\n    {licence}; {where}\n    texts: {listed([number])}\n")
    for crate, name, numbers in entries:
        where = f"; {repository(crate)}" if repository(crate) else ""
        parts.append(f"{name}\n    {crate['license'] or 'see its text'}{where}\n    texts: {listed(numbers)}\n")
    for number, (name, text) in enumerate(collected.all, 1):
        parts.append(f"{RULE}\n[{number}] {name}\n{RULE}\n\n{text.strip()}\n")
    Path(out).write_text("\n".join(parts), encoding="utf-8")


def main(out):
    write(out, *notices(packages()))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    main(sys.argv[1])
