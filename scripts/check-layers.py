#!/usr/bin/env python3
"""Enforces which folder may include what: check-layers.py [ROOT] prints `file:line: message` for each breach.

Dependencies point one way, and abi, contract, runtime, services and policy never print:

    abi       -> std
    contract  -> std, abi; its detail/ also the engine and the JSON parser
    runtime   -> std, POSIX, abi, contract; its detail/ also the engine
    telemetry -> std, public headers of runtime; prometheus-cpp or spdlog
    services  -> std, spdlog, SQLite, and public headers of abi, contract and runtime (no detail/ but its own)
    policy    -> std, POSIX, spdlog, public headers of contract, runtime and services; its detail/ also toml++
    examples  -> std, public headers (no detail/, no engine.h), their own headers
    elsewhere -> anything but the engine's header

A detail/ is open to its own folder and to the detail/ of those that may depend on it.
A test, *_test.cpp, may also print, and use GoogleTest, JSON, SQLite, tests/, examples/, <mortise/mortise.h> and the headers that
mortise_bindgen writes.
In Rust only engine/ names Wasmtime, and confine/ nothing of WebAssembly. No rule binds bench/ and tests/.
"""

import os
import re
import sys
from pathlib import Path, PurePosixPath

# Which <mortise/X/...> a folder may include.
MAY_USE = {
    "abi": {"abi"},
    "contract": {"abi", "contract"},  # of abi the vocabulary: kinds of types, UTF-8
    "runtime": {"abi", "contract", "runtime"},
    "telemetry": {"runtime", "telemetry"},
    "services": {"abi", "contract", "runtime", "services"},
    "policy": {"contract", "runtime", "services", "policy"},
}
ENGINE_HEADER = "mortise/engine.h"
MAY_USE_ENGINE = {("contract", "detail"), ("runtime", "detail")}
FREE = {"engine", "bench", "tests"}  # they build, measure and try out the parts: no rule applies
PRINTING = {"iostream", "cstdio", "stdio.h", "print"}

C_STANDARD = set(
    """assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h
    signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h tgmath.h
    threads.h time.h uchar.h wchar.h wctype.h""".split()
)
POSIX = set(
    """sanitizer/tsan_interface.h aio.h cpio.h dirent.h dlfcn.h fcntl.h fmtmsg.h fnmatch.h ftw.h glob.h grp.h iconv.h langinfo.h libgen.h
    monetary.h mqueue.h ndbm.h netdb.h nl_types.h poll.h pthread.h pwd.h regex.h sched.h search.h semaphore.h
    spawn.h strings.h syslog.h tar.h termios.h ulimit.h unistd.h utime.h utmpx.h wordexp.h""".split()
)
POSIX_FOLDERS = ("sys/", "arpa/", "net/", "netinet/", "linux/")
MAY_USE_POSIX = {"runtime", "policy"}
JSON_PARSER = "nlohmann/json.hpp"
TELEMETRY_LIBRARIES = ("prometheus/", "spdlog/")
TOML_PARSER = "toml++/toml.h"
TEST_LIBRARIES = ("gtest/", "gmock/", "nlohmann/", "sqlite3.h")
GENERATED = {"plugin_world.h"}
# What services are bound to, and what they are made of; tests of them look at both.
SERVICE_WORLD = re.compile(r"(config|keyvalue|log|plugins|sql)_world\.h")
SERVICE_LIBRARIES = ("spdlog/", "sqlite3.h")

SKIPPED = {"build", "target", "third_party", "node_modules"}
CXX = (".h", ".hpp", ".cpp", ".cc")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
WASMTIME = re.compile(r"\b(?:use|extern\s+crate)\s+(?:::)?wasmtime|\bwasmtime(?:_\w+)?\s*::")

WEBASSEMBLY = re.compile(r"\b(?:wasm\w*|wat|wit_\w+)\s*::")


