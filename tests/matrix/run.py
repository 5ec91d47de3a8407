"""Builds one plugin of the matrix as its author would, and runs its host: run.py CASE LANGUAGE WORK.

The plugin is made by `mortise new` with the contract in CASE/wit, its one file to edit is replaced by
CASE/LANGUAGE.*, and `mortise build` builds it. Where there is no CASE/wit, it is what `mortise new`
makes by itself. The environment has the programs:

  MORTISE    the command `mortise`
  HOST       the test program of the case, which finds the component in MORTISE_MATRIX_COMPONENT

and may name the world, MORTISE_MATRIX_WORLD, where there are several, and languages whose plugins are to
import WASI, MORTISE_MATRIX_WASI.

Ends with 77, after a NOTE, where the language's tools are not on this machine.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77


def mortise(*arguments, cwd=None):
    command = [os.environ["MORTISE"], *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def about(language):
    """What `mortise languages` says of it."""
    found = json.loads(mortise("languages", "--json"))["languages"]
    return next(one for one in found if one["name"] == language)


def missing(language):
    return [tool["what"] for tool in language["tools"] if tool["version"] is None]


def new(case, language, work):
    """The plugin's folder."""
    folder = work / f"{case.name}-{language['name']}"
    shutil.rmtree(folder, ignore_errors=True)
    wit = ["--wit", case / "wit"] if (case / "wit").exists() else []
    if world := os.environ.get("MORTISE_MATRIX_WORLD"):
        wit += ["--world", world]
    mortise("new", folder, "--lang", language["name"], *wit)
    if language["name"] in os.environ.get("MORTISE_MATRIX_WASI", "").split():
        manifest = folder / "mortise.toml"
        manifest.write_text(manifest.read_text().replace('wasi = "none"', 'wasi = "p2"'))
    if wit:
        (source,) = case.glob(f"{language['name']}.*")
        shutil.copy(source, folder / language["source"])
    return folder


def main(case, language, work):
    case, work = pathlib.Path(case), pathlib.Path(work)
    described = about(language)
    if lacking := missing(described):
        note = "NOTE: " if case.name == "processor" else ""  # once is enough
        print(f"{note}plugins in {described['title']} are not tested: {' and '.join(lacking)} "
              "missing; `make test-languages` installs what all languages need")
        return SKIPPED
    work.mkdir(parents=True, exist_ok=True)
    # What crates are made of is the same in each case.
    os.environ["CARGO_TARGET_DIR"] = str(work / "rust-target")
    folder = new(case, described, work)
    # Faults are to be shown with the lines that they are in.
    debug = ["--debug"] if case.name == "faults" else []
    built = json.loads(mortise("build", folder, "--json", *debug))
    print(f"{built['size']} bytes, built in {built['seconds']:.1f} s")
    environment = os.environ | {
        "MORTISE_MATRIX_COMPONENT": str(folder / "build" / f"{folder.name}.wasm"),
        "MORTISE_MATRIX_LANGUAGE": language,
    }
    return subprocess.run([os.environ["HOST"], "--gtest_brief=1"], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
