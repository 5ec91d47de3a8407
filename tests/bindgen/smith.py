"""Worlds made by chance, through mortise-bindgen and a compiler: smith.py SMITH BINDGEN COMPILER FOLDER.

SMITH, the program of smith/, writes WIT of which this renames everything, to names that C++ or a
binding has a meaning for among others. Of each file one world is bound, without what cannot be, and
all headers must compile. The same worlds each time; MORTISE_SMITH_WORLDS is how many.
What failed stays in FOLDER.
"""

import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORLDS = 60
# So many headers to a run of the compiler, two runs at a time.
BATCH = 10
FLAGS = "-std=c++23 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fsyntax-only".split()
BARE = ["-fno-exceptions", "-fno-rtti"]

KEYWORDS = set(
    """as async bool borrow char constructor enum error-context export f32 f64 flags from func future import include
    interface list map option own package record resource result s16 s32 s64 s8 static stream string tuple type u16
    u32 u64 u8 use variant with world""".split()
)
# Package with its namespace, version, annotation, name.
TOKEN = re.compile(r"(?P<package>%?[a-z][a-z0-9-]*:%?[a-z][a-z0-9-]*)|@[0-9][\w.+-]*\w|@[a-z-]+\([^)]*\)|%?[a-z][a-z0-9-]*")
HARD_NAMES = """
    class struct union namespace template typename operator new delete this int float double void const public private
    protected friend inline virtual mutable volatile register signed unsigned long short auto extern goto if else while
    do for switch case default break continue return try catch throw and or not xor bitand compl not-eq nullptr true
    false sizeof typedef typeid using explicit requires concept co-await co-return consteval constexpr noexcept alignas
    char8-t wchar-t static-assert thread-local reinterpret-cast module override final
    errno stdin assert unix linux NULL EOF INT-MAX BUFSIZ isnan signbit offsetof major minor main
    std mortise abi detail guest host functions imports exports accessors target instance plugin engine limits error
    view call info name interface value bits empty contains count layout members load store lift lower slots read
    index first second size data begin end swap get context options params item item-ref item-cases item-ref-cases
    thing thing-ref thing-2 thing-ref-2 thing-cases span variant-ref optional expected tuple-ref vector monostate
    string-view uint8-t size-t option-ref list-view result-ref string-ref type world-ref use func record resource
    stream flags enum own borrow from include static export import package interface-2 constructor result list
""".split()
SYLLABLES = "ba de fi go hu ka le mi no pu ra se ti vo wu za BA DE FI".split()


class Names:
    """New names for those in the WIT with this number: one for each, and none twice in any case."""

    def __init__(self, number):
        self.chance = random.Random(number)
        self.hard = list(HARD_NAMES)
        self.used = {name.lower() for name in self.hard}
        self.new = {}

    def below(self, n):
        return int(self.chance.random() * n)

    def made(self):
        words = [SYLLABLES[self.below(len(SYLLABLES))] for _ in range(1 + self.below(3))]
        return "-".join(words)

    def of(self, name):
        if name not in self.new:
            if self.hard and self.below(2) == 0:
                self.new[name] = self.hard.pop(self.below(len(self.hard)))
            else:
                made = self.made()
                while made.lower() in self.used:
                    made += "-" + SYLLABLES[self.below(len(SYLLABLES))]
                self.used.add(made.lower())
                self.new[name] = made
        return self.new[name]


def renamed(wit, number):
    names = Names(number)

    def new(match):
        text = match.group()
        if match.group("package"):
            namespace, package = (names.of(part.lstrip("%")).lower() for part in text.split(":"))
            # Headers of several worlds are compiled together.
            return f"w{number}-{namespace}:%{package}"
        if text.startswith("@") or text in KEYWORDS:
            return text
        return "%" + names.of(text.lstrip("%"))

    return TOKEN.sub(new, wit)


def largest_world(wit):
    worlds = re.findall(r"^world %(\S+) \{$(.*?)^\}$", wit, re.MULTILINE | re.DOTALL)
    return max(worlds, key=lambda world: world[1].count("\n"))[0]


def bind(bindgen, file):
    """Writes the header of a world of this file; what is wrong, or nothing."""
    wit = renamed(file.read_text(encoding="utf-8"), int(file.stem))
    file.write_text(wit, encoding="utf-8")
    command = [bindgen, file, "--world", largest_world(wit), "--all-features", "--skip-unsupported"]
    done = subprocess.run([*command, "-o", file.with_suffix(".h")], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{file}: mortise-bindgen ends with {done.returncode}:\n{done.stderr}\n"


def compile_all(compiler, headers, flags):
    """What a compiler has to say of these headers, each included twice, in one run."""
    source = "".join(f'#include "{header}"\n' for header in [*headers, *headers])
    command = [compiler, *FLAGS, *flags, "-I", ROOT / "include", "-x", "c++", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


def compile_batch(compiler, headers, flags):
    if not compile_all(compiler, headers, flags):
        return ""
    each = [(header, compile_all(compiler, [header], flags)) for header in headers]
    wrong = "".join(f"{header} does not compile {' '.join(flags)}:\n{said}\n" for header, said in each if said)
    return wrong or f"{headers[0]} to {headers[-1]} do not compile together, but alone\n"


def main(smith, bindgen, compiler, folder):
    count = int(os.environ.get("MORTISE_SMITH_WORLDS", WORLDS))
    folder = pathlib.Path(folder).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([smith, folder, str(count)], check=True)
    wrong = [bind(bindgen, file) for file in sorted(folder.glob("*.wit"))]
    headers = sorted(folder.glob("*.h"))
    batches = [headers[i : i + BATCH] for i in range(0, len(headers), BATCH)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        flags = [BARE if i % 2 else [] for i in range(len(batches))]
        wrong += pool.map(compile_batch, [compiler] * len(batches), batches, flags)
    if any(wrong):
        sys.exit("".join(wrong))
    print(f"{len(headers)} headers")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__.splitlines()[0])
    main(*sys.argv[1:])
