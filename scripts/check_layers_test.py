#!/usr/bin/env python3
"""Tests check-layers.py on small trees: each case is a tree, and all that the check says of it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).with_name("check-layers.py")


def check(tree):
    """The lines check-layers.py prints about a tree of {path: text}; its exit status must agree."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            file = Path(root, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        run = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, check=False)
    said = run.stdout.splitlines()
    assert run.returncode == (1 if said else 0), run
    return said


class Layers(unittest.TestCase):
    def test_a_tree_that_keeps_the_rules_is_silent(self):
        self.assertEqual(
            check(
                {
                    "abi/string.h": "#include <string>\n#include <mortise/abi/context.h>\n",
                    "abi/string_test.cpp": "#include <gtest/gtest.h>\n#include <iostream>\n#include <tests/memory.h>\n",
                    "runtime/pool_test.cpp": '#include <mortise/mortise.h>\n#include "plugin_world.h"\n#include "tests/support.h"\n',
                    "runtime/detail/link.cpp": "#include <mortise/contract/detail/decode.h>\n",
                    "contract/detail/decode.cpp": '#include <mortise/engine.h>\n#include "decode.h"\n',
                    "contract/detail/decode.h": "#include <cstdint>\n",
                    "contract/detail/json.cpp": "#include <nlohmann/json.hpp>\n",
                    "runtime/plugin.cpp": "#include <unistd.h>\n#include <sys/mman.h>\n#include <mortise/contract/model.h>\n",
                    "telemetry/spdlog.h": "#include <mortise/runtime/observer.h>\n#include <spdlog/logger.h>\n",
                    "examples/hello/main.cpp": '#include <iostream>\n#include "plugin_world.h"\n#include <mortise/mortise.h>\n',
                    "services/sql/sql.cpp": '#include <sqlite3.h>\n#include "sql_world.h"\n#include <mortise/services/sql/detail/c.h>\n',
                    "services/log/log.cpp": "#include <spdlog/logger.h>\n#include <mortise/abi/string.h>\n#include <mortise/runtime/host.h>\n",
                    "bench/calls.cpp": "#include <mortise/engine.h>\n#include <mortise/runtime/detail/pool.h>\n",
                    "policy/policy.cpp": "#include <unistd.h>\n#include <mortise/services/log/log.h>\n#include <spdlog/logger.h>\n",
                    "policy/detail/document.cpp": "#include <toml++/toml.h>\n",
                    "engine/src/lib.rs": "use wasmtime::Engine;\n",
                    "guests/x/src/main.rs": "use std::fs; // not use wasmtime\n",
                    "build/abi/generated.h": "#include <iostream>\n",
                }
            ),
            [],
        )

    def test_services_use_what_is_public(self):
        self.assertEqual(
            check(
                {
                    "services/detail/s.h": "#include <mortise/runtime/detail/call.h>\n#include <unistd.h>\n",
                    "services/sql/sql.h": '#include <mortise/engine.h>\n#include "other_world.h"\n',
                    "runtime/r.h": "#include <mortise/services/denial.h>\n#include <sqlite3.h>\n",
                }
            ),
            [
                "runtime/r.h:1: runtime may not depend on services",
                "runtime/r.h:2: runtime may not depend on <sqlite3.h>",
                "services/detail/s.h:1: runtime/detail is private to runtime",
                "services/detail/s.h:2: services may not depend on POSIX: <unistd.h>",
                "services/sql/sql.h:1: only contract/detail and runtime/detail may include <mortise/engine.h>",
                'services/sql/sql.h:2: no file "other_world.h" stands beside this one; headers of ours are <mortise/...>',
            ],
        )

    def test_dependencies_point_one_way(self):
        self.assertEqual(
            check(
                {
                    "abi/a.h": "\n#include <mortise/runtime/plugin.h>\n#include <unistd.h>\n",
                    "contract/c.h": "  #  include <mortise/runtime/plugin.h>\n#include <nlohmann/json.hpp>\n",
                    "runtime/r.h": "#include <fmt/format.h>\n#include <mortise/contract/detail/decode.h>\n",
                    "runtime/q.cpp": '#include "../contract/detail/d.h"\n#include "nowhere.h"\n',
                    "runtime/t.cpp": '#include <mortise/mortise.h>\n#include "tests/support.h"\n',
                    "contract/detail/d.h": "",
                    "runtime/u.h": "#include <spdlog/logger.h>\n#include <mortise/telemetry/spdlog.h>\n",
                    "telemetry/v.cpp": "#include <mortise/abi/string.h>\n#include <mortise/runtime/detail/call.h>\n#include <iostream>\n",
                    "policy/p.cpp": "#include <toml++/toml.h>\n#include <mortise/runtime/detail/file.h>\n",
                }
            ),
            [
                "abi/a.h:2: abi may not depend on runtime",
                "abi/a.h:3: abi may not depend on POSIX: <unistd.h>",
                "contract/c.h:1: contract may not depend on runtime",
                "contract/c.h:2: contract may not depend on <nlohmann/json.hpp>",
                "policy/p.cpp:1: policy may not depend on <toml++/toml.h>",
                "policy/p.cpp:2: runtime/detail is private to runtime",
                "runtime/q.cpp:1: contract/detail is private to contract",
                'runtime/q.cpp:2: no file "nowhere.h" stands beside this one; headers of ours are <mortise/...>',
                "runtime/r.h:1: runtime may not depend on <fmt/format.h>",
                "runtime/r.h:2: contract/detail is private to contract",
                "runtime/t.cpp:1: runtime may not include the header for users, <mortise/mortise.h>",
                'runtime/t.cpp:2: no file "tests/support.h" stands beside this one; headers of ours are <mortise/...>',
                "runtime/u.h:1: runtime may not depend on <spdlog/logger.h>",
                "runtime/u.h:2: runtime may not depend on telemetry",
                "telemetry/v.cpp:1: telemetry may not depend on abi",
                "telemetry/v.cpp:2: runtime/detail is private to runtime",
                "telemetry/v.cpp:3: telemetry may not print: <iostream>",
            ],
        )

    def test_the_engine_has_two_doors(self):
        message = "only contract/detail and runtime/detail may include <mortise/engine.h>"
        self.assertEqual(
            check({f"{folder}/x.cpp": "#include <mortise/engine.h>\n" for folder in ("abi", "runtime", "examples", "cli")}),
            [f"{folder}/x.cpp:1: {message}" for folder in ("abi", "cli", "examples", "runtime")],
        )

    def test_only_the_engine_names_wasmtime(self):
        self.assertEqual(
            check({"guests/x/src/main.rs": "use wasmtime::Store;\n\nlet e = wasmtime_wasi::new();\n"}),
            [f"guests/x/src/main.rs:{line}: only engine/ may name Wasmtime" for line in (1, 3)],
        )

    def test_what_confines_a_process_knows_nothing_of_webassembly(self):
        self.assertEqual(
            check({f"{folder}/src/lib.rs": "use wit_parser::Resolve;\n" for folder in ("confine", "wit-reader")}),
            ["confine/src/lib.rs:1: confine/ knows nothing of WebAssembly"],
        )

    def test_the_library_never_prints(self):
        self.assertEqual(
            check({"runtime/x.cpp": "#include <cstdio>\n", "abi/y.h": "#include <iostream>\n#include <print>\n"}),
            [
                "abi/y.h:1: abi may not print: <iostream>",
                "abi/y.h:2: abi may not print: <print>",
                "runtime/x.cpp:1: runtime may not print: <cstdio>",
            ],
        )

    def test_examples_see_public_headers_only(self):
        self.assertEqual(
            check({"examples/hello/main.cpp": "#include <mortise/runtime/detail/pool.h>\n"}),
            ["examples/hello/main.cpp:1: an example may include public headers only"],
        )


if __name__ == "__main__":
    unittest.main()
