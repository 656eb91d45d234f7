"""A program written for watchdog, whose work is measured. `watchdog_figures.py` runs it, with one watchdog or another.

    watchdog_program.py burst HANDLER DIRECTORY FILES   HANDLER: created or any
    watchdog_program.py latency DIRECTORY FILES
    watchdog_program.py stop DIRECTORY WATCHES
    watchdog_program.py cycles DIRECTORY OBSERVERS

Uses only what watchdog documents. Prints one JSON object.
"""
import gc
import json
import os
import resource
import subprocess
import sys
import threading
import time

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

WRITER = """
import os, sys
directory, files = sys.argv[1], int(sys.argv[2])
for number in range(files):
    os.close(os.open("%s/f%d" % (directory, number), os.O_CREAT | os.O_WRONLY))
"""

# A burst is over when nothing came for so long.
QUIET_SECONDS = 3.0


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class CountCreated(FileSystemEventHandler):
    events = 0
    created = 0

    def on_created(self, event):
        self.events += 1
        self.created += 1


class CountAny(FileSystemEventHandler):
    events = 0
    created = 0

    def on_any_event(self, event):
        self.events += 1
        if event.event_type == "created":
            self.created += 1


def burst(name, directory, files):
    handler = {"created": CountCreated, "any": CountAny}[name]()
    observer = Observer()
    observer.schedule(handler, directory, recursive=True)
    observer.start()
    begin = time.monotonic()
    cpu_before = cpu_seconds()
    subprocess.run([sys.executable, "-S", "-c", WRITER, directory, str(files)], check=True)
    written = time.monotonic()
    seen, last, cpu = -1, written, 0.0
    while handler.created < files and time.monotonic() - last < QUIET_SECONDS:
        if handler.events != seen:
            seen, last = handler.events, time.monotonic()
        time.sleep(0.05)
    cpu = cpu_seconds() - cpu_before
    observer.stop()
    observer.join()
    return {
        "not_reported": files - handler.created,
        "events": handler.events,
        "cpu_seconds": cpu,
        "write_seconds": written - begin,
        "seconds": last - begin,
    }


def latency(directory, files):
    class Stamp(FileSystemEventHandler):
        def on_created(self, event):
            self.at = time.perf_counter()
            self.came.set()

    handler = Stamp()
    handler.came = threading.Event()
    observer = Observer()
    observer.schedule(handler, directory)
    observer.start()
    micros = []
    for number in range(files):
        handler.came.clear()
        path = os.path.join(directory, "f%d" % number)
        begin = time.perf_counter()
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        if not handler.came.wait(10):
            raise SystemExit("%s was not told" % path)
        micros.append((handler.at - begin) * 1e6)
        time.sleep(0.002)  # One file at a time: what belongs to the last one is over.
    observer.stop()
    observer.join()
    micros.sort()
    return {"p50_us": micros[files // 2], "p99_us": micros[files * 99 // 100]}


def stop(directory, watches):
    observer = Observer()
    handler = FileSystemEventHandler()
    for number in range(watches):
        path = os.path.join(directory, "d%d" % number)
        os.mkdir(path)
        observer.schedule(handler, path, recursive=True)
    try:
        begin = time.perf_counter()
        observer.start()
        started = time.perf_counter()
    except OSError as error:
        return {"refused": str(error)}
    threads = threading.active_count()
    begin_stop = time.perf_counter()
    observer.stop()
    observer.join()
    end = time.perf_counter()
    return {"start_ms": (started - begin) * 1e3, "stop_ms": (end - begin_stop) * 1e3, "threads": threads}


def held():
    gc.collect()
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {
        "threads": int(fields["Threads"]),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "resident_kib": int(fields["VmRSS"].split()[0]),
    }


def cycles(directory, observers):
    def one():
        observer = Observer()
        observer.schedule(FileSystemEventHandler(), directory, recursive=True)
        observer.start()
        observer.stop()
        observer.join()

    # What is loaded and kept by the first ones is not what the others leave.
    for _ in range(observers // 10):
        one()
    before = held()
    begin = time.perf_counter()
    for _ in range(observers):
        one()
    seconds = time.perf_counter() - begin
    after = held()
    return {"seconds": seconds, "left": {name: after[name] - before[name] for name in after}}


def main():
    mode, arguments = sys.argv[1], sys.argv[2:]
    function = {"burst": burst, "latency": latency, "stop": stop, "cycles": cycles}[mode]
    json.dump(function(*arguments[:-1], int(arguments[-1])), sys.stdout)


if __name__ == "__main__":
    main()
