#!/usr/bin/env python3
"""Tests what instructions.py says and decides, on counts that nobody had to measure."""

import contextlib
import io
import unittest
from pathlib import Path

import instructions

CHAIN = {"host": "GCC 12, rustc 1.95", "processor": "AVX2"}
OTHER = {"host": "GCC 13, rustc 1.95", "processor": "AVX2"}


def book(recorded, paths=("noop-trusted 0 noop", "owned-limited 15 ascii")):
    return {"paths": dict.fromkeys(paths, "about it"), "recorded": recorded}


def entry(*counts, chain=CHAIN):
    paths = ("noop-trusted 0 noop", "owned-limited 15 ascii")
    return {"tool chain": chain, "counts": dict(zip(paths, counts))}


def ran(function, *arguments):
    """What it returns, and the lines that it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        result = function(*arguments)
    return result, out.getvalue().splitlines()


def check(recorded, *now):
    count = entry(*now)["counts"].__getitem__
    return ran(instructions.check, book(recorded), CHAIN, count, Path("build/release"))


class Check(unittest.TestCase):
    def test_up_to_three_per_cent_more_or_less_pass(self):
        self.assertEqual(
            check([entry(2000, 6000)], 2060, 5820),
            (
                0,
                [
                    "instructions per call         recorded       now   difference",
                    "noop-trusted 0 noop               2000      2060        +3.0%",
                    "owned-limited 15 ascii            6000      5820        -3.0%",
                ],
            ),
        )

    def test_more_fails_and_says_what_to_do(self):
        self.assertEqual(
            check([entry(2000, 6000)], 1000, 6181),
            (
                1,
                [
                    "instructions per call         recorded       now   difference",
                    "noop-trusted 0 noop               2000      1000       -50.0%",
                    "owned-limited 15 ascii            6000      6181        +3.0%",
                    "",
                    "Over 3% more than recorded, or not recorded: owned-limited 15 ascii",
                    "Where they go: callgrind_annotate build/release/bench/owned-limited-15-ascii.callgrind",
                    "Mend it; or, if it is worth that, run `bench/instructions.py build/release --record`, "
                    "and say in the commit why.",
                ],
            ),
        )

    def test_a_path_that_is_not_recorded_fails(self):
        self.assertEqual(
            check([entry(2000)], 2000, 6000),
            (
                1,
                [
                    "instructions per call         recorded       now   difference",
                    "noop-trusted 0 noop               2000      2000        +0.0%",
                    "owned-limited 15 ascii                      6000          new",
                    "",
                    "Over 3% more than recorded, or not recorded: owned-limited 15 ascii",
                    "Where they go: callgrind_annotate build/release/bench/owned-limited-15-ascii.callgrind",
                    "Mend it; or, if it is worth that, run `bench/instructions.py build/release --record`, "
                    "and say in the commit why.",
                ],
            ),
        )

    def test_fewer_pass_with_a_note(self):
        self.assertEqual(
            check([entry(2000, 6000)], 2000, 5819),
            (
                0,
                [
                    "NOTE: calls take over 3% fewer instructions than recorded. To keep that, run: "
                    "bench/instructions.py build/release --record",
                    "instructions per call         recorded       now   difference",
                    "noop-trusted 0 noop               2000      2000        +0.0%",
                    "owned-limited 15 ascii            6000      5819        -3.0%",
                ],
            ),
        )

    def test_an_unknown_tool_chain_is_skipped_and_nothing_is_counted(self):
        self.assertEqual(
            check([entry(2000, 6000, chain=OTHER)]),
            (
                77,
                [
                    "NOTE: instructions are not counted: none are recorded for this tool chain "
                    "(host: GCC 12, rustc 1.95; processor: AVX2). Run: bench/instructions.py build/release --record"
                ],
            ),
        )


class Record(unittest.TestCase):
    def record(self, recorded, *now):
        written = book(recorded)
        _, lines = ran(instructions.record, written, CHAIN, entry(*now)["counts"].__getitem__)
        return written["recorded"], lines

    def test_counts_take_the_place_of_those_of_the_same_tool_chain(self):
        other = entry(1, 2, chain=OTHER)
        before = entry(2000, 6000)
        before["counts"]["gone 0 noop"] = 7
        self.assertEqual(
            self.record([other, before], 2100, 6000),
            (
                [other, entry(2100, 6000)],
                [
                    "instructions per call         recorded       now   difference",
                    "noop-trusted 0 noop               2000      2100        +5.0%",
                    "owned-limited 15 ascii            6000      6000        +0.0%",
                ],
            ),
        )

    def test_a_new_tool_chain_gets_an_entry(self):
        other = entry(1, 2, chain=OTHER)
        self.assertEqual(
            self.record([other], 2100, 6000),
            (
                [other, entry(2100, 6000)],
                [
                    "instructions per call         recorded       now   difference",
                    "noop-trusted 0 noop                         2100          new",
                    "owned-limited 15 ascii                      6000          new",
                ],
            ),
        )


class Reading(unittest.TestCase):
    def test_callgrind_says_how_much_it_counted(self):
        said = "==7== Events    : Ir\n==7== Collected : 2094519\n==7== \n==7== I   refs:      2,094,519\n"
        self.assertEqual(instructions.per_call(said), 2095)

    def test_a_loop_that_callgrind_did_not_find_is_an_error(self):
        with self.assertRaises(SystemExit) as stop:
            instructions.per_call("==7== Collected : 0\n")
        self.assertEqual(
            str(stop.exception),
            "Nothing was counted: bench::Run::repeat of bench/measure.h was not run.\n==7== Collected : 0",
        )

    def test_the_compilers_of_a_program(self):
        shown = (
            "\nString dump of section '.comment':\n"
            "  [     0]  rustc version 1.95.0 (59807616e 2026-04-14)\n"
            "  [    2c]  GCC: (Debian 12.2.0-14) 12.2.0\n\n"
        )
        self.assertEqual(
            instructions.compilers_of_host(shown),
            ["GCC: (Debian 12.2.0-14) 12.2.0", "rustc version 1.95.0 (59807616e 2026-04-14)"],
        )

    def test_the_compiler_of_a_guest(self):
        section = b"\x09producers\x01\x0cprocessed-by\x02\x05rustc\x061.96.0\x0dwit-component"
        self.assertEqual(instructions.compilers_of_guest(b"\0asm rustc14 " + section), ["rustc 1.96.0"])
        self.assertEqual(instructions.compilers_of_guest(b"\0asm"), [])


if __name__ == "__main__":
    unittest.main()
