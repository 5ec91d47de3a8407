"""`mortise check` beside wit-component: oracle.py MORTISE ORACLE WORK.

Writes some hundred pairs of worlds, each with one small change, and asks both whom the change breaks.
They have to agree, and where there is a change, `check` has to name a difference.
"""

import json
import pathlib
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SHAPES = """
interface shapes {
  record point { x: u32, y: u32 }
  type id = u64;
}
"""
API = """
interface api {
  use shapes.{point, id};
  variant shape { circle(f32), box(point), nothing }
  enum color { red, green, blue }
  flags access { read, write, execute }
  record style { fill: color, line: option<color>, name: string }
  record spare { a: u8, b: list<string> }
  resource file {
    constructor(name: string);
    read: func(count: u32) -> list<u8>;
    open: static func(name: string, how: access) -> result<file, string>;
  }
  draw: func(what: shape, how: style) -> result<u32, string>;
  move: func(what: id, by: tuple<s32, s32>) -> point;
  tags: func() -> list<tuple<string, u64>>;
  keep: func(f: file);
  look: func(f: borrow<file>) -> color;
  log: func(text: string);
}
"""
WORLDS = {
    "imported": SHAPES + API + "world w { import api; export run: func(); }",
    "exported": SHAPES + API + "world w { export api; import print: func(s: string); }",
    "both": SHAPES + API + "world w { import api; export api; }",
    "alone": SHAPES
    + "world w { use shapes.{point}; record size { w: u8 } import grow: func(s: size) -> point; "
    "export shrink: func(s: size) -> u8; import shapes; export shapes; }",
}

# A name, what is replaced, and by what.
CHANGES = [
    ("nothing", "", ""),
    ("field-added", "y: u32 }", "y: u32, z: u32 }"),
    ("field-type", "x: u32", "x: u64"),
    ("field-renamed", "x: u32", "left: u32"),
    ("fields-swapped", "x: u32, y: u32", "y: u32, x: u32"),
    ("field-optional", "name: string }", "name: option<string> }"),
    ("field-of-option", "line: option<color>", "line: option<u8>"),
    ("unused-field", "a: u8,", ""),
    ("unused-type", "record spare { a: u8, b: list<string> }", ""),
    ("unused-element", "b: list<string>", "b: list<u8>"),
    ("alias", "type id = u64;", "type id = u32;"),
    ("alias-added", "type id = u64;", "type id = u64; type other = u8;"),
    ("record-added", "type id = u64;", "type id = u64; record other { a: u8 }"),
    ("case-added", "nothing }", "nothing, line }"),
    ("case-removed", ", nothing }", " }"),
    ("case-renamed", "nothing }", "empty }"),
    ("case-payload", "circle(f32)", "circle(f64)"),
    ("case-payload-gone", "circle(f32)", "circle"),
    ("case-payload-new", "nothing }", "nothing(u8) }"),
    ("cases-swapped", "circle(f32), box(point)", "box(point), circle(f32)"),
    ("enum-added", "blue }", "blue, black }"),
    ("enum-removed", ", blue", ""),
    ("enum-renamed", "green", "lime"),
    ("enum-swapped", "red, green", "green, red"),
    ("flag-added", "execute }", "execute, share }"),
    ("flag-removed", ", execute", ""),
    ("flag-renamed", "execute", "run"),
    ("flags-swapped", "read, write", "write, read"),
    ("enum-to-variant", "enum color {", "variant color {"),
    ("flags-to-enum", "flags access {", "enum access {"),
    ("parameter-added", "log: func(text: string)", "log: func(text: string, level: u8)"),
    ("parameter-removed", "what: id, ", ""),
    ("parameter-renamed", "log: func(text: string)", "log: func(line: string)"),
    ("parameter-type", "log: func(text: string)", "log: func(text: list<u8>)"),
    ("parameters-swapped", "what: shape, how: style", "how: style, what: shape"),
    ("result-added", "log: func(text: string)", "log: func(text: string) -> bool"),
    ("result-removed", "keep: func(f: file)", "keep: func()"),
    ("result-type", "-> list<tuple<string, u64>>", "-> list<tuple<string, s64>>"),
    ("result-gone", "move: func(what: id, by: tuple<s32, s32>) -> point", "move: func(what: id, by: tuple<s32, s32>)"),
    ("ok-type", "result<u32, string>;\n  move", "result<u64, string>;\n  move"),
    ("error-type", "result<u32, string>;\n  move", "result<u32, u8>;\n  move"),
    ("error-gone", "result<u32, string>;\n  move", "result<u32>;\n  move"),
    ("ok-gone", "result<u32, string>;\n  move", "result<_, string>;\n  move"),
    ("tuple-longer", "tuple<s32, s32>", "tuple<s32, s32, s32>"),
    ("tuple-type", "tuple<s32, s32>", "tuple<s32, s64>"),
    ("list-to-option", "-> list<tuple<string, u64>>", "-> option<tuple<string, u64>>"),
    ("function-added", "log: func", "flush: func();\n  log: func"),
    ("function-removed", "log: func(text: string);", ""),
    ("function-renamed", "log: func", "print: func"),
    (
        "functions-swapped",
        "keep: func(f: file);\n  look: func(f: borrow<file>) -> color;",
        "look: func(f: borrow<file>) -> color;\n  keep: func(f: file);",
    ),
    ("method-added", "read: func(count: u32)", "size: func() -> u64; read: func(count: u32)"),
    ("method-removed", "read: func(count: u32) -> list<u8>;", ""),
    ("method-type", "read: func(count: u32)", "read: func(count: u64)"),
    ("method-to-static", "read: func(count: u32)", "read: static func(count: u32)"),
    ("static-removed", "open: static func(name: string, how: access) -> result<file, string>;", ""),
    ("constructor-removed", "constructor(name: string);", ""),
    ("constructor-type", "constructor(name: string)", "constructor(id: u32)"),
    ("own-to-borrow", "keep: func(f: file)", "keep: func(f: borrow<file>)"),
    ("borrow-to-own", "look: func(f: borrow<file>)", "look: func(f: file)"),
    ("resource-added", "resource file {", "resource pipe;\n  resource file {"),
    ("resource-renamed", "file", "blob"),
    ("record-renamed", "style", "look-of-it"),
    ("record-to-tuple", "how: style", "how: tuple<color, option<color>, string>"),
    ("world-import", "world w {", "world w { import more: func();"),
    ("world-export", "world w {", "world w { export more: func();"),
    ("interface-import", "world w {", "interface more { f: func(); } world w { import more;"),
    ("interface-export", "world w {", "interface more { f: func(); } world w { export more;"),
    ("empty-import", "world w {", "interface more { } world w { import more;"),
    ("empty-export", "world w {", "interface more { } world w { export more;"),
    ("types-import", "world w {", "interface more { type t = u8; } world w { import more;"),
    ("types-export", "world w {", "interface more { type t = u8; } world w { export more;"),
    ("named-import", "world w {", "world w { import more: interface { f: func() -> u8; }"),
    ("named-export", "world w {", "world w { export more: interface { f: func() -> u8; }"),
    ("world-type", "world w {", "world w { record more { a: u8 }"),
    ("world-resource", "world w {", "world w { resource more;"),
    ("world-field", "w: u8", "w: u16"),
    ("world-function", "print: func(s: string)", "print: func(s: char)"),
    ("world-function-gone", "import print: func(s: string);", ""),
    ("import-gone", "import api;", ""),
    ("export-gone", "export api;", ""),
    ("import-to-export", "import api; export run", "export api; export run"),
    ("async", "log: func", "log: async func"),
    ("stream", "log: func(text: string)", "log: func(text: stream<u8>)"),
    ("future", "-> list<tuple<string, u64>>", "-> future<string>"),
]


