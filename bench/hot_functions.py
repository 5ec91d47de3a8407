#!/usr/bin/env python3
"""Writes engine/hot_functions.txt, the functions of the engine that calls run: hot_functions.py build/bench.

Each case below makes two calls, watched instruction by instruction, while all other threads stand still, so
that no deadline passes. For Linux on x86-64; a minute. To be run when the engine or Wasmtime has changed.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from group_hot import NAME, readable  # noqa: E402

LIST = ROOT / "engine/hot_functions.txt"
HEADER = """\
# The functions of the engine that calls run and instances take to be made, by bench/hot_functions.py.
# scripts/group_hot.py puts them side by side.
"""
CASES = [
    ("bench_mortise", f"{kind}-defaults", "processor", 1024) for kind in ("owned", "viewed", "produced", "pooled")
]
CASES += [("bench_mortise", f"owned-{limits}", "processor", 15) for limits in ("trusted", "limited", "metered")]
CASES += [
    ("bench_mortise", f"{of}.{name}-limited", "passing", 64)
    for of, names in {
        "host": ("nothing", "add", "take_bytes", "give_bytes", "take_items", "give_items", "next"),
        "guest": ("take_bytes", "give_bytes", "take_items", "give_items", "next"),
    }.items()
    for name in names
]
CASES += [
    ("bench_lifecycle", case, "processor", 15)
    for case in (
        "instantiate-limited",
        "fresh-limited",
        "fresh-limited-pooled",
        "fresh-limited-resident",
        "fresh-metered",
    )
]

# ---- ptrace --------------------------------------------------------------------------------------

TRACEME, PEEKTEXT, POKETEXT, CONT, SINGLESTEP, SETOPTIONS, SEIZE, INTERRUPT = 0, 1, 4, 7, 9, 0x4200, 0x4206, 0x4207
PEEKUSER, POKEUSER = 3, 6
EXITKILL = 0x100000
WALL = 0x40000000
RIP, RSP = 16 * 8, 19 * 8  # in struct user
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.restype = ctypes.c_long
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, pid=0, address=0, data=0):
    return LIBC.ptrace(request, pid, address, data) & (2**64 - 1)


def start(command):
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        ptrace(TRACEME)
        os.execv(command[0], command)
    os.waitpid(pid, 0)
    ptrace(SETOPTIONS, pid, 0, EXITKILL)
    return pid


def resume(pid, request):
    """Until it stops; signals are its own."""
    number = 0
    while True:
        ptrace(request, pid, 0, number)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            return False
        number = os.WSTOPSIG(status)
        if number == signal.SIGTRAP:
            return True


def end(pid):
    """A process is gone when all its traced threads are."""
    os.kill(pid, signal.SIGKILL)
    try:
        while True:
            os.waitpid(-1, WALL)
    except ChildProcessError:
        pass


def stop_others(pid):
    for thread in map(int, os.listdir(f"/proc/{pid}/task")):
        if thread != pid:
            ptrace(SEIZE, thread)
            ptrace(INTERRUPT, thread)
            os.waitpid(thread, WALL)


# ---- What a call runs ----------------------------------------------------------------------------


def functions(program):
    """All of the program, by address."""
    lines = subprocess.run(["nm", "--defined-only", program], capture_output=True, text=True, check=True).stdout
    found = (line.split(maxsplit=2) for line in lines.splitlines())
    return sorted((int(address, 16), name) for address, kind, name in found if kind in "tTwWV")


def run_addresses(command):
    """Of the instructions that the program runs in the loop which measure.h times, as it numbers them itself."""
    loops = [address for address, name in functions(command[0]) if "5bench3Run6repeat" in name]
    pid = start(command)
    base = int(Path(f"/proc/{pid}/maps").read_text().split("-")[0], 16)
    before = {base + loop: ptrace(PEEKTEXT, pid, base + loop) for loop in loops}
    for at, code in before.items():
        ptrace(POKETEXT, pid, at, code & ~0xFF | 0xCC)  # int3
    if not resume(pid, CONT):
        sys.exit(f"{' '.join(command)}: no loop was entered")
    at = ptrace(PEEKUSER, pid, RIP) - 1
    ptrace(POKEUSER, pid, RIP, at)
    for place, code in before.items():
        ptrace(POKETEXT, pid, place, code)
    stop_others(pid)
    stack = ptrace(PEEKUSER, pid, RSP)
    seen = set()
    # The loop has returned when its return address is off the stack.
    while ptrace(PEEKUSER, pid, RSP) <= stack:
        seen.add(ptrace(PEEKUSER, pid, RIP) - base)
        if not resume(pid, SINGLESTEP):
            sys.exit(f"{' '.join(command)}: it ended in the middle of a call")
    end(pid)
    return seen


def run_functions(build, case):
    program, name, guest, size = case
    program = str(build / "bench" / program)
    wasm = ROOT / "build/guests" / f"{guest}.wasm"
    seen = sorted(run_addresses([program, name, str(size), str(wasm), "2"]))
    known = functions(program)
    # Both are in order: each address belongs to the last function that begins before it.
    out, i = set(), 0
    for address in seen:
        while i + 1 < len(known) and known[i + 1][0] <= address:
            i += 1
        if address >= known[0][0] and NAME.fullmatch(known[i][1]):
            out.add(known[i][1])
    return out


def main():
    build = Path(sys.argv[1]).resolve()
    all_run = set()
    for case in CASES:
        run = run_functions(build, case)
        new = run - all_run
        all_run |= run
        print(f"{' '.join(map(str, case)):<50} {len(run):>4} functions, {len(new)} of them new")
    names = sorted(set(readable(sorted(all_run))) - {""})
    LIST.write_text(HEADER + "\n".join(names) + "\n")
    print(f"{LIST.relative_to(ROOT)}: {len(names)} functions. Build again to have them side by side.")


if __name__ == "__main__":
    main()
