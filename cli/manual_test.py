"""The manual page and the completion against the command itself: manual_test.py MORTISE ROOT."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

MORTISE, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
MANUAL = (ROOT / "docs/man/mortise.1").read_text().replace("\\-", "-")
COMPLETION = ROOT / "cli/completion.bash"


def told(*arguments):
    return subprocess.run([MORTISE, *arguments, "--help"], capture_output=True, text=True).stdout


def commands():
    return re.findall(r"^  ([a-z]+)  ", told(), re.MULTILINE)


def completed(*words):
    """What bash offers for the last of these words."""
    script = (
        f'source "{COMPLETION}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mortise; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{pathlib.Path(MORTISE).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script, "bash", "mortise", *words], capture_output=True, text=True, env={"PATH": path}
    )
    return done.stdout.split()


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


class Completion(unittest.TestCase):
    def test_offers_each_command(self):
        self.assertEqual(sorted(completed("")), sorted([*commands(), "--help", "--version"]))

    def test_offers_the_options_of_a_command(self):
        self.assertEqual(completed("call", "x.wasm", "--json"), ["--json", "--json-args"])


unittest.main(argv=sys.argv[:1])