def pairs():
    """name, old and new, in both directions."""
    for world, old in WORLDS.items():
        for name, what, by in CHANGES:
            new = old.replace(what, by) if what else old
            if new == old and what:
                continue
            yield f"{world}.{name}", old, new
            yield f"{world}.{name}.back", new, old


def mixed(count):
    """Several changes at once. Some are no WIT any more."""
    chance = random.Random(1)
    for i in range(count):
        world = chance.choice(list(WORLDS))
        old = new = WORLDS[world]
        names = []
        for name, what, by in chance.sample(CHANGES, 6):
            if what and what in new:
                new = new.replace(what, by)
                names.append(name)
        if len(names) > 1:
            yield f"{world}.{i}.{'+'.join(names)}", old, new


def write(folder, name, side, version, text):
    path = folder / f"{name}.{side}.wit"
    path.write_text(f"package test:pair@{version};\n{text}\n", encoding="utf-8")
    return path


def verdicts(mortise, old, new):
    """What check says; None for what is no WIT, which goes away."""
    done = subprocess.run(
        [mortise, "check", "--json", "--ignore-versions", old, new], capture_output=True, text=True
    )
    if done.returncode in {0, 1}:
        return json.loads(done.stdout)
    if "+" not in old.name:
        raise ValueError(f"{old}: {done.stderr}")
    old.unlink()
    return None


def main(mortise, oracle, work):
    folder = pathlib.Path(work)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = {}
    same = set()
    for name, old, new in [*pairs(), *mixed(150)]:
        files[name] = (write(folder, name, "old", "1.0.0", old), write(folder, name, "new", "2.0.0", new))
        # The order of functions is nobody's.
        if old == new or name.split(".")[1] == "functions-swapped":
            same.add(name)
    with ThreadPoolExecutor(2) as pool:
        ours = dict(zip(files, pool.map(lambda f: verdicts(mortise, *f), files.values())))
    ours = {name: found for name, found in ours.items() if found}
    said = subprocess.run([oracle, folder], capture_output=True, text=True, check=True).stdout
    theirs = {line.split("\t")[0]: line.split("\t")[1:] for line in said.splitlines()}

    wrong = []
    for name, found in ours.items():
        expected = theirs[name]
        got = ["breaks" if found[side] == "breaking" else "fits" for side in ("plugins", "hosts")]
        if got != expected:
            wrong.append(f"{name}: check says {got}, wit-component {expected}: {found['differences']}")
        if (found["plugins"] == "same") != (name in same):
            wrong.append(f"{name}: check says {found['plugins']}")
    print("\n".join(wrong))
    print(f"{len(ours) - len(wrong)} of {len(ours)} pairs agree")
    if not wrong:
        shutil.rmtree(folder)
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
