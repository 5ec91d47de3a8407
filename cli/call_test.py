"""`mortise call` and `compile`, as a shell runs them: call_test.py MORTISE ROOT GUESTS."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

MORTISE, ROOT, GUESTS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
PLUGIN = str(GUESTS / "processor.wasm")
HELP = "`mortise call --help` says more.\n"
META = '{name: "AnalyticsEngine", version: "1.0.2", priority: 1}'
CALL = f'process-data("hello techbytes", {META})'
ANSWER = 'ok("[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES")\n'
EXAMPLE = '  process-data("text", {name: "text", version: "text", priority: 1})\n'
FAULTY = """(component
  (core module $m (func (export "trap") (unreachable)) (func (export "loop") (loop (br 0))))
  (core instance $i (instantiate $m))
  (func (export "trap") (canon lift (core func $i "trap")))
  (func (export "loop") (canon lift (core func $i "loop"))))
"""


def run(*arguments, given=None):
    done = subprocess.run([MORTISE, *arguments], capture_output=True, text=True, input=given)
    return done.returncode, done.stdout, done.stderr


def call(*arguments, given=None):
    return run("call", *arguments, given=given)


class Folder(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)


class Call(Folder):
    def test_prints_the_answer(self):
        self.assertEqual(call(PLUGIN, CALL), (0, ANSWER, ""))

    def test_takes_the_interface_too(self):
        self.assertEqual(call(PLUGIN, f"techbytes:plugins/processor.{CALL}"), (0, ANSWER, ""))

    def test_ends_with_1_for_an_error_of_the_contract(self):
        said = 'err("Input cannot be empty")\n'
        self.assertEqual(call(PLUGIN, f'process-data("", {META})'), (1, said, ""))

    def test_lists_what_can_be_called(self):
        said = f"mortise call: which function? processor.wasm has\n{EXAMPLE}\n{HELP}"
        self.assertEqual(call(PLUGIN), (2, "", said))

    def test_shows_how_to_call_a_function_without_arguments_given(self):
        said = f"mortise call: `process-data` takes arguments; one way to call it is\n{EXAMPLE}{HELP}"
        self.assertEqual(call(PLUGIN, "process-data"), (2, "", said))

    def test_suggests_a_function_that_is_near(self):
        said = f"mortise call: processor.wasm exports no function `proces-data`; near it: `process-data`\n{HELP}"
        self.assertEqual(call(PLUGIN, "proces-data()"), (2, "", said))

    def test_says_where_an_argument_is_wrong(self):
        said = (
            "mortise call: line 1, column 14: parameter `input`: expected string, found 7; for example "
            '"text"\nprocess-data(7)\n             ^\n'
        )
        self.assertEqual(call(PLUGIN, "process-data(7)"), (2, "", said))

    def test_reads_arguments_from_a_file(self):
        path = self.write("arguments", f'"hello techbytes",\n{META}')
        self.assertEqual(call(PLUGIN, "process-data", "--args", path), (0, ANSWER, ""))

    def test_reads_json_from_the_standard_input(self):
        given = {
            "input": "hello techbytes",
            "meta": {"name": "AnalyticsEngine", "version": "1.0.2", "priority": 1},
        }
        self.assertEqual(
            call(PLUGIN, "process-data", "--json-args", "-", given=json.dumps(given)), (0, ANSWER, "")
        )

    def test_says_that_a_file_of_arguments_is_missing(self):
        said = "mortise call: /nowhere cannot be read, or has more than 64 MiB\n"
        self.assertEqual(call(PLUGIN, "process-data", "--args", "/nowhere"), (3, "", said))

    def test_refuses_arguments_that_are_given_twice(self):
        said = f"mortise call: the arguments are given twice: in the call and by an option\n{HELP}"
        self.assertEqual(call(PLUGIN, CALL, "--args", "-"), (2, "", said))

    def test_prints_json(self):
        status, out, error = call(PLUGIN, CALL, "--json")
        self.assertEqual((status, error), (0, ""))
        self.assertEqual(
            json.loads(out), {"result": {"ok": "[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES"}}
        )

    def test_says_what_it_took(self):
        _, out, error = call(PLUGIN, CALL, "--stats")
        self.assertEqual(out, ANSWER)
        self.assertRegex(
            error,
            r"^  load +\d+ \w+\n  instantiate +\d+ \w+\n  call +\d+ \w+\n  memory +\d+ \w+\n"
            r"  fuel +\d+, counted in a second run\n$",
        )

    def test_counts_the_same_fuel_each_time(self):
        fuel = [json.loads(call(PLUGIN, CALL, "--stats", "--json")[1])["stats"]["fuel"] for _ in range(2)]
        self.assertGreater(fuel[0], 500)
        self.assertEqual(fuel[0], fuel[1])

    def test_prints_a_table_of_latencies(self):
        _, out, error = call(PLUGIN, CALL, "--repeat", "100")
        self.assertEqual(out, ANSWER)
        names = r"\n".join(rf"  {name} +\d+ \w+" for name in ["fastest", "p50", "p90", "p99", "slowest"])
        self.assertRegex(error, rf"^100 calls\n{names}\n$")

    def test_says_which_imports_there_are_nobody_for(self):
        status, out, error = call(str(GUESTS / "shop.wasm"), "f()")
        self.assertEqual((status, out), (3, ""))
        self.assertRegex(error, r"^mortise call: shop.wasm imports what this host does not provide\n  import ")


class Limits(Folder):
    def setUp(self):
        super().setUp()
        self.faulty = self.write("faulty.wat", FAULTY)

    def test_ends_with_4_where_the_plugin_traps(self):
        status, out, error = call(self.faulty, "trap")
        self.assertEqual((status, out), (4, ""))
        self.assertTrue(
            error.startswith("mortise call: faulty.wat: trap trapped: wasm `unreachable` instruction executed\n"),
            error,
        )

    def test_stops_a_loop_at_the_deadline(self):
        status, out, error = call(self.faulty, "loop()", "--deadline", "30ms")
        self.assertEqual((status, out), (4, ""))
        self.assertTrue(
            error.startswith("mortise call: faulty.wat: loop was stopped at its deadline of 30 ms\n"), error
        )

    def test_stops_a_loop_when_its_fuel_is_used_up(self):
        status, out, error = call(self.faulty, "loop()", "--deadline", "none", "--fuel", "10k")
        self.assertEqual((status, out), (4, ""))
        self.assertTrue(error.startswith("mortise call: faulty.wat: loop used up its fuel of 10000\n"), error)

    def test_bounds_memory(self):
        status, out, error = call(PLUGIN, CALL, "--memory", "64KiB")
        self.assertEqual((status, out), (4, ""))
        self.assertIn("64 KiB", error)

    def test_says_what_is_no_limit(self):
        for option, said, how in [
            ("--deadline", "5x", "a time such as 50ms, 2s or 1min, or none"),
            ("--memory", "lots", "an amount such as 16MiB or 1GiB"),
            ("--fuel", "-1", "a number of instructions such as 500000 or 10M"),
            ("--deadline", "99999999999999999999s", "a time such as 50ms, 2s or 1min, or none"),
        ]:
            text = f"mortise call: {option}: `{said}` is not {how}\n{HELP}"
            self.assertEqual(call(PLUGIN, CALL, f"{option}={said}"), (2, "", text))


class Compile(Folder):
    def test_makes_code_that_can_be_called(self):
        path = str(self.folder / "plugin.native")
        status, out, error = run("compile", PLUGIN, "-o", path)
        self.assertEqual((status, out), (0, ""))
        self.assertRegex(error, rf"^{path}: \d+ \w+ of native code\n$")
        self.assertEqual(call(path, CALL), (0, ANSWER, ""))

    def test_writes_beside_the_component(self):
        path = self.write("f.v1.wat", FAULTY)
        self.assertEqual(run("compile", path)[0], 0)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["f.v1.native", "f.v1.wat"])

    def test_says_that_other_limits_need_other_code(self):
        path = str(self.folder / "plugin.native")
        run("compile", PLUGIN, "-o", path)
        said = (
            "mortise call: plugin.native was compiled for plugins with a deadline and no fuel, and is loaded "
            "with fuel: compile it with the same limits (Limits)\n"
        )
        self.assertEqual(call(path, CALL, "--fuel", "10M"), (3, "", said))

    def test_says_that_code_is_damaged(self):
        path = self.folder / "plugin.native"
        run("compile", PLUGIN, "-o", str(path))
        data = bytearray(path.read_bytes())
        data[5000] ^= 1
        path.write_bytes(data)
        said = "mortise call: plugin.native is damaged: compile it again\n"
        self.assertEqual(call(str(path), CALL), (3, "", said))

    def test_says_what_a_file_is_that_is_no_component(self):
        status, out, error = run("compile", str(ROOT / "README.md"))
        self.assertEqual((status, out), (3, ""))
        self.assertTrue(error.startswith("mortise compile: README.md is text, not a component"), error)

    def test_says_that_it_cannot_write(self):
        said = "mortise compile: /nowhere/x cannot be written: No such file or directory\n"
        self.assertEqual(run("compile", PLUGIN, "-o", "/nowhere/x"), (3, "", said))


    def test_leaves_nothing_behind_where_it_cannot_write(self):
        (self.folder / "taken").mkdir()
        status, out, _ = run("compile", PLUGIN, "-o", str(self.folder / "taken"))
        self.assertEqual((status, out), (3, ""))
        self.assertEqual([p.name for p in self.folder.iterdir()], ["taken"])

    def test_writes_what_a_link_leads_to(self):
        target, link = self.folder / "target", self.folder / "link"
        target.write_text("old")
        link.symlink_to(target)
        self.assertEqual(run("compile", PLUGIN, "-o", str(link))[0], 0)
        self.assertTrue(link.is_symlink())
        self.assertEqual(target.read_bytes()[:8], b"MORTISEN")

    def test_writes_to_a_pipe(self):
        script = f'"{MORTISE}" compile "{PLUGIN}" -o /dev/stdout 2>/dev/null | head -c 8'
        self.assertEqual(subprocess.run(["sh", "-c", script], capture_output=True).stdout, b"MORTISEN")

    def test_does_not_write_over_the_component(self):
        path = self.folder / "x.native"
        path.write_bytes(pathlib.Path(PLUGIN).read_bytes())
        said = (
            f"mortise compile: {path} is the component itself: --output names another file\n"
            "`mortise compile --help` says more.\n"
        )
        self.assertEqual(run("compile", str(path)), (2, "", said))

    def test_asks_for_a_name(self):
        said = "mortise compile: --output names no file\n`mortise compile --help` says more.\n"
        self.assertEqual(run("compile", PLUGIN, "-o", ""), (2, "", said))


class Doctor(Folder):
    def test_finds_what_is_part_of_the_command(self):
        status, out, error = run("doctor", "--json")
        self.assertEqual((status, error), (0, ""))
        found = {finding["what"]: finding["found"] for finding in json.loads(out)["findings"]}
        self.assertTrue(found["the engine"])
        self.assertTrue(found["mortise bindgen"])
        self.assertIn("CMake", found)

    def test_says_what_is_missing_and_how_to_get_it(self):
        done = subprocess.run([MORTISE, "doctor"], capture_output=True, text=True, env={"PATH": "/nowhere"})
        self.assertEqual(done.returncode, 0)
        self.assertIn(
            "  missing  CMake, to build hosts\n"
            "           not found: install the package cmake, or from https://cmake.org\n",
            done.stdout,
        )

    def test_fails_where_the_engine_does_not_run(self):
        environment = {"PATH": "/usr/bin:/bin", "MORTISE_COMPILER": "/nowhere/mortise-compile"}
        done = subprocess.run([MORTISE, "doctor"], capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, 3)
        self.assertIn("  missing  the engine, to run plugins\n", done.stdout)
        self.assertIn("/nowhere/mortise-compile", done.stdout)


unittest.main(argv=sys.argv[:1])
