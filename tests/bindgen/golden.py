"""Holds mortise-bindgen to what it wrote before: golden.py PROGRAM [--bless] [CASE..].

A case is a folder. One of bindgen/golden/ has WIT, the header that comes out of it, and, in `args`,
options; nothing may go wrong but what `said` has. One of bindgen/errors/ has WIT that is refused, all
arguments in `args`, and in `said` what is then said on stderr, and the exit status.
--bless writes what comes out now in the place of what is there.
"""

import difflib
import pathlib
import shlex
import subprocess
import sys

BINDGEN = pathlib.Path(__file__).resolve().parents[2] / "bindgen"


def read(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def outcome(program, case):
    """(file of the case, text) for each text that the program gives."""
    arguments = shlex.split(read(case / "args"))
    if case.parent.name == "golden":
        arguments.insert(0, ".")
    done = subprocess.run([program, *arguments], cwd=case, capture_output=True, text=True, check=False)
    if case.parent.name == "golden":
        said = done.stderr
        if done.returncode != 0:
            said += f"exit status {done.returncode}\n"
        return [(case / f"{case.name}.h", done.stdout), (case / "said", said)]
    return [(case / "said", f"{done.stdout}{done.stderr}exit status {done.returncode}\n")]


def differences(path, now):
    then = read(path)
    shown = path.relative_to(BINDGEN.parent)
    return "".join(
        difflib.unified_diff(
            then.splitlines(keepends=True), now.splitlines(keepends=True), f"{shown}, blessed", f"{shown}, now"
        )
    )


def bless(path, now):
    if now:
        path.write_text(now, encoding="utf-8")
    else:
        path.unlink(missing_ok=True)


def main(program, *arguments):
    program = pathlib.Path(program).resolve()
    names = [a for a in arguments if a != "--bless"]
    cases = [case for case in sorted(BINDGEN.glob("*/*/")) if case.parent.name in ("golden", "errors")]
    cases = [case for case in cases if not names or f"{case.parent.name}/{case.name}" in names]
    if not cases:
        sys.exit(f"There is no case {names} in {BINDGEN}")
    wrong = ""
    for case in cases:
        for path, now in outcome(program, case):
            if "--bless" in arguments:
                bless(path, now)
            else:
                wrong += differences(path, now)
    if wrong:
        sys.exit(f"{wrong}\nIf that is how it should be: make bless")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__.splitlines()[0])
    main(*sys.argv[1:])
