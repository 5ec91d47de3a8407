#!/usr/bin/env python3
"""Tests report.py, and the order of measure.py, on made-up samples."""

import unittest

import report
from cases import GUESTS, RATIOS, SIZES, TIMES, Case, groups
from measure import in_turn


def made_up(samples, **settings):
    return {
        "date": "2026-01-02T03:04:05+00:00",
        "machine": {
            "cpu": "A Processor",
            "cores": 2,
            "threads": "one thread each",
            "virtual": "virtual machine",
            "kernel": "6.1.0",
            "governor": "unknown",
        },
        "versions": {
            "mortise": "abc",
            "wasmtime": "48.0.1",
            "grpc": "1.51.1",
            "c++": "g++ 12",
            "rustc": "rustc 1.95",
            "engine_lto": True,
        },
        "settings": {
            "rounds": 3,
            "seconds": 0.2,
            "core": 1,
            "second_core": 0,
            "cores_are_siblings": False,
            **settings,
        },
        "warnings": ["the machine was not"],
        "samples": samples,
    }


def all_of(program, case, guest, values):
    return {Case(program, case, guest, size): values for size in SIZES}


class Numbers(unittest.TestCase):
    def test_quartiles(self):
        self.assertEqual(report.quartiles([1, 2, 3, 4, 5]), [2, 3, 4])
        self.assertEqual(report.quartiles([5, 1]), [2, 3, 4])
        self.assertEqual(report.quartiles([7]), [7, 7, 7])

    def test_a_ratio_is_taken_within_a_round(self):
        # Twice as slow in the second round, both of them: the ratio does not move.
        self.assertEqual(report.ratios([10, 20], [5, 10]), [2, 2])

    def test_three_digits(self):
        self.assertEqual(report.spread([1.234]), "1.23 (1.23..1.23)")
        self.assertEqual(report.spread([9.994]), "9.99 (9.99..9.99)")
        self.assertEqual(report.spread([9.996]), "10.0 (10.0..10.0)")
        self.assertEqual(report.spread([99.96]), "100 (100..100)")
        self.assertEqual(report.spread([98, 100, 102]), "100 (99..101)")

    def test_units(self):
        self.assertEqual(report.amount([1.5], "ns"), "1.50 ns (1.50..1.50)")
        self.assertEqual(report.amount([999], "ns"), "999 ns (999..999)")
        self.assertEqual(report.amount([900, 1000, 1100], "ns"), "1.00 µs (0.95..1.05)")
        self.assertEqual(report.amount([12_340_000], "ns"), "12.3 ms (12.3..12.3)")
        self.assertEqual(report.amount([2048], "bytes"), "2.00 KiB (2.00..2.00)")

    def test_what_was_not_measured_is_a_dash(self):
        one, other = Case("a", "b", "c", 1), Case("a", "b", "c", 2)
        self.assertEqual(report.cell({one: [1]}, None), "-")
        self.assertEqual(report.cell({one: [1]}, other), "-")
        self.assertEqual(report.cell({one: [1]}, (one, other)), "-")
        self.assertEqual(report.cell({one: [1], other: [2]}, (one, other)), "0.50 (0.50..0.50)")

    def test_rounds_that_disagree_are_named(self):
        calm = {Case("mortise", "owned-trusted", "ascii", 15): [100, 101, 102]}
        self.assertEqual(report.wide(calm), [])
        self.assertEqual(
            report.wide({**calm, Case("grpc", "owned-two-cores", "native", 15): [100, 200, 300]}),
            ["the quartiles of 1 of 2 cases lie more than 10 % apart: grpc owned-two-cores native 15 B"],
        )


class Reports(unittest.TestCase):
    samples = {
        **all_of("mortise", "owned-defaults", "ascii", [400, 410, 420]),
        **all_of("native", "owned", "native", [40, 41, 42]),
        **all_of("grpc", "owned-one-core", "native", [40_000, 41_000, 42_000]),
        Case("mortise", "noop-defaults", "noop", 0): [99.5],
        Case("lifecycle", "memory-idle", "processor", 15): [65536.0],
    }

    def lines(self, **settings):
        return report.text(made_up(self.samples, **settings)).split("\n")

    def test_the_head(self):
        self.assertEqual(
            self.lines()[:7],
            [
                "A Processor: 2 cores, one thread each, virtual machine; Linux 6.1.0; frequency governor: unknown",
                "Mortise abc, Wasmtime 48.0.1, engine optimised as a whole; gRPC 1.51.1",
                "g++ 12; rustc 1.95",
                "2026-01-02T03:04:05+00:00: 3 rounds, 0.2 s for each case, on core 1, "
                "with the server of two-core rows on core 0",
                "",
                "RATIOS: how many times as long the first takes as the second; median (lower..upper quartile) of 3 rounds",
                "",
            ],
        )

    def test_one_core(self):
        self.assertEqual(
            self.lines(second_core=None)[3],
            "2026-01-02T03:04:05+00:00: 3 rounds, 0.2 s for each case, on core 1; one core only: no rows of two",
        )

    def test_threads_of_one_core(self):
        self.assertTrue(self.lines(cores_are_siblings=True)[3].endswith("on core 0 (threads of one core in truth)"))

    def test_lines(self):
        lines = self.lines()
        for line in [
            "  gRPC, one core / Mortise: default limits              100 (100..100)        100 (100..100)        100 (100..100)",
            "  gRPC, two cores / Mortise: default limits             -                     -                     -",
            "  C++ function by dlopen                                41.0 ns (40.5..41.5)  41.0 ns (40.5..41.5)  41.0 ns (40.5..41.5)",
            "  Mortise                         -                     -                     -                     99.5 ns (99.5..99.5)",
            "  memory of an instance, never called                   64.0 KiB (64.0..64.0) -                     -",
            "NOT QUIET: the machine was not",
        ]:
            self.assertIn(line, lines)

    def test_it_fits_a_screen(self):
        self.assertLessEqual(max(len(line) for line in self.lines()), 120)
        labels = [line.label for table in [*RATIOS, *TIMES] for line in table.lines if len(table.columns) == 3]
        self.assertLess(max(map(len, labels)) + 2, report.WIDTH - 3 * report.CELL)

    def test_markdown(self):
        lines = report.markdown(made_up(self.samples)).split("\n")
        at = lines.index("| ascii.wasm: upper case for ASCII, with SIMD | 15 B | 1 KiB | 64 KiB |")
        self.assertEqual(lines[at + 1], "| --- | ---: | ---: | ---: |")
        self.assertIn(
            "| gRPC, one core / Mortise: default limits | 100 (100..100) | 100 (100..100) | 100 (100..100) |", lines
        )


class Order(unittest.TestCase):
    def test_each_case_is_measured_once_in_a_round(self):
        every = [case for group in groups() for case in group]
        self.assertEqual(len(every), len(set(every)))
        for number in range(5):
            self.assertEqual(sorted(in_turn(every, number, 5)), sorted(every))

    def test_rounds_differ(self):
        self.assertEqual([in_turn([1, 2, 3, 4], number, 2) for number in range(2)], [[1, 2, 3, 4], [2, 1, 4, 3]])

    def test_what_is_compared_is_measured_in_one_group(self):
        group_of = {case: number for number, group in enumerate(groups()) for case in group}
        for table in RATIOS:
            for line in table.lines:
                for first, second in line.cells:
                    self.assertEqual(group_of[first], group_of[second], line.label)

    def test_both_guests_are_measured(self):
        measured = {case.guest for group in groups() for case in group}
        self.assertLessEqual(set(GUESTS), measured)


if __name__ == "__main__":
    unittest.main()
