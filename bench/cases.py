"""What is measured, and what is compared with what.

To add a case: a line in the lists below, where what it is called stands beside its program and the name
that the program knows it by. All that stands in a table of TIMES is measured.
"""

from typing import NamedTuple

SIZES = {15: "15 B", 1024: "1 KiB", 65536: "64 KiB"}
GUESTS = {"processor": "upper case for any language", "ascii": "upper case for ASCII, with SIMD"}
LIMITS = {"trusted": "no deadline", "limited": "deadline", "metered": "with fuel"}
# And what a host has that sets none.
ALL_LIMITS = {**LIMITS, "defaults": "default limits"}
RUST = {"rust": "concurrency off", "rust-stock": "default config"}
# Where what the compiler inlines decides: Rust as it is usually built, and with the engine's own setting.
RUST_INLINED = {**RUST, "rust-inlined": "inlined"}


class Case(NamedTuple):
    """What a program is called with. `guest` is a guest, or "native" for the plugin as native code."""

    program: str
    case: str
    guest: str
    size: int

    @property
    def two_cores(self):
        return self.case.endswith("-two-cores")

    @property
    def all_cores(self):
        return self.case.endswith("-all-cores")

    @property
    def unit(self):
        if self.program == "scaling":
            return "times"
        return "bytes" if self.case.startswith("memory-") else "ns"


class Line(NamedTuple):
    label: str
    cells: list  # for each column a Case, a pair of them (a ratio), or None


class Table(NamedTuple):
    title: str
    columns: list
    lines: list
    note: str = ""


# ---- Calls of process-data: (label, program, case) ---------------------------------------------------

KINDS = ("owned", "viewed", "produced")
POOL = [("Mortise owned, through a pool, default limits", "mortise", "pooled-defaults")]
MORTISE = [
    (f"Mortise {kind}, {about}", "mortise", f"{kind}-{limits}")
    for kind in KINDS
    for limits, about in ALL_LIMITS.items()
]
BINDGEN = [
    (f"Rust bindgen!, {config}, {about}", program, f"owned-{limits}")
    for program, config in RUST.items()
    for limits, about in LIMITS.items()
]
VALS = [(f"Rust Val, {config}, no deadline", program, "vals-trusted") for program, config in RUST.items()]
DLOPEN = ("C++ function by dlopen", "native", "owned")
PROCESSES = [
    ("socket pair, one core", "socketpair", "owned-one-core"),
    ("socket pair, two cores", "socketpair", "owned-two-cores"),
    ("gRPC, one core", "grpc", "owned-one-core"),
    ("gRPC, two cores", "grpc", "owned-two-cores"),
]

# What is compared: (label, first, second), each a program and a case.
DEFAULTS = ("mortise", "owned-defaults")
COMPARED = [
    (f"Mortise {kind} / Rust, {config}: {about}", ("mortise", f"{kind}-{limits}"), (program, f"owned-{limits}"))
    for program, config, kinds in [("rust", RUST["rust"], KINDS), ("rust-stock", RUST["rust-stock"], ("owned",))]
    for kind in kinds
    for limits, about in LIMITS.items()
]
COMPARED += [
    (f"Rust Val, {config} / Mortise: no deadline", (program, "vals-trusted"), ("mortise", "owned-trusted"))
    for program, config in RUST.items()
]
COMPARED += [(f"{name} / Mortise: default limits", (program, case), DEFAULTS) for name, program, case in PROCESSES]
COMPARED += [("Mortise / C++ by dlopen: default limits", DEFAULTS, DLOPEN[1:])]

# ---- The rest ------------------------------------------------------------------------------------------


def noop(program, limits):
    return Case(program, f"noop-{limits}", "noop", 0)


def lifecycle(case, program="lifecycle"):
    return Case(program, case, "processor", 15)


