# Runs other plugins, and answers what it saw of them.
from componentize_py_types import Err
from wit_world import exports
from wit_world.exports import processor
from wit_world.imports import runner

ALL = runner.Share(None, None)
MEMORY = 4 << 20


def meta(name: str) -> runner.Metadata:
    return runner.Metadata(name, "1", 1)


def use_processor(seen: list[str]) -> None:
    plugin = runner.Plugin.load("processor", [])
    seen.extend(plugin.functions())
    child = plugin.start(MEMORY, ALL)
    seen.append(child.call('process-data("hi", {name: "n", version: "1", priority: 1})', ALL))
    json = '["hi", {"name": "n", "version": "1", "priority": 1}]'
    seen.append(child.call_json("process-data", json, ALL))
    seen.append(child.process_data("hi", meta("n"), ALL).value)
    refused = child.process_data("", meta("n"), ALL)
    assert isinstance(refused, Err)
    seen.append(refused.value)


def failure_of(act) -> str:
    try:
        act()
    except Err as failed:
        return failed.value.message
    raise AssertionError("it went well")


def run_faulty(how: str) -> None:
    child = runner.Plugin.load("faulty", []).start(MEMORY, ALL)
    child.process_data("", meta(how), runner.Share(100_000, None))


class Processor(exports.Processor):
    def process_data(self, input: str, meta: processor.Metadata) -> str:
        seen = [f"levels: {runner.what_is_left().levels}"]
        use_processor(seen)
        for how in ("panic", "loop"):
            seen.append(failure_of(lambda how=how: run_faulty(how)))
        seen.append(failure_of(lambda: runner.Plugin.load(input, [])))
        return "\n".join(seen)
