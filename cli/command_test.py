"""The command, as a shell runs it: command_test.py MORTISE ROOT."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

MORTISE, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
USAGE = """usage: mortise COMMAND [ARGUMENT]..

  new         a plugin's folder, in the language of your choice
  build       the component of a plugin's folder
  inspect     what a component exports, imports and needs
  check       whether a component fits a contract, or a new version the old one
  audit       what a component may do by a policy, and what is new of that
  call        what a function of a component answers
  compile     native code of a component, ahead of time
  cache       what is kept of compiled plugins
  wit         the errors in WIT
  bindgen     the C++ header of a WIT world
  component   a component of a core module
  languages   the languages of plugins, and what they need
  doctor      what is installed, and what is missing

`mortise COMMAND --help` says more. --version says which version this is.
"""


def run(*arguments, command=MORTISE):
    done = subprocess.run([command, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class Command(unittest.TestCase):
    maxDiff = None

    def test_says_what_there_is(self):
        for word in ["--help", "-h", "help"]:
            self.assertEqual(run(word), (0, USAGE, ""))

    def test_says_its_version(self):
        self.assertRegex(run("--version")[1], r"^mortise \d+\.\d+\.\d+\n$")

    def test_asks_for_a_command(self):
        self.assertEqual(run(), (2, "", f"mortise: which command?\n\n{USAGE}"))

    def test_names_a_command_that_is_nearly_right(self):
        said = "mortise: there is no command `bindgne`; did you mean `bindgen`?\n\n"
        self.assertEqual(run("bindgne"), (2, "", said + USAGE))

    def test_names_a_command_that_there_is_not(self):
        said = "mortise: there is no command `\\u{1b}[31m`\n\n"
        self.assertEqual(run("\x1b[31m"), (2, "", said + USAGE))

    def test_writes_the_header_of_a_world(self):
        golden = ROOT / "bindgen/golden/processor/processor.h"
        self.assertEqual(
            run("bindgen", str(ROOT / "wit/plugin-world.wit")), (0, golden.read_text(), "")
        )

    def test_hands_on_how_a_command_ended(self):
        status, out, error = run("bindgen", "/nowhere.wit")
        self.assertEqual((status, out), (3, ""))
        self.assertRegex(error, r"^mortise bindgen: .*nowhere\.wit")

    def test_says_where_it_could_not_write_the_header(self):
        command = f'exec "{MORTISE}" bindgen "{ROOT}/wit/plugin-world.wit" '
        said = "mortise bindgen: cannot write to standard output: "
        for to, why in [
            (">/dev/full", "No space left on device (os error 28)"),
            (">&-", "Bad file descriptor (os error 9)"),
        ]:
            self.assertEqual(run("-c", command + to, command="sh"), (3, "", f"{said}{why}\n"))

    def test_writes_a_header_to_what_has_no_end(self):
        wit = str(ROOT / "wit/plugin-world.wit")
        self.assertEqual(run("bindgen", wit, "-o", "/dev/zero"), (0, "", ""))

    def test_reads_no_wit_without_end(self):
        with tempfile.TemporaryDirectory() as folder:
            endless = pathlib.Path(folder) / "endless.wit"
            endless.symlink_to("/dev/zero")
            said = f"mortise bindgen: {endless} is neither a file nor a folder\n"
            self.assertEqual(run("bindgen", folder), (3, "", said))
            large = pathlib.Path(folder) / "large.wit"
            with large.open("wb") as file:
                file.truncate(65 << 20)
            said = f"mortise bindgen: {large} has more than the 64 MiB of WIT that are read\n"
            self.assertEqual(run("bindgen", str(large)), (3, "", said))

    def test_bounds_what_reading_wit_takes(self):
        functions = "".join(f"g{i}: func();\n" for i in range(2_000_000))
        with tempfile.TemporaryDirectory() as folder:
            many = pathlib.Path(folder) / "many.wit"
            many.write_text(f"package a:b;\ninterface c {{\n{functions}}}\nworld w {{ import c; }}\n")
            said = f"mortise bindgen: {many} needs more than the 1 GiB of memory that reading it may\n"
            self.assertEqual(run("bindgen", str(many)), (3, "", said))

    def test_writes_the_header_of_types_that_double(self):
        records = "".join(f"record r{i} {{ x: r{i - 1}, y: r{i - 1} }}\n" for i in range(1, 60))
        with tempfile.TemporaryDirectory() as folder:
            deep = pathlib.Path(folder) / "deep.wit"
            deep.write_text(
                f"package a:b;\ninterface c {{\nrecord r0 {{ x: string }}\n{records}f: func(x: r59);\n}}\n"
                "world w { import c; }\n"
            )
            self.assertEqual(run("bindgen", str(deep), "-o", f"{folder}/deep.h"), (0, "", ""))

    def test_calls_the_command_by_its_name_in_its_help(self):
        self.assertTrue(run("bindgen", "--help")[1].startswith("usage: mortise bindgen "))

    def test_says_where_a_missing_program_should_be(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = pathlib.Path(folder) / "bin/mortise"
            alone.parent.mkdir()
            shutil.copy(MORTISE, alone)
            program = pathlib.Path(folder) / "libexec/mortise/mortise-bindgen"
            said = (
                f"mortise: bindgen cannot be run: {program}: No such file or directory. It is part "
                "of a whole installation: `make install`, or the package libmortise-dev.\n"
            )
            self.assertEqual(run("bindgen", command=str(alone)), (3, "", said))


unittest.main(argv=sys.argv[:1])
