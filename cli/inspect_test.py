"""`mortise inspect` and `wit check`, as a shell runs them: inspect_test.py MORTISE ROOT GUESTS."""

import json
import os
import pathlib
import pty
import random
import re
import subprocess
import sys
import tempfile
import unittest

MORTISE, ROOT, GUESTS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
PLUGIN = str(GUESTS / "processor.wasm")
WIT = """package root:component;

world root {
  export techbytes:plugins/processor;
}
package techbytes:plugins {
  interface processor {
    record metadata {
      name: string,
      version: string,
      priority: u32,
    }

    process-data: func(input: string, meta: metadata) -> result<string, string>;
  }
}
"""
CLOCK = """(component
  (import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func (result u64)))))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64)))))
  (import "acme:shop/store" (instance (export "f" (func)) (export "g" (func))))
  (import "types:only/here" (instance))
  (import "tick" (func async)))
"""


def run(*arguments, **options):
    done = subprocess.run([MORTISE, *arguments], capture_output=True, text=True, **options)
    return done.returncode, done.stdout, done.stderr


def on_a_terminal(*arguments, **variables):
    """What is printed where the standard output stream is one."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, **variables}
    if "NO_COLOR" not in variables:
        environment.pop("NO_COLOR", None)
    subprocess.run([MORTISE, *arguments], stdout=theirs, env=environment, check=False)
    os.close(theirs)
    out = b""
    while True:
        try:
            out += os.read(ours, 65536)
        except OSError:
            os.close(ours)
            return out.decode()


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)


class Inspect(Case):
    def test_tells_what_a_component_is(self):
        status, out, error = run("inspect", PLUGIN)
        self.assertEqual((status, error), (0, ""))
        self.assertRegex(
            out,
            rf"^{re.escape(PLUGIN)}\n"
            r"  name        processor.wasm\n"
            r"  written in  Rust\n"
            r"  made with   rustc .*wit-component .*\n"
            r"  size        \d.*: code \d.*, data \d.*, debug information 0 bytes, other custom sections .*\n"
            r"  memory      1088 KiB at the start, as much as the host allows later\n"
            r"  asks for    nothing\n"
            r"\n"
            rf"{re.escape(WIT)}$",
        )

    def test_prints_wit_that_is_the_same_contract(self):
        for guest in sorted(GUESTS.glob("*.wasm")):
            status, out, error = run("inspect", "--wit", str(guest))
            self.assertEqual((status, error), (0, ""))
            printed = self.file("printed.wit", out)
            status, out, _ = run("check", str(guest), "--wit", printed, "--json")
            self.assertEqual((status, json.loads(out)["verdict"]), (0, "same"), guest)

    def test_prints_json(self):
        status, out, error = run("inspect", "--json", PLUGIN)
        self.assertEqual((status, error), (0, ""))
        told = json.loads(out)
        self.assertEqual(told["size"]["file"], os.path.getsize(PLUGIN))
        self.assertEqual(told["memories"], [{"initial": 1114112, "most": None}])
        self.assertEqual((told["language"], told["asks"], told["notes"]), ("Rust", ["nothing"], []))
        exported = {
            "interface": "techbytes:plugins/processor",
            "functions": ["process-data"],
            "types": ["metadata"],
        }
        self.assertEqual((told["imports"], told["exports"]), ([], [exported]))
        self.assertEqual(told["wit"].strip(), WIT.strip())

    def test_says_what_it_asks_for_in_words(self):
        status, out, error = run("inspect", "--json", self.file("clock.wat", CLOCK))
        self.assertEqual((status, error), (0, ""))
        told = json.loads(out)
        self.assertEqual(
            told["asks"],
            [
                "the time (wasi:clocks)",
                "acme:shop/store: 2 functions of the host's",
                "1 function of the host's, in no interface",
            ],
        )
        self.assertEqual(
            told["notes"],
            [
                "it imports the async function `tick`, and this version of Mortise runs no async "
                "functions: build the plugin with sync ones"
            ],
        )

    def test_names_what_is_no_component(self):
        for content, what in [
            (b"", " is empty"),
            (b"\x7fELF\x02\x01\x01\0", " is an ELF file, native code: a plugin is a WebAssembly component"),
            (b"\0asm\x01\0\0\0", " is a core module, not a component: componentize it, for example with `wasm-tools component new`"),
            (b"\0asm\x0d\0\x01\0\xff", " is not a component that can run here: malformed section id (at offset 0x8)"),
            (b"\xff\xfe\0\0", " is not WebAssembly"),
        ]:  # fmt: skip
            status, out, error = run("inspect", self.file("x.wasm", content))
            self.assertEqual((status, out, error), (3, "", f"mortise inspect: x.wasm{what}\n"))

    def test_says_what_reads_wit(self):
        path = self.file("x.wit", "package a:b;")
        said = f"mortise inspect: {path} is WIT, not a component; `mortise wit check` reads it\n"
        self.assertEqual(run("inspect", path), (3, "", said))

    def test_says_what_the_command_line_lacks(self):
        more = "`mortise inspect --help` says more.\n"
        for arguments, what in [
            ([], "X is missing, and there is no mortise.toml here that names a plugin"),
            (["a", "b"], "`b` is one argument too many"),
            (["--wiit", "a"], "there is no option `--wiit`; did you mean `--wit`?"),
            (["--\x1b[31m", "a"], "there is no option `--\\u{1b}[31m`"),
            (["--wit", "--json", "a"], "either --wit or --json, not both"),
        ]:
            self.assertEqual(run("inspect", *arguments), (2, "", f"mortise inspect: {what}\n{more}"))

    def test_helps(self):
        status, out, error = run("inspect", "--help")
        self.assertEqual((status, error), (0, ""))
        self.assertIn("usage: mortise inspect [OPTIONS] [X]\n", out)
        self.assertIn("\nExamples:\n  mortise inspect plugin.wasm ", out)

    def test_shows_colours_on_a_terminal_alone(self):
        self.assertIn("\x1b[1m", on_a_terminal("inspect", PLUGIN))
        self.assertNotIn("\x1b", on_a_terminal("inspect", PLUGIN, NO_COLOR="1"))
        self.assertNotIn("\x1b", run("inspect", PLUGIN)[1])

    def test_says_that_the_output_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [MORTISE, "inspect", PLUGIN], stdout=full, stderr=subprocess.PIPE, text=True
            )
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr, "mortise: the output cannot be written\n")

    # What it says of a broken component is the library's; here, that it always ends well.
    def test_survives_what_is_broken(self):
        whole = (GUESTS / "shop.wasm").read_bytes()
        chance = random.Random(1)
        for i in range(60):
            broken = bytearray(whole[: chance.randrange(len(whole))] if i % 3 == 0 else whole)
            for _ in range(chance.randrange(3) if broken else 0):
                broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            path = self.file("broken.wasm", bytes(broken))
            for command in [["inspect", path], ["check", path, PLUGIN]]:
                status, _, error = run(*command)
                self.assertIn(status, {0, 1, 3})
                if status == 3:
                    self.assertRegex(error, r"^mortise [a-z]+: broken\.wasm .*\n$")


class Wit(Case):
    def test_lists_the_worlds_of_wit_without_errors(self):
        out = "world techbytes:plugins/plugin-world\n"
        self.assertEqual(run("wit", "check", str(ROOT / "wit/plugin-world.wit")), (0, out, ""))

    def test_names_the_line_and_column_of_an_error(self):
        path = self.file("wit/a.wit", "package a:b;\ninterface c {\n  f: func(x: foo);\n}\n")
        said = (
            "mortise wit check: name `foo` does not exist\n"
            f"     --> {path}:3:14\n      |\n    3 |   f: func(x: foo);\n      |              ^--\n"
        )
        self.assertEqual(run("wit", "check", path), (3, "", said))
        self.assertEqual(run("wit", "check", str(self.folder / "wit")), (3, "", said))

    def test_says_what_this_version_does_not_run(self):
        path = self.file("a.wit", "package a:b;\nworld w { import f: async func(); }\n")
        out = (
            "world a:b/w\n  note: it imports the async function `f`, and this version of Mortise "
            "runs no async functions: build the plugin with sync ones\n"
        )
        self.assertEqual(run("wit", "check", path), (0, out, ""))

    def test_says_that_there_is_no_world(self):
        path = self.file("a.wit", "package a:b;\n")
        self.assertEqual(run("wit", "check", path), (0, "interfaces alone, and no world\n", ""))

    def test_says_where_packages_are_looked_for(self):
        self.file("wit/a.wit", "package a:b;\nworld w { import c:d/e; }\n")
        status, _, error = run("wit", "check", str(self.folder / "wit"))
        self.assertEqual(status, 3)
        self.assertIn("package 'c:d' not found.", error)
        self.assertTrue(
            error.endswith(
                f"\nOther packages are looked for in {self.folder}/wit/deps: fetch them with "
                "`wkg wit fetch` or `wit-deps`\n"
            ),
            error,
        )

    def test_names_each_error_of_wit_with_its_place(self):
        one = self.file("all/a.wit", "package a:b;\ninterface c {\n  f: func(x: foo) -> bar;\n}\n")
        two = self.file("all/b.wit", "interface d {\n  f: fun();\n}\n")
        said = (
            "mortise wit check: name `foo` does not exist\n"
            f"     --> {one}:3:14\n      |\n    3 |   f: func(x: foo) -> bar;\n      |              ^--\n"
            "name `bar` does not exist\n"
            f"     --> {one}:3:22\n      |\n    3 |   f: func(x: foo) -> bar;\n      |                      ^--\n"
            "expected keyword `func`, found an identifier\n"
            f"     --> {two}:2:6\n      |\n    2 |   f: fun();\n      |      ^\n"
            "3 errors\n"
        )
        self.assertEqual(run("wit", "check", str(self.folder / "all")), (3, "", said))

    def test_bounds_how_many_errors_of_wit_it_names(self):
        functions = "".join(f"g{i}: func(x: foo);\n" for i in range(20_000))
        path = self.file("many.wit", f"package a:b;\ninterface c {{\n{functions}}}\n")
        status, _, error = run("wit", "check", path)
        self.assertEqual((status, error.count("name `foo` does not exist")), (3, 20))
        self.assertTrue(error.endswith("\n20 errors, and perhaps more behind them\n"), error[-200:])

    def test_survives_wit_that_is_cut_short(self):
        whole = (ROOT / "wit/plugin-world.wit").read_text()
        for size in range(0, len(whole), 1 + len(whole) // 40):
            status, _, error = run("wit", "check", self.file("cut.wit", whole[:size]))
            self.assertIn(status, {0, 3})
            self.assertTrue(status == 0 or error.startswith("mortise wit check: "), error)

    def test_survives_wit_that_is_nested_deeply(self):
        deep = "list<" * 100_000
        status, _, error = run("wit", "check", self.file("deep.wit", f"package a:b; interface c {{ type t = {deep}"))
        self.assertEqual(status, 3)
        self.assertLess(len(error), 3000)

    def test_asks_what_to_do(self):
        more = "`mortise wit --help` says more.\n"
        said = "mortise wit: what to do? There is `mortise wit check`\n"
        self.assertEqual(run("wit"), (2, "", said + more))
        said = "mortise wit: there is no `mortise wit chek`, only `mortise wit check`\n"
        self.assertEqual(run("wit", "chek"), (2, "", said + more))


unittest.main(argv=sys.argv[:1])
