"""Does what a page of the documentation tells its reader to do: walk.py PAGE ROOT WORK.

What follows the language of a code block says what the block is:

  ```sh run         commands, each of which has to end well
  ```sh fails       a command that has to fail
  ```text said      all that the commands before it print; a line ... stands for any number of lines
  ```cpp file=F     the file F, which the reader saves before going on; the text before names it
  ```cpp part=F     lines of F, which is there by then; a line ... as above

A block of commands without such a word is commands.py's, as on all pages, and one of C++ is
snippets.py's. The shell starts in ROOT; its home is WORK/home, made anew.

walk.py PAGE --file F OUT: writes the file F of the page to OUT, and does nothing else.
"""

import difflib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from blocks import ATTRIBUTED, FENCE

KINDS = {"run", "fails", "said", "file", "part"}
# What the reader's shell does not have of the shell that runs the tests.
UNSET = [
    *["LD_LIBRARY_PATH", "MORTISE", "MORTISE_COMPILER", "CMAKE_PREFIX_PATH", "RUST_BACKTRACE"],
    *["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "XDG_CACHE_HOME"],
]


class Wrong(Exception):
    pass


class Block:
    def __init__(self, page, text, match):
        self.place = f"{page}:{text.count(chr(10), 0, match.start()) + 1}"
        self.language, self.text = match.group(1), match.group(3)
        self.kind, _, self.file = match.group(2).partition("=")
        self.before = text[: match.start()].rstrip().rsplit("\n", 1)[-1]
        if self.kind not in KINDS or (self.kind in {"file", "part"}) != bool(self.file):
            raise Wrong(f"{self.place}: what is a block `{self.language} {match.group(2)}`?")
        if self.kind == "file" and f"`{self.file}`" not in self.before:
            raise Wrong(f"{self.place}: the line before does not name `{self.file}`")


def blocks_of(page):
    text = pathlib.Path(page).read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        if match.group(1) not in {"sh", "cpp"}:
            line = text.count("\n", 0, match.start()) + 1
            raise Wrong(f"{page}:{line}: nothing says what this block is for")
    return [Block(page, text, match) for match in ATTRIBUTED.finditer(text)]


def script(blocks, work):
    """One shell for all of it: what a command changes is there for the next."""
    reached = shlex.quote(str(work / "reached"))
    lines = ["set -eu"]
    for i, block in enumerate(blocks):
        step = shlex.quote(str(work / str(i)))
        lines.append(f"echo {i} > {reached}")
        if block.kind == "run":
            lines.append(f"{{\n{block.text}}} > {step}.out 2>&1")
        elif block.kind == "fails":
            lines.append(f"if {{\n{block.text}}} > {step}.out 2>&1; then exit 1; fi")
        elif block.kind == "file":
            (work / f"{i}.file").write_text(block.text, encoding="utf-8")
            lines.append(f"cp {step}.file {block.file}")
        elif block.kind == "part":
            lines.append(f"cp {block.file} {step}.whole")
    return "\n".join([*lines, f"echo done > {reached}\n"])


def elided(line):
    return line.strip() in {"...", "// ..."}


def pattern(shown):
    return "".join(
        r"(?:.*\n)*?" if elided(line) else re.escape(line) + "\n" for line in shown.splitlines()
    )


def compare(block, whole, what):
    """That `whole` is what the block shows or, if it is a part, has it in it."""
    shown = pattern(block.text)
    if block.kind == "part":
        found = re.search("^" + shown, whole, re.MULTILINE)
    else:
        found = re.fullmatch(shown, whole)
    if found:
        return
    lines = difflib.unified_diff(
        block.text.splitlines(), whole.splitlines(), "the page", what, lineterm="", n=100
    )
    raise Wrong(f"{block.place}: {what} is something else:\n" + "\n".join(lines))


def read(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def check(blocks, work):
    """What the shell left, up to where it came."""
    reached = read(work / "reached").strip()
    end = len(blocks) if reached == "done" else int(reached or 0)
    output = None
    for i, block in enumerate(blocks[:end]):
        if block.kind in {"run", "fails"}:
            output = read(work / f"{i}.out")
        elif block.kind == "said":
            compare(block, output, "what is printed")
        elif block.kind == "part":
            compare(block, read(work / f"{i}.whole"), block.file)
    if end < len(blocks):
        wrong = "does not fail" if blocks[end].kind == "fails" else "fails"
        said = read(work / f"{end}.out")
        raise Wrong(f"{blocks[end].place}: this {wrong}:\n{blocks[end].text}{said}")


def walk(page, root, work):
    blocks = blocks_of(page)
    work = pathlib.Path(work).resolve()
    home = work / "home"
    shutil.rmtree(work, ignore_errors=True)
    home.mkdir(parents=True)
    # The folders of Rust and Zig stay: the reader has them.
    old = pathlib.Path(os.environ.get("HOME", "/"))
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment.setdefault("CARGO_HOME", str(old / ".cargo"))
    environment.setdefault("RUSTUP_HOME", str(old / ".rustup"))
    environment.setdefault("ZIG_GLOBAL_CACHE_DIR", str(old / ".cache/zig"))
    environment["HOME"] = str(home)
    shell = subprocess.run(
        ["bash", "-c", script(blocks, work)],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    check(blocks, work)
    if shell.returncode != 0:
        raise Wrong(f"{page}: the shell says {shell.stderr}")
    shutil.rmtree(work)
    done = sum(block.kind in {"run", "fails"} for block in blocks)
    print(f"{done} blocks of commands did what {page} says")


def main(page, *rest):
    try:
        if rest[0] == "--file":
            files = {block.file: block.text for block in blocks_of(page) if block.kind == "file"}
            pathlib.Path(rest[2]).write_text(files[rest[1]], encoding="utf-8")
        else:
            walk(page, *rest)
    except Wrong as wrong:
        sys.exit(str(wrong))


main(*sys.argv[1:])
