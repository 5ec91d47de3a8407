"""`mortise call` and `compile`, as a shell runs them: call_test.py MORTISE ROOT GUESTS."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

MORTISE, ROOT, GUESTS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
PLUGIN = str(GUESTS / "processor.wasm")
SHOP, PASSING = str(GUESTS / "shop.wasm"), str(GUESTS / "passing.wasm")
TOTAL = 'total([{sku: "tea", count: 2}], %none)'
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
EXPERIMENTAL = """(component
  (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (type $list (list u32 1))
  (func (export "f") (param "all" $list) (result u32) (canon lift (core func $i "f"))))
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



class Answers(Folder):
    """Imports: the shop asks for a price, the other plugin for whatever a host can give."""

    def test_calls_what_needs_no_import(self):
        status, out, error = call(PASSING, "take-bytes([1, 2, 3])")
        self.assertEqual((status, out, error), (0, "3\n", ""))

    def test_says_which_import_nobody_answers_and_how_to(self):
        said = (
            "mortise call: shop.wasm called its import `price`, and nobody answers it here: answer it with "
            "--answer 'price=ok(1)'\n"
            "  at import acme:shop/prices: price\n"
            "  at acme:shop/checkout#total\n"
            "  note: in `acme:shop/prices: price` of the host, called by shop.wasm: total\n"
        )
        self.assertEqual(call(SHOP, TOTAL), (4, "", said))

    def test_answers_for_the_host(self):
        out = 'ok({total: 10, notes: ["2 x tea"]})\n'
        for name in ["price", "prices.price", "acme:shop/prices.price"]:
            self.assertEqual(call(SHOP, TOTAL, "--answer", f"{name}=ok(5)"), (0, out, ""))

    def test_answers_with_an_error_of_the_contract(self):
        self.assertEqual(call(SHOP, TOTAL, "--answer", 'price=err("gone")'), (1, 'err("gone")\n', ""))

    def test_answers_nothing_where_there_is_no_result(self):
        self.assertEqual(call(PASSING, "repeat(nothing, 2, 0)", "--answer", "nothing"), (0, "0\n", ""))

    def test_makes_resources_and_answers_their_methods(self):
        options = ["--answer", "[constructor]counter", "--answer", "host.[method]counter.next=4"]
        self.assertEqual(call(PASSING, "repeat(next, 2, 0)", *options), (0, "8\n", ""))

    def test_takes_the_number_of_a_resource(self):
        options = ["--answer", "[constructor]counter=counter(7)", "--answer", "[method]counter.next=4"]
        self.assertEqual(call(PASSING, "repeat(next, 1, 0)", *options), (0, "4\n", ""))

    def test_counts_fuel_with_them(self):
        options = ["--answer", "price=ok(5)", "--stats", "--json"]
        self.assertGreater(json.loads(call(SHOP, TOTAL, *options)[1])["stats"]["fuel"], 500)

    def test_says_what_is_no_answer(self):
        for said, what in [
            ("", "--answer: `` is not NAME or NAME=VALUE, as in 'stock.count=7'"),
            ("=1", "--answer: `=1` is not NAME or NAME=VALUE, as in 'stock.count=7'"),
            ("pric=1", "--answer: shop.wasm imports no function `pric`; near it: `price`"),
            (
                "store.price=1",
                "--answer: shop.wasm does not import the interface `store`: it imports `acme:shop/prices`",
            ),
            ("price", "--answer: `price` answers result<u64, string>: --answer 'price=ok(1)'"),
            (
                'price=ok("x")',
                "--answer price: line 1, column 4: the ok value: expected u64, found a string \"x\"; for "
                'example 1\nok("x")\n   ^',
            ),
        ]:
            self.assertEqual(call(SHOP, TOTAL, "--answer", said), (2, "", f"mortise call: {what}\n{HELP}"))

    def test_says_that_an_import_has_no_result(self):
        said = f"mortise call: --answer: `nothing` answers nothing: --answer 'nothing'\n{HELP}"
        self.assertEqual(call(PASSING, "f()", "--answer", "nothing=1"), (2, "", said))


class Project(Folder):
    """A folder with a mortise.toml, in which X need not be said."""

    def setUp(self):
        super().setUp()
        self.write("mortise.toml", '[plugin]\nname = "my-plugin"\n')
        (self.folder / "build").mkdir()
        shutil.copy(PLUGIN, self.folder / "build/my-plugin.wasm")

    def run_here(self, *arguments):
        done = subprocess.run([MORTISE, *arguments], capture_output=True, text=True, cwd=self.folder)
        return done.returncode, done.stdout, done.stderr

    def test_calls_its_plugin(self):
        self.assertEqual(self.run_here("call", CALL), (0, ANSWER, ""))
        self.assertEqual(self.run_here("call", f"processor.{CALL}"), (0, ANSWER, ""))

    def test_takes_a_name_for_a_call(self):
        said = f"mortise call: `process-data` takes arguments; one way to call it is\n{EXAMPLE}{HELP}"
        self.assertEqual(self.run_here("call", "process-data"), (2, "", said))

    def test_lists_what_can_be_called(self):
        said = f"mortise call: which function? my-plugin.wasm has\n{EXAMPLE}\n{HELP}"
        self.assertEqual(self.run_here("call"), (2, "", said))

    def test_takes_a_file_before_a_call(self):
        shutil.copy(SHOP, self.folder / "shop")
        status, _, error = self.run_here("call", "shop")
        self.assertEqual(status, 2)
        self.assertTrue(error.startswith("mortise call: which function? shop has\n"), error)

    def test_takes_a_path_for_a_file(self):
        said = "mortise call: other.wasm cannot be opened: No such file or directory\n"
        self.assertEqual(self.run_here("call", "other.wasm"), (3, "", said))

    def test_inspects_checks_and_compiles_it(self):
        self.assertTrue(self.run_here("inspect")[1].startswith("build/my-plugin.wasm\n"))
        world = str(ROOT / "wit/plugin-world.wit")
        same = f"same: hosts built against {world} can use build/my-plugin.wasm\n"
        self.assertEqual(self.run_here("check", "--wit", world), (0, same, ""))
        self.assertEqual(self.run_here("compile")[0], 0)
        self.assertTrue((self.folder / "build/my-plugin.native").exists())

    def test_says_that_it_is_not_built(self):
        (self.folder / "build/my-plugin.wasm").unlink()
        said = "mortise call: my-plugin is not built yet: run `mortise build`\n"
        self.assertEqual(self.run_here("call", CALL), (3, "", said))

    def test_says_what_is_wrong_with_the_file(self):
        names_none = 'mortise.toml names no plugin; it should say\n  [plugin]\n  name = "my-plugin"'
        is_no_name = "is no name of a plugin: letters, digits, - and _ are"
        for text, what in [
            ("", names_none),
            ('[plugin]\nname = ["x"]\n', names_none),
            ('[plugin]\nname = "../x"\n', f"mortise.toml: `../x` {is_no_name}"),
            ('[plugin]\nname = ""\n', f"mortise.toml: `` {is_no_name}"),
            ("[plugin\n", "mortise.toml: line 1, column 8: Error while parsing table header: expected ']', saw '\\n'"),
            ("#" * (1 << 20) + "#", "mortise.toml is no file, or has more than 1 MiB"),
        ]:
            self.write("mortise.toml", text)
            self.assertEqual(self.run_here("call", CALL), (3, "", f"mortise call: {what}\n"))

    def test_asks_for_a_component_elsewhere(self):
        (self.folder / "mortise.toml").unlink()
        for command in ["call", "inspect", "compile"]:
            said = (
                f"mortise {command}: X is missing, and there is no mortise.toml here that names a plugin\n"
                f"`mortise {command} --help` says more.\n"
            )
            self.assertEqual(self.run_here(command), (2, "", said))


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
            error.startswith("mortise call: faulty.wat: loop was stopped at its deadline of 30 ms (--deadline)\n"), error
        )

    def test_stops_a_loop_when_its_fuel_is_used_up(self):
        status, out, error = call(self.faulty, "loop()", "--deadline", "none", "--fuel", "10k")
        self.assertEqual((status, out), (4, ""))
        self.assertTrue(error.startswith("mortise call: faulty.wat: loop used up its fuel of 10000 (--fuel)\n"), error)

    def test_bounds_memory(self):
        status, out, error = call(PLUGIN, CALL, "--memory", "64KiB")
        self.assertEqual((status, out), (4, ""))
        said = (
            "mortise call: processor.wasm: instantiation ran out of memory: it asked for 1088 KiB in all, and "
            "64 KiB are allowed (--memory)\n"
        )
        self.assertEqual(error, said)

    def test_says_that_a_host_can_allow_more_where_there_is_no_option(self):
        deep = self.write("deep.wat", FAULTY.replace("(unreachable)", "(call 0)"))
        status, out, error = call(deep, "trap")
        self.assertEqual((status, out), (4, ""))
        said = "mortise call: deep.wat: trap used up its stack of 512 KiB; a host can allow more\n"
        self.assertTrue(error.startswith(said), error)

    def test_runs_experimental_types_where_they_are_allowed(self):
        path = self.write("list.wat", EXPERIMENTAL)
        said = (
            "mortise call: list.wat is not a component that can run here: it uses a list of fixed length, which "
            "is experimental, and this host does not allow experimental types\n"
        )
        self.assertEqual(call(path, "f([7])"), (3, "", said))
        self.assertEqual(call(path, "f([7])", "--experimental-types"), (0, "7\n", ""))

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
            "with fuel: compile it with the same limits\n"
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
        said = (
            "mortise compile: README.md is text, not a component; the text format is read from a file whose "
            "name ends in .wat\n"
        )
        self.assertEqual(error, said)

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
        self.assertTrue(found["mortise build"])
        self.assertIn("CMake", found)
        self.assertIn("Zig", found)

    def test_says_what_is_missing_and_how_to_get_it(self):
        done = subprocess.run([MORTISE, "doctor"], capture_output=True, text=True, env={"PATH": "/nowhere"})
        self.assertEqual(done.returncode, 0)
        self.assertIn(
            "  missing  CMake, to build hosts\n"
            "           not found: install the package cmake, or from https://cmake.org\n",
            done.stdout,
        )
        self.assertIn(
            "  missing  Zig, to build plugins in Zig\n"
            "           Zig 0.17, with its C and C++ compiler is missing: pip install ziglang==0.17.1 "
            "or https://ziglang.org/download\n",
            done.stdout,
        )

    def test_fails_where_the_engine_does_not_run(self):
        environment = {"PATH": "/usr/bin:/bin", "MORTISE_COMPILER": "/nowhere/mortise-compile"}
        done = subprocess.run([MORTISE, "doctor"], capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, 3)
        self.assertIn("  missing  the engine, to run plugins\n", done.stdout)
        self.assertIn("/nowhere/mortise-compile", done.stdout)


unittest.main(argv=sys.argv[:1])
