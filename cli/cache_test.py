"""`mortise cache`, as a shell runs it: cache_test.py MORTISE GUESTS."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

MORTISE, GUESTS = sys.argv[1], pathlib.Path(sys.argv[2])
CALL = 'process-data("hi", {name: "n", version: "1", priority: 1})'


class Cache(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = home.name
        self.folder = pathlib.Path(home.name) / "mortise"

    def run_(self, *arguments):
        environment = {**os.environ, "XDG_CACHE_HOME": self.home}
        done = subprocess.run([MORTISE, *arguments], capture_output=True, text=True, env=environment)
        return done.returncode, done.stdout, done.stderr

    def call(self, *options):
        answer = self.run_("call", str(GUESTS / "processor.wasm"), CALL, *options)
        self.assertEqual(answer, (0, 'ok("[Processed by n v1]: HI")\n', ""))

    def entries(self):
        status, out, error = self.run_("cache", "ls", "--json")
        self.assertEqual((status, error), (0, ""))
        return json.loads(out)["entries"]

    def test_has_what_was_called(self):
        self.call()
        self.call()
        (entry,) = self.entries()
        self.assertEqual(entry["plugin"], "processor.wasm")
        self.assertEqual((self.folder / entry["key"]).stat().st_size, entry["size"])
        status, out, error = self.run_("cache", "ls")
        self.assertEqual((status, error), (0, ""))
        self.assertRegex(
            out,
            rf"^processor\.wasm +[0-9.]+ KiB +just now +{entry['key'][:12]}\n"
            rf"1 plugin, [0-9.]+ KiB, in {self.folder}\n$",
        )

    def test_names_what_was_called_however_it_is_called(self):
        names = {
            b"\xff.wasm": r"\xff.wasm",
            ("\u20ac" * 70 + ".wasm").encode(): "\u20ac" * 67 + ".. (14 bytes more)",
        }
        for name, shown in names.items():
            with self.subTest(name):
                path = os.path.join(self.home.encode(), name)
                shutil.copy(GUESTS / "processor.wasm", path)
                self.assertEqual(self.run_("cache", "clear")[0], 0)
                self.assertEqual(self.run_("call", path, CALL)[0], 0)
                self.assertEqual([entry["plugin"] for entry in self.entries()], [shown])

    def test_has_nothing_of_what_was_called_without_it(self):
        self.call("--no-cache")
        self.assertFalse(self.folder.exists())
        self.assertEqual(self.run_("cache", "ls"), (0, f"0 plugins, 0 bytes, in {self.folder}\n", ""))

    def test_has_what_was_compiled_ahead(self):
        output = f"{self.home}/plugin.native"
        compiled = ["compile", str(GUESTS / "processor.wasm"), "-o", output]
        self.assertEqual(self.run_(*compiled, "--no-cache")[0], 0)
        self.assertFalse(self.folder.exists())
        self.assertEqual(self.run_(*compiled)[0], 0)
        self.call()
        self.assertEqual(len(self.entries()), 1)

    def test_removes_what_is_damaged(self):
        self.call()
        self.assertRegex(self.run_("cache", "verify")[1], r"^1 plugin, .*: good; 0 damaged, and removed\n$")
        (entry,) = self.entries()
        path = self.folder / entry["key"]
        path.write_bytes(path.read_bytes()[:-1])
        said = "0 plugins, 0 bytes: good; 1 damaged, and removed\n"
        self.assertEqual(self.run_("cache", "verify"), (1, said, ""))
        self.assertEqual(self.entries(), [])

    def test_removes_everything(self):
        self.call()
        self.assertRegex(self.run_("cache", "clear")[1], r"^removed 1 plugin, [0-9.]+ KiB\n$")
        self.assertEqual(self.entries(), [])
        self.assertEqual(json.loads(self.run_("cache", "clear", "--json")[1]), {"removed": 0, "size": 0})
        self.call()

    def test_is_of_the_folder_that_is_named(self):
        other = str(pathlib.Path(self.home) / "other")
        self.assertEqual(self.run_("cache", "ls", "--folder", other), (0, f"0 plugins, 0 bytes, in {other}\n", ""))

    def test_is_not_used_where_others_may_write(self):
        self.folder.mkdir()
        self.folder.chmod(0o777)
        why = f"the code cache {self.folder} is not used: others may write to it; `chmod go-w` it, and clear it\n"
        self.assertEqual(self.run_("cache", "ls"), (3, "", f"mortise cache: {why}"))
        answer = self.run_("call", str(GUESTS / "processor.wasm"), CALL)
        self.assertEqual(answer, (0, 'ok("[Processed by n v1]: HI")\n', f"mortise: {why}"))

    def test_is_done_without_where_it_cannot_be(self):
        self.folder.write_text("a file")
        self.call()

    def test_asks_what_is_to_be_done(self):
        said = "mortise cache: what is to be done with it? ls, verify or clear\n`mortise cache --help` says more.\n"
        self.assertEqual(self.run_("cache"), (2, "", said))
        said = "mortise cache: `list` is none of ls, verify and clear\n`mortise cache --help` says more.\n"
        self.assertEqual(self.run_("cache", "list"), (2, "", said))


unittest.main(argv=sys.argv[:1])
