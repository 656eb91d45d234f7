"""The scenarios: what is done to the watchers, and what is measured meanwhile.

Each returns {subject name: [measurement of round 1, of round 2, ...]}; a measurement is a dictionary of plain numbers,
or {"failure": why} where there is none. A round runs every subject once, each beside its reference, and every other
round runs them the other way round, so that whatever else the machine does hits both sides of a ratio alike.
"""

import dataclasses
import os
import shutil
import subprocess
import time

from . import machine
from .subjects import Failure


@dataclasses.dataclass
class Sizes:
    """How much of everything. `pairs` is the number of rounds."""

    pairs: int = 7
    burst_directories: int = 100
    burst_files: int = 200_000
    quiet_seconds: float = 2.0
    latency_samples: int = 2_000
    latency_pause_us: int = 1_000
    latency_seconds_max: int = 15
    tree_directories: int = 50_000
    tree_files: int = 200_000
    idle_seconds: float = 65.0


QUICK = Sizes(
    pairs=1,
    burst_directories=10,
    burst_files=2_000,
    quiet_seconds=0.7,
    latency_samples=100,
    latency_seconds_max=3,
    tree_directories=500,
    tree_files=2_000,
    idle_seconds=1.0,
)


class Bench:
    """Where the programs are, where the trees go, and what is run."""

    def __init__(self, build, place, subjects, sizes, say):
        self.programs = build / "bench"
        self.place = place  # a directory of our own, usually on a tmpfs
        self.subjects = subjects
        self.sizes = sizes
        self.say = say

    def program(self, name, *arguments, **options):
        """Runs one of our helpers and returns what it printed."""
        command = [str(self.programs / name), *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        done = subprocess.run(command, text=True, check=False, **pipes, **options)
        if done.returncode != 0:
            raise Failure(f"{name} failed: {done.stderr.strip()}")
        return done.stdout

    def rounds(self, title, measure, subjects):
        """Measures each subject once a round."""
        results = {subject.name: [] for subject in subjects}
        for number in range(self.sizes.pairs):
            for subject in subjects if number % 2 == 0 else reversed(subjects):
                try:
                    measurement = measure(subject)
                except Failure as failure:
                    measurement = {"failure": str(failure)}
                results[subject.name].append(measurement)
                self.say(f"{title}, round {number + 1}/{self.sizes.pairs}, {subject.name}: {brief(measurement)}")
        return results


def brief(measurement):
    return ", ".join(
        f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}"
        for name, value in measurement.items()
    )


class Started:
    """A subject that is ready, for the length of a block, and is killed if the block fails."""

    def __init__(self, bench, subject, root, to_pipe):
        self._start = lambda: subject.start(root, bench.place, to_pipe)
        self._root = root

    def __enter__(self):
        self._running = self._start()
        try:
            self._running.ready_seconds = self._running.wait_ready(self._root)
        except BaseException:
            self._running.kill()
            raise
        return self._running

    def __exit__(self, kind, error, _):
        if kind is not None:
            self._running.kill()
            if kind is Failure:
                raise Failure(f"{error} (its standard error: {self._running.errors.said()})") from None
            return
        status = self._running.stop()
        if self._running.subject.ours and status != 0:
            raise Failure(f"{self._running.subject.name} ended with status {status}: {self._running.errors.said()}")


def burst(bench, order):
    """Files created as fast as one thread can: who reports them all, at how much CPU time a file?

    The output goes to a file on the same tmpfs, so that no reader competes for a core or slows the watcher down.
    """
    sizes = bench.sizes
    root = bench.place / "burst"

    def measure(subject):
        root.mkdir()
        for number in range(sizes.burst_directories):
            (root / f"d{number:03}").mkdir()
        try:
            with Started(bench, subject, root, to_pipe=False) as running:
                before, slept_before = running.cpu_seconds(), running.sleeps()
                arguments = (root, sizes.burst_directories, sizes.burst_files, order)
                writing = float(bench.program("write_burst", *arguments))
                wait_quiet(running, sizes.quiet_seconds)
                used, slept = running.cpu_seconds() - before, running.sleeps() - slept_before
                peak_kib = running.memory_kib()["VmHWM"]
            output = running.output.read_bytes()
        finally:
            shutil.rmtree(root)
        reported, too_many = subject.created_count(output, sizes.burst_files)
        return {
            "cpu_us": used / sizes.burst_files * 1e6,
            "wakeups": slept / sizes.burst_files,
            "missing": sizes.burst_files - reported,
            "too_many": too_many,
            "overflow": subject.overflowed(output),
            "peak_mib": peak_kib / 1024,
            "writer_us": writing / sizes.burst_files * 1e6,
        }

    return bench.rounds(f"burst {order}", measure, bench.subjects)


def wait_quiet(running, seconds, timeout=600):
    """Until the subject has printed nothing and used next to no CPU time for some seconds."""
    deadline = time.monotonic() + timeout
    since, size, used = time.monotonic(), -1, 0.0
    while time.monotonic() < since + seconds:
        if running.ended():
            raise Failure(f"{running.subject.name} ended by itself")
        if time.monotonic() > deadline:
            raise Failure(f"{running.subject.name} was still busy after {timeout} s")
        size_now, used_now = os.stat(running.output).st_size, running.cpu_seconds()
        if size_now != size or used_now > used + 0.01:
            since, size, used = time.monotonic(), size_now, used_now
        time.sleep(0.05)


