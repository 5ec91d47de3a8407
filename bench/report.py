"""Samples to tables: for a terminal, or in Markdown."""

import statistics

from cases import RATIOS, TIMES

WIDTH = 122  # and the last cell is shorter
CELL = 22
EXPLAINED = "median (lower..upper quartile) of {rounds} rounds"
RATIO_TITLE = "RATIOS: how many times as long the first takes as the second; " + EXPLAINED
TIME_TITLE = "TIMES: " + EXPLAINED


# ---- Numbers -------------------------------------------------------------------------------------------


def quartiles(values):
    if len(values) == 1:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def ratios(first, second):
    """Each taken within a round."""
    return [a / b for a, b in zip(first, second)]


def spread(values, scale=1, unit=""):
    """As 1.23 us (1.20..1.31), with three digits."""
    low, middle, high = (value / scale for value in quartiles(values))
    decimals = 2 if middle < 9.995 else 1 if middle < 99.95 else 0
    return f"{middle:.{decimals}f}{unit} ({low:.{decimals}f}..{high:.{decimals}f})"


def amount(values, unit):
    if unit == "times":
        return spread(values)
    steps = [(1e6, " ms"), (1e3, " µs"), (1, " ns")] if unit == "ns" else [(1 << 20, " MiB"), (1 << 10, " KiB"), (1, " B")]
    middle = statistics.median(values)
    return next(spread(values, *step) for step in steps if middle >= step[0] or step[0] == 1)


def cell(samples, what):
    """Of a ratio, or of a case. What was not measured is a dash."""
    if what is None:
        return "-"
    if what in samples:
        return amount(samples[what], what.unit)
    if len(what) == 2 and what[0] in samples and what[1] in samples:
        return spread(ratios(samples[what[0]], samples[what[1]]))
    return "-"


def wide(samples):
    """A warning, where the rounds disagree."""
    found = []
    for case, values in samples.items():
        low, middle, high = quartiles(values)
        if high - low > 0.1 * middle:
            found.append(f"{case.program} {case.case} {case.guest} {case.size} B")
    if not found:
        return []
    shown = ", ".join(found[:2]) + (", .." if len(found) > 2 else "")
    return [f"the quartiles of {len(found)} of {len(samples)} cases lie more than 10 % apart: {shown}"]


# ---- Facts ---------------------------------------------------------------------------------------------


def facts(report):
    """On what, with what and how it was measured: lines."""
    machine, versions, settings = report["machine"], report["versions"], report["settings"]
    how = (
        f"{report['date']}: {settings['rounds']} rounds, {settings['seconds']} s for each case, on core {settings['core']}"
    )
    if settings["second_core"] is None:
        how += "; one core only: no rows of two"
    else:
        how += f", with the server of two-core rows on core {settings['second_core']}"
    if settings["cores_are_siblings"]:
        how += " (threads of one core in truth)"
    engine = "engine optimised as a whole" if versions["engine_lto"] else "engine NOT optimised as a whole, Rust is"
    return [
        f"{machine['cpu']}: {machine['cores']} cores, {machine['threads']}, {machine['virtual']}; "
        f"Linux {machine['kernel']}; frequency governor: {machine['governor']}",
        f"Mortise {versions['mortise']}, Wasmtime {versions['wasmtime']}, {engine}; gRPC {versions['grpc']}",
        f"{versions['c++']}; {versions['rustc']}",
        how,
    ]


# ---- Tables --------------------------------------------------------------------------------------------


def parts(report):
    """(title, tables) in the order of reading."""
    rounds = report["settings"]["rounds"]
    return [(RATIO_TITLE.format(rounds=rounds), RATIOS), (TIME_TITLE.format(rounds=rounds), TIMES)]


def text(report):
    out = [*facts(report), ""]
    for title, tables in parts(report):
        out += [title, ""]
        notes = []
        for table in tables:
            out += [columns(table.title, table.columns)]
            for line in table.lines:
                out.append(columns("  " + line.label, [cell(report["samples"], what) for what in line.cells]))
            out.append("")
            if table.note and table.note not in notes:
                notes.append(table.note)
        for note in notes:
            out += [note, ""]
    out += [f"NOT QUIET: {warning}" for warning in report["warnings"]]
    return "\n".join(out).rstrip() + "\n"


def columns(first, cells):
    room = WIDTH - CELL * len(cells)
    return (f"{first:<{room}}" + "".join(f"{each:<{CELL}}" for each in cells)).rstrip()


def markdown(report):
    out = ["  \n".join(facts(report))]
    for title, tables in parts(report):
        out.append(f"## {title}")
        notes = []
        for table in tables:
            rows = [[table.title, *table.columns], ["---"] + ["---:"] * len(table.columns)]
            rows += [[line.label, *(cell(report["samples"], what) for what in line.cells)] for line in table.lines]
            out.append("\n".join(f"| {' | '.join(row)} |" for row in rows))
            if table.note and table.note not in notes:
                notes.append(table.note)
        out += notes
    out += [f"Not quiet: {warning}" for warning in report["warnings"]]
    return "\n\n".join(out) + "\n"
