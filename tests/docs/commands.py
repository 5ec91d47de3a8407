"""Checks what the documentation shows besides C++: commands.py ROOT.

Shell commands are run, or looked at where a test must not run them: from within `make test`, another
`make test` would not end. What walk.py runs may be shown elsewhere. Blocks of WIT and Rust must be
part of the files that they show. Links must lead somewhere.
"""

import functools
import pathlib
import re
import subprocess
import sys

from blocks import blocks, documents, prose

# Run by name, because they are quick once the project is built. All others: `make -n`, which fails
# for a target that is not there.
RUN = {"make demo"}
EXAMPLES = ("build/release/examples/", "cmake --build build/release ")
SOURCES = {"wit": ["wit/*.wit", "examples/*/wit/*.wit"], "rust": ["guests/rust/*/src/*.rs"]}


@functools.cache
def run(command, root):
    """What is wrong with a command, or nothing."""
    done = subprocess.run(command, shell=True, cwd=root, capture_output=True, text=True)
    return None if done.returncode == 0 else f"`{command}` fails:\n{done.stdout}{done.stderr}"


def commands(root):
    walked = {line for *_, text in blocks(root, "sh", "run") for line in text.splitlines()}
    for path, line, text in blocks(root, "sh"):
        for offset, shown in enumerate(text.splitlines()):
            command = shown.split("#")[0].strip()
            if not command or command in walked:
                continue
            words = command.split()
            if words[0] != "make" and not command.startswith(EXAMPLES):
                yield f"{path}:{line + offset}: no test runs `{command}`"
                continue
            runs = command in RUN or words[0] != "make"
            tried = command if runs else " ".join(["make", "-n", *words[1:]])
            if wrong := run(tried, root):
                yield f"{path}:{line + offset}: {wrong}"


def sources(root):
    for language, patterns in SOURCES.items():
        texts = [f.read_text(encoding="utf-8") for p in patterns for f in pathlib.Path(root).glob(p)]
        for path, line, text in blocks(root, language):
            if not any(text.strip() in source for source in texts):
                yield f"{path}:{line}: this {language} is in no file of {' or '.join(patterns)}"


def links(root):
    for path in documents(root):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(path)):
            if "://" not in target and not (path.parent / target).exists():
                yield f"{path.relative_to(root)}: the link to {target} leads nowhere"


def main(root):
    wrong = [*commands(root), *sources(root), *links(root)]
    print("\n".join(wrong) or "all of it holds")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
