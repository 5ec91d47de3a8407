#!/usr/bin/env python3
"""Tests notices.py on small crates: a folder of files each, with what cargo would say of it."""

import tempfile
import unittest
from pathlib import Path

import notices


class Notices(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.crates = []

    def crate(self, name, license="MIT", repository="", license_file=None, **files):
        folder = self.root / name
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text)
        self.crates.append(
            {
                "name": name,
                "version": "1.0.0",
                "license": license,
                "license_file": license_file,
                "repository": repository,
                "manifest_path": str(folder / "Cargo.toml"),
            }
        )

    def texts_of_each(self):
        _, entries = notices.notices(self.crates)
        return {crate["name"]: numbers for crate, _, numbers in entries}

    def test_texts_that_differ_in_line_breaks_alone_are_given_once(self):
        self.crate("a", LICENSE="As you like,\nby A.\n")
        self.crate("b", COPYING="As you\nlike, by A.")
        self.crate("c", LICENSE="As you like, by C.")
        self.assertEqual(self.texts_of_each(), {"a": [1], "b": [1], "c": [2]})

    def test_all_licence_files_of_a_crate_are_taken_and_no_other(self):
        self.crate("a", license_file="terms.txt", README="Read me.", NOTICE="Ours.")
        Path(self.root, "a", "terms.txt").write_text("These.")
        Path(self.root, "a", "LICENSE-MIT").write_text("Those.")
        self.assertEqual(self.texts_of_each(), {"a": [1, 2, 3]})

    def test_a_crate_without_a_text_has_that_of_its_repository(self):
        self.crate("part", repository="https://x/y/tree/main/part")
        self.crate("other", repository="https://x/z", LICENSE="Other.")
        self.crate("whole", repository="https://x/y.git", LICENSE="Whole.")
        self.assertEqual(self.texts_of_each(), {"part": [1], "other": [2], "whole": [1]})

    def test_it_does_not_have_the_text_of_another_licence(self):
        self.crate("part", license="Zlib", repository="https://x/y")
        self.crate("whole", repository="https://x/y", LICENSE="Whole.")
        with self.assertRaisesRegex(SystemExit, r"^notices.py: part 1.0.0 \(Zlib\) has no licence text in its sources$"):
            self.texts_of_each()

    def test_crates_of_no_known_repository_are_not_of_the_same(self):
        self.crate("a")
        self.crate("b", LICENSE="B.")
        with self.assertRaisesRegex(SystemExit, r"^notices.py: a 1.0.0 \(MIT\) has no licence text in its sources$"):
            self.texts_of_each()

    def test_a_crate_that_says_no_licence_cannot_be_shipped(self):
        self.crate("a", license=None, LICENSE="Mine.")
        with self.assertRaisesRegex(SystemExit, "^notices.py: a 1.0.0 says no licence: it cannot be shipped$"):
            self.texts_of_each()


if __name__ == "__main__":
    unittest.main()