def latency(bench):
    """From just before creat() until a line about it has been read, one file at a time.

    A subject and the yardstick run side by side, each on a directory of its own, and take turns sample by sample: a
    disturbance then hits both. The one whose turn it is not is asleep.
    """
    sizes = bench.sizes
    root = bench.place / "latency"
    yardstick = next(subject for subject in bench.subjects if subject.name == "bare-print")

    def measure(subject):
        directories = [root / side / "inside" for side in ("subject", "yardstick")]
        for directory in directories:
            directory.mkdir(parents=True)
        try:
            with (
                Started(bench, subject, directories[0].parent, to_pipe=True) as mine,
                Started(bench, yardstick, directories[1].parent, to_pipe=True) as theirs,
            ):
                numbers = (sizes.latency_samples, sizes.latency_pause_us, sizes.latency_seconds_max)
                sides = (mine.output, directories[0], theirs.output, directories[1])
                printed = bench.program("measure_latency", *numbers, *sides, pass_fds=(mine.output, theirs.output))
        finally:
            shutil.rmtree(root)
        lines = [line.split() for line in printed.splitlines()]
        samples = [[int(text) / 1000 for side, text in lines if side == wanted and text != "lost"] for wanted in "01"]
        if not samples[0]:
            raise Failure("no line came")
        return {
            "p50_us": percentile(samples[0], 50),
            "yardstick_p50_us": percentile(samples[1], 50),
            "p99_us": percentile(samples[0], 99),
            "yardstick_p99_us": percentile(samples[1], 99),
            "count": len(samples[0]),
            "lost": sum(side == "0" and text == "lost" for side, text in lines),
        }

    compared = [subject for subject in bench.subjects if not subject.counts and subject is not yardstick]
    return bench.rounds("latency", measure, compared)


def percentile(samples, percent):
    """The smallest sample that at least `percent` of a hundred do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def ready(bench, tree):
    """From the start of the program until the whole tree is watched, and the memory it holds then."""

    def measure(subject):
        with Started(bench, subject, tree, to_pipe=True) as running:
            memory = running.memory_kib()
        return {
            "ready_s": running.ready_seconds,
            "rss_mib": memory["VmRSS"] / 1024,
            "anon_mib": memory["RssAnon"] / 1024,
            "peak_mib": memory["VmHWM"] / 1024,
        }

    return bench.rounds("ready", measure, [subject for subject in bench.subjects if subject.name != "bare-count"])


def stop(bench, tree):
    """Watcher::stop() with the whole tree watched, how much of it the kernel takes to close the descriptor, and beside
    it the closing of a bare descriptor with as many watches."""

    def measure(subject):
        name = "bare" if subject.name.startswith("bare") else "vigil"
        total, closing, watches = map(int, bench.program("time_stop", name, tree).split())
        return {
            "stop_ms": total / 1e6,
            "closing_ms": closing / 1e6,
            "beyond_ms": (total - closing) / 1e6,
            "watches": watches,
        }

    sides = [subject for subject in bench.subjects if subject.name in ("bare-print", "vigil")]
    return bench.rounds("stop", measure, sides)


def poll(bench, tree):
    """Passes of a watcher that polls the tree, which does not change, each beside `find`; and what polling it costs
    when nothing is asked of it."""
    *rounds, idle = bench.program("time_poll", tree, bench.sizes.pairs, bench.sizes.idle_seconds).splitlines()
    measured = []
    for number, line in enumerate(rounds, 1):
        wall, processor, find_wall, find_processor = (int(text) / 1e6 for text in line.split())
        measured.append({"ms": wall, "cpu_ms": processor, "find_ms": find_wall, "find_cpu_ms": find_processor})
        bench.say(f"poll, round {number}/{len(rounds)}: {brief(measured[-1])}")
    _, wall, processor, entries = idle.split()
    measured[0]["idle_percent"] = 100 * int(processor) / int(wall)
    measured[0]["entries"] = int(entries)
    return {"vigil": measured}


def make_tree(bench):
    """The tree of `ready`, `stop` and `poll`: its path, and how many different names it has."""
    tree = bench.place / "tree"
    names = int(bench.program("make_tree", tree, bench.sizes.tree_directories, bench.sizes.tree_files))
    return tree, names


def run(bench, chosen):
    """Runs the chosen scenarios. Returns {scenario: {subject: [measurements]}} and how many names the tree has."""
    results, names = {}, 0
    for order in ("round-robin", "by-directory"):
        if "burst" in chosen:
            results[f"burst {order}"] = burst(bench, order)
    if "latency" in chosen:
        results["latency"] = latency(bench)
    if {"ready", "stop", "poll"} & set(chosen):
        # Watchers that end give their watches back a little later than their process ends.
        with machine.watches_allowed(3 * (bench.sizes.tree_directories + 1)):
            tree, names = make_tree(bench)
            if "ready" in chosen:
                results["ready"] = ready(bench, tree)
            if "stop" in chosen and any(subject.name == "vigil" for subject in bench.subjects):
                results["stop"] = stop(bench, tree)
            if "poll" in chosen and any(subject.name == "vigil" for subject in bench.subjects):
                results["poll"] = poll(bench, tree)
            shutil.rmtree(tree)
    return results, names
