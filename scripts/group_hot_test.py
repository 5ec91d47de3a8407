#!/usr/bin/env python3
"""Tests of group_hot.py, on a library of five functions."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
HASH = "17h0123456789abcdefE"
HOT, COLD, SLOW = (f"_ZN4wasm{name}{HASH}" for name in ("3run", "7explain", "4grow"))
LIBRARY = f"""
  .section .text.{HOT},"ax",@progbits
  ret
  .section .text.{COLD},"ax",@progbits
  ret
  .section .text.unlikely.{SLOW},"ax",@progbits
  ret
  .section .text.mortise_call,"ax",@progbits
  ret
"""


class GroupHot(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.list, self.library, self.out = (self.folder / name for name in ("list", "in.o", "out/out.o"))

    def group(self, names, source=LIBRARY):
        """The sections of code that the library has afterwards."""
        if source:
            subprocess.run(["as", "-o", self.library, "-"], input=source, text=True, check=True)
        self.list.write_text("# what calls run\n" + "\n".join(names) + "\n")
        script = HERE / "group_hot.py"
        done = subprocess.run([script, self.list, self.library, self.out], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        headers = subprocess.run(["objdump", "-h", "-w", self.out], capture_output=True, text=True, check=True).stdout
        return set(re.findall(r"\s(\.text\.\S+)", headers))

    def test_moves_what_is_listed_and_nothing_else(self):
        self.assertEqual(
            self.group(["wasm::run", "wasm::grow", "mortise_call", "wasm::is_gone"]),
            {f".text.hot.{HOT}", f".text.hot.{SLOW}", f".text.{COLD}", ".text.hot.mortise_call"},
        )

    def test_leaves_a_name_that_many_functions_share(self):
        same = [f"_ZN4wasm3run17h{i:016x}E" for i in range(7)]
        source = "".join(f'.section .text.{name},"ax",@progbits\nret\n' for name in same)
        self.assertEqual(self.group(["wasm::run"], source), {f".text.{name}" for name in same})

    def test_leaves_a_result_alone_that_is_newer(self):
        self.group(["wasm::run"])
        before = self.out.stat().st_mtime_ns
        for path in (self.list, self.library):
            os.utime(path, (0, 0))
        script = HERE / "group_hot.py"
        subprocess.run([script, self.list, self.library, self.out], check=True)
        self.assertEqual(self.out.stat().st_mtime_ns, before)


if __name__ == "__main__":
    unittest.main()