# What Rust does too.
INSTANCES = {
    "new instance, dropped": "instantiate",
    "new instance, called once, dropped": "fresh",
}
LIFECYCLE = [
    ("file to plugin, compiled in this process", "compile-here"),
    ("file to plugin, compiled in the helper (default)", "compile-apart"),
    ("file to plugin, from the code cache", "cached"),
    ("native code in memory to plugin, dropped", "load"),
]
# The same by a pool with Isolation::fresh, and by Wasmtime's pooling allocator.
POOLED = {
    "fresh, memory kept": "fresh-limited-resident",
    "fresh, memory given back": "fresh-limited-pooled",
}
FOOTPRINT = [
    ("memory of an instance, never called", "memory-idle"),
    ("memory of an instance, called once", "memory-called"),
    ("memory of a leased instance, never called", "memory-leased-idle"),
    ("memory of a leased instance, called once", "memory-leased-called"),
    ("C++ throw and catch, no plugin loaded", "throw-0"),
    ("C++ throw and catch, 1 plugin loaded", "throw-1"),
    ("C++ throw and catch, 50 plugins loaded", "throw-50"),
]

# Calls of passing.wit: (label, case, size).
PASSED = 65536
PASSING = [
    ("host call: nothing", "host.nothing", 0),
    ("host call: two numbers, and their sum", "host.add", 0),
    ("host call: takes list<u8>, 64 KiB", "host.take_bytes", PASSED),
    ("host call: gives list<u8>, 64 KiB", "host.give_bytes", PASSED),
    ("host call: takes list<record>, 64 KiB", "host.take_items", PASSED),
    ("host call: gives list<record>, 64 KiB", "host.give_items", PASSED),
    ("host call: method of a resource of the host's", "host.next", 0),
    ("guest call: takes list<u8>, 64 KiB", "guest.take_bytes", PASSED),
    ("guest call: gives list<u8>, 64 KiB", "guest.give_bytes", PASSED),
    ("guest call: takes list<record>, 64 KiB", "guest.take_items", PASSED),
    ("guest call: gives list<record>, 64 KiB", "guest.give_items", PASSED),
    ("guest call: method of a resource of the guest's", "guest.next", 0),
]

# ---- Tables ----------------------------------------------------------------------------------------------

BY_SIZE = list(SIZES.values())
CORES = (
    "One core: caller and server take turns on it. Two cores: each call wakes the other core and is woken again, which\n"
    "takes tens of microseconds on a virtual machine. Of the two, the smaller is the one to compare with."
)
KINDS_OF_CALLS = (
    "Owned: strings go in and out by a copy. Viewed: the host reads the result in guest memory. Produced: it writes the\n"
    "input there. bindgen! can neither: all are held against its owned string. With fuel: a deadline, and fuel."
)


def of_sizes(program, case, guest):
    guest = guest if program in ("mortise", *RUST) else "native"
    return [Case(program, case, guest, size) for size in SIZES]


POOLING = (
    "Fresh: a pool with Isolation::fresh; Rust: a store for each call, InstancePre, and the pooling allocator. Memory is\n"
    "kept where the kernel says which pages were written (pagemap_scan), the fastest that there is; or given back."
)
TOGETHER = (
    "All cores: calls that all cores make together, divided by what each makes alone, for the plugin and for a C++\n"
    "function; and the first as a part of the second. 1: the pool scales as the machine does."
)
SCALING = ("native", "reuse", "fresh")


def scaling(name, size):
    return Case("scaling", f"{name}-all-cores", "processor", size)


RATIOS = [
    Table(
        f"{guest}.wasm: {about}",
        BY_SIZE,
        [
            Line(label, list(zip(of_sizes(*first, guest), of_sizes(*second, guest))))
            for label, first, second in COMPARED
        ],
        f"{KINDS_OF_CALLS}\n{CORES}",
    )
    for guest, about in GUESTS.items()
]
PASSING_CALLS = (
    "A host call is one that the plugin makes, of a function of the host's: Rust's are func_wrap, by bindgen!. A record\n"
    "is 24 bytes of numbers. What is 64 KiB is made and read by the plugin too, in the same time for both. The engine\n"
    "of an installed Mortise is compiled with more inlining than rustc does by itself: the last column has that too."
)


def passing(program, case, size):
    return Case(program, f"{case}-trusted", "passing", size)


