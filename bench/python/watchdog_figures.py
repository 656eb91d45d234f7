#!/usr/bin/env python3
"""The drop-in for watchdog beside watchdog itself: the same program, the same work, one after the other in one run.

    bench/python/watchdog_figures.py [--rounds N] [--files N] [--reference PYTHON] [--json FILE] [FIGURE ...]

FIGURE: burst-created, burst-any, latency, stop, cycles; all if none is named. The reference is the `watchdog` of PYTHON
(Debian's python3-watchdog by default). The drop-in runs in the same PYTHON, from this checkout, on the library that
VIGIL_LIBRARY names (build/shared by default). Each figure is the median of the rounds; rounds alternate.

Exits 1 when a goal is missed.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "watchdog_program.py")
TMPFS = "/dev/shm"


class Subject:
    def __init__(self, name, command, environment):
        self.name, self.command, self.environment = name, command, environment

    def run(self, *arguments):
        """Runs the program once, in a fresh directory in memory."""
        directory = tempfile.mkdtemp(dir=TMPFS if os.path.isdir(TMPFS) else None)
        *head, count = arguments
        command = [*self.command, PROGRAM, *head, directory, str(count)]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, env=self.environment, check=True)
            return json.loads(done.stdout)
        finally:
            shutil.rmtree(directory)


def subjects(python):
    environment = dict(os.environ)
    environment.setdefault("VIGIL_LIBRARY", os.path.join(CHECKOUT, "build", "shared", "lib", "libvigil.so"))
    environment["PYTHONPATH"] = os.path.join(CHECKOUT, "bindings", "python")
    return [
        Subject("watchdog", [python], dict(os.environ)),
        Subject("vigil", [python, "-m", "vigil.watchdog"], environment),
    ]


def medians(results):
    """Of each number; of anything else the last."""
    merged = {}
    for key, value in results[-1].items():
        values = [result[key] for result in results if key in result]
        if isinstance(value, dict):
            merged[key] = medians(values)
        elif isinstance(value, (int, float)):
            merged[key] = statistics.median(values)
        else:
            merged[key] = value
    return merged


def burst_goals(reference, ours):
    yield "no file unreported", ours["not_reported"] == 0
    yield "at most a third of the CPU", ours["cpu_seconds"] * 3 <= reference["cpu_seconds"]


def latency_goals(reference, ours):
    yield "p50 under 0.3 ms", ours["p50_us"] < 300
    yield "p50 below watchdog's", ours["p50_us"] < reference["p50_us"]


def stop_goals(_, ours):
    yield "stop and join under 50 ms", ours["stop_ms"] < 50


def cycles_goals(_, ours):
    left = ours["left"]
    yield "no thread left", left["threads"] <= 0
    yield "no descriptor left", left["descriptors"] <= 0
    yield "no memory left (under 256 bytes an observer)", left["resident_kib"] < 256


FIGURES = {
    "burst-created": (("burst", "created"), lambda options: options.files, burst_goals),
    "burst-any": (("burst", "any"), lambda options: options.files, burst_goals),
    "latency": (("latency",), lambda options: 500, latency_goals),
    "stop": (("stop",), lambda options: 1000, stop_goals),
    "cycles": (("cycles",), lambda options: 1000, cycles_goals),
}


def shown(result):
    parts = []
    for key, value in result.items():
        if isinstance(value, dict):
            value = "(%s)" % shown(value)
        elif isinstance(value, float):
            value = "%.2f" % value
        parts.append("%s %s" % (key, value))
    return ", ".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=200000)
    parser.add_argument("--reference", default="/usr/bin/python3")
    parser.add_argument("--json")
    parser.add_argument("figures", nargs="*", metavar="FIGURE")
    options = parser.parse_args()
    unknown = set(options.figures) - set(FIGURES)
    if unknown:
        parser.error("no such figure: %s" % ", ".join(sorted(unknown)))

    missed = 0
    record = {}
    for name in options.figures or FIGURES:
        arguments, count, goals = FIGURES[name]
        results = {}
        for _ in range(options.rounds):
            for subject in subjects(options.reference):
                results.setdefault(subject.name, []).append(subject.run(*arguments, count(options)))
        merged = {subject: medians(rounds) for subject, rounds in results.items()}
        record[name] = {"rounds": results, "medians": merged}
        print(name)
        for subject, result in merged.items():
            print("  %-9s %s" % (subject, shown(result)))
        for goal, reached in goals(merged["watchdog"], merged["vigil"]):
            missed += not reached
            print("  %s: %s" % ("reached" if reached else "MISSED", goal))
        sys.stdout.flush()
    if options.json:
        with open(options.json, "w") as file:
            json.dump(record, file, indent=1)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
