"""`mortise check`, as a shell runs it: check_test.py MORTISE ROOT GUESTS."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

MORTISE, ROOT, GUESTS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
PLUGIN = str(GUESTS / "processor.wasm")
WORLD = str(ROOT / "wit/plugin-world.wit")
MORE = "`mortise check --help` says more.\n"
OLD = """package acme:shop;
interface log { write: func(text: string); }
interface stock {
  record item { name: string, count: u32 }
  find: func(name: string) -> option<item>;
}
world shop { import log; export stock; }
"""


def run(*arguments):
    done = subprocess.run([MORTISE, "check", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class Check(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content)
        return str(path)

    def pair(self, what, by):
        return self.file("old.wit", OLD), self.file("new.wit", OLD.replace(what, by))

    def test_says_that_a_component_fits(self):
        out = f"same: hosts built against {WORLD} can use {PLUGIN}\n"
        self.assertEqual(run(PLUGIN, "--wit", WORLD), (0, out, ""))
        self.assertEqual(run(PLUGIN, "--wit", WORLD, "--world", "plugin-world"), (0, out, ""))

    def test_says_why_a_component_does_not_fit(self):
        world = self.file("w.wit", pathlib.Path(WORLD).read_text().replace("u32", "u64"))
        out = (
            "export techbytes:plugins/processor\n"
            "  record `metadata`, field `priority`: the contract has u64, the component has u32 "
            "(breaks hosts)\n"
            "\n"
            f"breaking: hosts built against {world} cannot use {PLUGIN}\n"
        )
        self.assertEqual(run(PLUGIN, "--wit", world), (1, out, ""))

    def test_compares_components(self):
        shop = str(GUESTS / "shop.wasm")
        out = (
            "import acme:shop/prices\n"
            "  the old one does not have this interface (breaks hosts)\n"
            "export techbytes:plugins/processor\n"
            "  the new one does not have this interface (breaks hosts)\n"
            "export acme:shop/checkout\n"
            "  the old one does not have this interface (breaks no host)\n"
            "\n"
            f"breaking: hosts built against {PLUGIN} cannot use {shop}\n"
        )
        self.assertEqual(run(PLUGIN, shop), (1, out, ""))

    def test_compares_contracts_for_plugins_and_shows_hosts_too(self):
        old, new = self.pair("write: func(text: string);", "write: func(text: string); flush: func();")
        out = (
            "import acme:shop/log: flush\n"
            "  the old one does not have this function (breaks hosts)\n"
            "\n"
            f"breaking: hosts built against {old} cannot use plugins of {new}\n"
            f"compatible: plugins built against {old} run in hosts of {new}\n"
        )
        self.assertEqual(run(old, new), (0, out, ""))
        status, out, _ = run(old, new, "--for", "hosts")
        self.assertEqual(status, 1)
        self.assertTrue(out.endswith(f"cannot use plugins of {new}\n"), out)

    def test_says_that_versions_are_names(self):
        old, new = self.pair("acme:shop", "acme:shop@1.1.0")
        status, out, error = run(old, new)
        self.assertEqual((status, error), (1, ""))
        self.assertIn(
            "  the old one has no version, the new one has version 1.1.0 (breaks plugins and hosts)\n"
            "\n"
            "The version is part of the name by which plugins and hosts meet. --ignore-versions "
            "judges the rest.\n",
            out,
        )
        status, out, error = run(old, new, "--ignore-versions", "--json")
        self.assertEqual((status, json.loads(out)["verdict"]), (0, "same"))

    def test_prints_json(self):
        old, new = self.pair("count: u32", "count: u64")
        status, out, error = run(old, new, "--json")
        self.assertEqual((status, error), (1, ""))
        self.assertEqual(
            json.loads(out),
            {
                "verdict": "breaking",
                "for": "plugins",
                "plugins": "breaking",
                "hosts": "breaking",
                "differences": [
                    {
                        "kind": "type",
                        "direction": "export",
                        "interface": "acme:shop/stock",
                        "function": "",
                        "path": "record `item`, field `count`",
                        "expected": "u32",
                        "actual": "u64",
                        "breaks": ["plugins", "hosts"],
                        "text": "export acme:shop/stock: record `item`, field `count`: the old one "
                        "has u32, the new one has u64",
                    }
                ],
                "more": 0,
            },
        )

    def test_says_what_this_version_does_not_run(self):
        old, new = self.pair("write: func", "write: async func")
        status, out, error = run(old, new)
        self.assertEqual(status, 1)
        self.assertIn("the old one has a sync function, the new one has an async function", out)
        self.assertEqual(
            error,
            f"mortise check: note: {new}: it imports the async function `write` of "
            "`acme:shop/log`, and this version of Mortise runs no async functions: build the plugin "
            "with sync ones\n",
        )

    def test_names_the_worlds_that_there_are(self):
        two = self.file("two.wit", OLD + "world store { }\n")
        said = (
            "mortise check: package `acme:shop` has no world `shpo`\nIt has these:\n  shop\n  store\n"
            "  note: did you mean `shop`?\n"
        )
        self.assertEqual(run(PLUGIN, "--wit", two, "--world", "shpo"), (3, "", said))
        said = "mortise check: package `acme:shop` has 2 worlds: choose one with --world\n  shop\n  store\n"
        self.assertEqual(run(PLUGIN, "--wit", two), (3, "", said))

    def test_takes_the_world_of_whatever_is_wit(self):
        two = self.file("two.wit", OLD + "world store { }\n")
        _, out, error = run(two, two, "--world", "store")
        self.assertEqual((out.splitlines()[-1], error), (f"same: plugins built against {two} run in hosts of {two}", ""))
        status, out, error = run(PLUGIN, two, "--world", "store")
        self.assertEqual((status, error), (1, ""))
        self.assertNotIn("acme:shop/stock", out)

    def test_says_which_input_cannot_be_read(self):
        said = "mortise check: /nowhere.wasm cannot be opened: No such file or directory\n"
        self.assertEqual(run("/nowhere.wasm", PLUGIN), (3, "", said))
        self.assertEqual(run(PLUGIN, "/nowhere.wasm"), (3, "", said))

    def test_says_what_the_command_line_lacks(self):
        for arguments, what in [
            ([], "OLD is missing, and there is no mortise.toml here that names a plugin"),
            ([PLUGIN], "NEW is missing, or --wit with a contract"),
            ([PLUGIN, PLUGIN, "--wit", WORLD], "either NEW or --wit, not both"),
            ([PLUGIN, PLUGIN, "--for", "me"], "--for is hosts or plugins, not `me`"),
            ([PLUGIN, PLUGIN, "--world", "x"], f"--world is for WIT, and neither {PLUGIN} nor {PLUGIN} is WIT"),
            ([PLUGIN, PLUGIN, "--wrold", "x"], "there is no option `--wrold`; did you mean `--world`?"),
        ]:
            self.assertEqual(run(*arguments), (2, "", f"mortise check: {what}\n{MORE}"))


unittest.main(argv=sys.argv[:1])