RATIOS += [
    Table(
        "passing.wasm, no deadline: Mortise / ..",
        [f"Rust, {config}" for config in RUST_INLINED.values()],
        [
            Line(label, [(passing("mortise", case, size), passing(program, case, size)) for program in RUST_INLINED])
            for label, case, size in PASSING
        ],
        PASSING_CALLS,
    ),
]
RATIOS += [
    Table(
        "noop.wat: an empty function",
        list(LIMITS.values()),
        [
            Line(f"Mortise / Rust, {config}", [(noop("mortise", limits), noop(program, limits)) for limits in LIMITS])
            for program, config in RUST.items()
        ],
    ),
    Table(
        "processor.wasm, deadline: Mortise / ..",
        [f"Rust, {config}" for config in RUST.values()],
        [
            Line(label, [(lifecycle(f"{case}-limited"), lifecycle(f"{case}-limited", program)) for program in RUST])
            for label, case in INSTANCES.items()
        ]
        + [Line(label, [(lifecycle(case), lifecycle(case, program)) for program in RUST]) for label, case in POOLED.items()],
        POOLING,
    ),
    Table(
        "processor.wasm: calls through a pool",
        BY_SIZE,
        [
            Line(
                "reuse / of an instance: default limits",
                list(zip(of_sizes("mortise", "pooled-defaults", "processor"), of_sizes("mortise", "owned-defaults", "processor"))),
            ),
        ]
        + [
            Line(f"all cores: {name} / C++ function", [(scaling("native", size), scaling(name, size)) for size in SIZES])
            for name in SCALING[1:]
        ],
        TOGETHER,
    ),
]

TIMES = [
    Table(
        f"{guest}.wasm",
        BY_SIZE,
        [Line(label, of_sizes(program, case, guest)) for label, program, case in [*BINDGEN, *VALS, *MORTISE, *POOL]],
    )
    for guest in GUESTS
]
TIMES += [
    Table(
        "passing.wasm, no deadline",
        ["Mortise", *(f"Rust, {config}" for config in RUST_INLINED.values())],
        [
            Line(label, [passing(program, case, size) for program in ("mortise", *RUST_INLINED)])
            for label, case, size in PASSING
        ],
    ),
    Table(
        "the same as native code",
        BY_SIZE,
        [Line(label, of_sizes(program, case, "native")) for label, program, case in [DLOPEN, *PROCESSES]],
        CORES,
    ),
    Table(
        "echo.wat: a text there and back",
        BY_SIZE,
        [
            Line(f"Mortise, a guest of {name}", [Case("mortise", f"{case}-trusted", "echo", size) for size in SIZES])
            for name, case in [("UTF-8", "utf8"), ("UTF-16", "utf16"), ("Latin-1 or UTF-16", "latin1")]
        ],
    ),
    Table(
        "noop.wat: an empty function",
        list(ALL_LIMITS.values()),
        [Line("Mortise", [noop("mortise", limits) for limits in ALL_LIMITS])]
        + [
            Line(f"Rust bindgen!, {config}", [noop(program, limits) for limits in LIMITS] + [None])
            for program, config in RUST.items()
        ],
    ),
    Table(
        "processor.wasm: its life",
        ["Mortise", *(f"Rust, {config}" for config in RUST.values())],
        [Line(label, [lifecycle(case), None, None]) for label, case in LIFECYCLE]
        + [
            Line(f"{label}: {about}", [lifecycle(f"{case}-{limits}"), *rust])
            for label, case in INSTANCES.items()
            for limits, about, rust in [
                ("limited", "deadline", [lifecycle(f"{case}-limited", program) for program in RUST]),
                ("defaults", "default limits", [None, None]),
            ]
        ]
        + [
            Line(f"{label}: deadline", [lifecycle(case, program) for program in ("lifecycle", *RUST)])
            for label, case in POOLED.items()
        ]
        + [Line(label, [lifecycle(case), None, None]) for label, case in FOOTPRINT],
    ),
    Table(
        "how much longer a call takes when all cores call",
        BY_SIZE,
        [
            Line(label, [scaling(name, size) for size in SIZES])
            for label, name in zip(("C++ function", "Mortise, a pool of reuse", "Mortise, a pool of fresh"), SCALING)
        ],
    ),
]


def groups():
    """The cases that run one after the other, so that what is compared is measured within seconds."""
    found = {}
    for table in TIMES:
        for line in table.lines:
            for column, case in zip(table.columns, line.cells):
                if case is not None:
                    found.setdefault(column if table.columns is BY_SIZE else table.title, []).append(case)
    return list(found.values())
