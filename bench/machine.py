"""The machine: what it is, which of its cores to use, and whether others used it meanwhile."""

import os
import platform
import re
import resource
import time
from pathlib import Path

SYSTEM = Path("/sys/devices/system/cpu")


def read(path, otherwise=""):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return otherwise


# ---- What it is ----------------------------------------------------------------------------------------


def facts():
    info = read("/proc/cpuinfo")
    name = re.search(r"model name\s*: (.*)", info)
    threads = read(SYSTEM / "smt/active", "unknown")
    return {
        "cpu": name.group(1) if name else platform.machine(),
        "cores": os.cpu_count(),
        "threads": {"0": "one thread each", "1": "two threads share a core"}.get(threads, "threads unknown"),
        "virtual": "virtual machine" if re.search(r"^flags.*\bhypervisor\b", info, re.MULTILINE) else "no hypervisor",
        "kernel": platform.release(),
        "governor": read(SYSTEM / "cpu0/cpufreq/scaling_governor", "unknown"),
        "load": os.getloadavg(),
    }


# ---- Cores ---------------------------------------------------------------------------------------------


def siblings(core):
    """The cores, as the system counts them, that are one core of the processor."""
    found = set()
    for part in read(SYSTEM / f"cpu{core}/topology/thread_siblings_list", str(core)).split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def choose_cores():
    """The core for all, another one for servers (None: there is none), and whether they are one in truth."""
    may = os.sched_getaffinity(0)
    core = max(may)
    others = may - {core}
    apart = others - siblings(core)
    second = max(apart or others, default=None)
    return core, second, second is not None and not apart


def keep_to(*cores):
    """This, and what it starts from here on."""
    os.sched_setaffinity(0, cores)


# ---- Whether the figures can be trusted ----------------------------------------------------------------


class Watch:
    """How much others used the machine meanwhile."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        """Seconds so far: by the clock, of all processors' work, of ours."""
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields)
        busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return time.monotonic(), busy, sum(u.ru_utime + u.ru_stime for u in used)

    def warnings(self):
        clock, busy, ours = (now - then for now, then in zip(self.now(), self.start))
        others = (busy - ours) / clock
        return [f"other programs kept {others:.0%} of a core busy"] if others > 0.1 else []