class File:
    """A C++ source file of the tree, and where it stands in the architecture."""

    def __init__(self, path, root):
        self.path = PurePosixPath(path)
        self.root = root
        self.layer = self.path.parts[0]
        self.is_detail = "detail" in self.path.parts[1:-1]
        self.is_test = self.path.stem.endswith("_test")

    def objection(self, header, quoted):
        """Why the file may not include `header`; None where it may."""
        if quoted:
            beside = os.path.normpath(f"{self.path.parent}/{header}")
            if Path(self.root, beside).exists():
                header = f"mortise/{beside}"
        if header.startswith("mortise/"):
            return self._objection_to_own(header)
        if self.layer in MAY_USE:
            return self._objection_to_foreign(header, quoted)
        return None

    def _objection_to_own(self, header):
        if header in (ENGINE_HEADER, f"mortise/include/{ENGINE_HEADER}"):
            if (self.layer, "detail" if self.is_detail else "") in MAY_USE_ENGINE:
                return None
            return f"only contract/detail and runtime/detail may include <{ENGINE_HEADER}>"
        parts = header.split("/")[1:]
        if self.layer in MAY_USE:
            if len(parts) == 1:
                return None if self.is_test else f"{self.layer} may not include the header for users, <{header}>"
            if parts[0] not in MAY_USE[self.layer]:
                return f"{self.layer} may not depend on {parts[0]}"
            is_private = "detail" in parts and parts[0] != self.layer
            if is_private and (self.layer == "services" or not self.is_detail):
                return f"{'/'.join(parts[: parts.index('detail') + 1])} is private to {parts[0]}"
        elif self.layer == "examples" and parts[0] != "examples" and "detail" in parts:
            return "an example may include public headers only"
        return None

    def _objection_to_foreign(self, header, quoted):
        if self.layer == "services":
            if SERVICE_WORLD.fullmatch(header) if quoted else header.startswith(SERVICE_LIBRARIES):
                return None
        if header in PRINTING and not self.is_test:
            return f"{self.layer} may not print: <{header}>"
        if self.is_test and (header.startswith(("tests/", "examples/")) or header in GENERATED):
            return None
        if self.is_test and self.layer == "policy" and SERVICE_WORLD.fullmatch(header):
            return None
        if quoted:
            return f'no file "{header}" stands beside this one; headers of ours are <mortise/...>'
        if header in C_STANDARD or not set("./") & set(header):
            return None
        if header in POSIX or header.startswith(POSIX_FOLDERS):
            return None if self.layer in MAY_USE_POSIX else f"{self.layer} may not depend on POSIX: <{header}>"
        if self.is_test and header.startswith(TEST_LIBRARIES):
            return None
        if header.startswith(TELEMETRY_LIBRARIES) and self.layer == "telemetry":
            return None
        if header == JSON_PARSER and self.layer == "contract" and self.is_detail:
            return None
        if self.layer == "policy" and (header.startswith("spdlog/") or (header == TOML_PARSER and self.is_detail)):
            return None
        return f"{self.layer} may not depend on <{header}>"


def files(root, endings):
    """The paths below `root`, relative to it, of files with one of these endings."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("."))
        for name in sorted(names):
            if name.endswith(endings):
                yield Path(folder, name).relative_to(root).as_posix()


def lines(root, path):
    return (Path(root) / path).read_text(encoding="utf-8", errors="replace").splitlines()


def check_cxx(root):
    for path in files(root, CXX):
        file = File(path, root)
        if file.layer in FREE:
            continue
        for number, line in enumerate(lines(root, path), 1):
            if match := INCLUDE.match(line):
                angled, quoted = match.groups()
                if message := file.objection(angled or quoted, quoted=angled is None):
                    yield f"{path}:{number}: {message}"


def check_rust(root):
    for path in files(root, (".rs",)):
        if path.split("/")[0] in FREE:
            continue
        for number, line in enumerate(lines(root, path), 1):
            code = line.split("//")[0]
            if WASMTIME.search(code):
                yield f"{path}:{number}: only engine/ may name Wasmtime"
            elif path.startswith("confine/") and WEBASSEMBLY.search(code):
                yield f"{path}:{number}: confine/ knows nothing of WebAssembly"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent
    breaches = [*check_cxx(root), *check_rust(root)]
    print(*breaches, sep="\n", end="\n" if breaches else "")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
