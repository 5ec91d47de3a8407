"""Runs the programs: in rounds, in an order that differs from round to round, on cores of their own."""

import os
import subprocess
import sys

import machine
from cases import groups


def measure(settings, programs, guests):
    """{Case: what its program printed, one number for each round}"""
    all_cores = os.sched_getaffinity(0)
    cores = [settings["core"]] if settings["second_core"] is None else [settings["core"], settings["second_core"]]
    samples = {}
    for number in range(settings["rounds"]):
        progress(f"round {number + 1} of {settings['rounds']}")
        for cases in groups():
            for case in in_turn(cases, number, settings["rounds"]):
                if (case.two_cores or case.all_cores) and len(cores) == 1:
                    continue
                machine.keep_to(*(all_cores if case.all_cores else cores if case.two_cores else cores[:1]))
                command = [programs[case.program], case.case, case.size, guests[case.guest], f"{settings['seconds']}s"]
                samples.setdefault(case, []).append(run(command))
    progress("")
    return samples


def in_turn(cases, number, rounds):
    """Begins elsewhere in each round, and every other round goes backwards: no case always has the same before it."""
    first = number * len(cases) // rounds
    turned = cases[first:] + cases[:first]
    return turned[::-1] if number % 2 else turned


def run(command):
    command = [str(part) for part in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        sys.exit(f"{' '.join(command)} did not end")
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return float(done.stdout)


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
