"""What the comparison asks of the machine: CPU time and memory of a process, limits, and what to call the machine."""

import contextlib
import datetime
import os
import pathlib
import platform
import shutil
import subprocess
import time

WATCHES_MAX = pathlib.Path("/proc/sys/fs/inotify/max_user_watches")
QUEUE_MAX = pathlib.Path("/proc/sys/fs/inotify/max_queued_events")


def cpu_seconds(pid):
    """User and system time of a process with all its threads, those that ended included.

    The process's CPU clock counts nanoseconds; /proc counts ticks of 10 ms. Its number is made as
    clock_getcpuclockid(3) makes it.
    """
    return time.clock_gettime((~pid << 3) | 2)


def memory_kib(pid):
    """VmRSS, RssAnon and VmHWM (the peak) of a process."""
    fields = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "RssAnon", "VmHWM"):
            fields[name] = int(value.split()[0])
    return fields


def sleeps(pid):
    """How often the threads of a process have gone to sleep, each to be woken again. Ended threads are left out."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


@contextlib.contextmanager
def watches_allowed(needed):
    """Raises the limit of inotify watches while the block runs, if it is too low. Fails where that is not allowed."""
    before = int(WATCHES_MAX.read_text())
    if before >= needed:
        yield
        return
    try:
        WATCHES_MAX.write_text(str(needed))
    except PermissionError:
        raise SystemExit(
            f"compare: this needs {needed} inotify watches and fs.inotify.max_user_watches is {before}: "
            f"run as root, or raise it: sysctl fs.inotify.max_user_watches={needed}"
        )
    try:
        yield
    finally:
        WATCHES_MAX.write_text(str(before))


def first_line(command):
    """The first line a command prints, or nothing if there is no such command."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).split("\n", 1)[0].strip()


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def stolen_ticks():
    """Ticks the hypervisor gave to others, and all ticks, since the machine started."""
    ticks = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return ticks[7], sum(ticks)


def describe():
    memory_kib_total = int(pathlib.Path("/proc/meminfo").read_text().split()[1])
    virtual = " (virtual machine)" if " hypervisor" in pathlib.Path("/proc/cpuinfo").read_text() else ""
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu_model() + virtual,
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib_total / 2**20),
        "kernel": platform.release(),
        "system": next(
            (
                line.partition("=")[2].strip('"')
                for line in pathlib.Path("/etc/os-release").read_text().splitlines()
                if line.startswith("PRETTY_NAME=")
            ),
            platform.system(),
        ),
        "queue": int(QUEUE_MAX.read_text()),
        "load_before": round(os.getloadavg()[0], 2),
    }
