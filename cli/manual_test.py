"""The manual page and the completion against the command itself: manual_test.py MORTISE ROOT."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

MORTISE, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
MANUAL = (ROOT / "docs/man/mortise.1").read_text().replace("\\-", "-")


def told(*arguments):
    return subprocess.run([MORTISE, *arguments, "--help"], capture_output=True, text=True).stdout


def commands():
    return re.findall(r"^  ([a-z]+)  ", told(), re.MULTILINE)


# Each prints what the shell offers for the last word of its arguments, one a line. Of zsh's machinery there is no
# more than what is asked of it, since that wants a terminal.
SHELLS = {
    "bash": """source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mortise; printf "%s\\n" "${COMPREPLY[@]}" """,
    "zsh": """
        _describe() { print -l -- "${(@P)2}" | sed 's/:.*//' | grep -- "^$words[CURRENT]"; }
        _files() { print -l -- "$words[CURRENT]"*; }
        words=("$@"); CURRENT=$#; set --; source "$0" """,
    "fish": """source "$argv[1]"; complete -C "$argv[2..]" | string replace -r '\\t.*' '' """,
}


def completed(shell, *words):
    program = shutil.which(shell)
    if program is None:
        print(f"NOTE: there is no {shell}: what it completes was not tested")
        raise unittest.SkipTest(f"there is no {shell}")
    file = ROOT / f"cli/completion.{shell}"
    quiet = {"zsh": ["-f"], "fish": ["-N"], "bash": []}[shell]
    path = f"{pathlib.Path(MORTISE).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as home:
        (pathlib.Path(home) / "plugin.wasm").touch()
        done = subprocess.run(
            [program, *quiet, "-c", SHELLS[shell], str(file), "mortise", *words],
            capture_output=True,
            text=True,
            cwd=home,
            env={"PATH": path, "HOME": home},
        )
    if done.stderr:
        raise AssertionError(done.stderr)
    return sorted(done.stdout.split())


class Manual(unittest.TestCase):
    def test_has_each_command(self):
        self.assertGreater(len(commands()), 5)
        for command in commands():
            self.assertRegex(MANUAL, rf"(?m)^\.BI? \"?{command}\b", command)

    def test_has_each_option_of_call(self):
        for option in re.findall(r"^  .*?(--[a-z-]+)", told("call"), re.MULTILINE):
            if option != "--help":
                self.assertIn(option, MANUAL)

    def test_has_each_exit_status(self):
        for status in re.findall(r"\b\d\b", told("call").split("Ends with")[1]):
            self.assertIn(f".B {status}\n", MANUAL)

    def test_is_a_page_without_warnings(self):
        if shutil.which("groff") is None:
            self.skipTest("there is no groff")
        said = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-z", str(ROOT / "docs/man/mortise.1")], capture_output=True, text=True
        )
        self.assertEqual(said.stderr, "")


class Completion:
    def test_offers_each_command(self):
        self.assertEqual(completed(self.shell, ""), sorted([*commands(), "--help", "--version"]))

    def test_offers_the_options_of_a_command(self):
        self.assertEqual(completed(self.shell, "call", "x.wasm", "--json"), ["--json", "--json-args"])

    def test_offers_what_is_done_with_the_cache(self):
        self.assertEqual(completed(self.shell, "cache", "")[:3], ["clear", "ls", "verify"])

    def test_offers_files(self):
        self.assertEqual(completed(self.shell, "call", "pl"), ["plugin.wasm"])


class Bash(Completion, unittest.TestCase):
    shell = "bash"


class Zsh(Completion, unittest.TestCase):
    shell = "zsh"


class Fish(Completion, unittest.TestCase):
    shell = "fish"


unittest.main(argv=sys.argv[:1])
