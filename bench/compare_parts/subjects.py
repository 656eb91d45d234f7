"""The watchers that are compared: how each is started, tells that it is ready, and tells what it saw."""

import dataclasses
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import threading
import time

from . import machine

READY_TIMEOUT = 300
ITEM = re.compile(rb"item-\d{7}")


class Failure(Exception):
    """A subject crashed, never became ready, or could not be stopped."""


class ErrorOutput(threading.Thread):
    """Reads a process's standard error until its end, and notes when a text first appeared in it."""

    def __init__(self, pipe, awaited):
        super().__init__(daemon=True)
        self.text = b""
        self.seen = threading.Event()
        self.seen_at = None
        self._pipe = pipe
        self._awaited = awaited
        self.start()

    def said(self):
        return self.text.decode(errors="replace").strip()

    def run(self):
        while chunk := os.read(self._pipe.fileno(), 1 << 16):
            now = time.monotonic()
            self.text = (self.text + chunk)[-(1 << 16) :]
            if self._awaited and not self.seen.is_set() and self._awaited in self.text:
                self.seen_at = now
                self.seen.set()


class Running:
    """A started subject. `pids` are the processes whose CPU time and memory count."""

    def __init__(self, subject, process, started, output, helpers=()):
        self.subject = subject
        self.process = process
        self.started = started
        self.output = output  # the path of a file, or the reading end of a pipe
        self.errors = ErrorOutput(process.stderr, subject.ready if subject.ready_on == "stderr" else None)
        self.pids = [process.pid, *(helper.pid for helper in helpers)]
        self._helpers = helpers
        self._probes = []
        self._read = b""

    def cpu_seconds(self):
        try:
            return sum(machine.cpu_seconds(pid) for pid in self.pids)
        except OSError:
            raise Failure(f"{self.subject.name} ended by itself") from None

    def sleeps(self):
        return sum(machine.sleeps(pid) for pid in self.pids)

    def memory_kib(self):
        try:
            each = [machine.memory_kib(pid) for pid in self.pids]
            return {name: sum(fields[name] for fields in each) for name in ("VmRSS", "RssAnon", "VmHWM")}
        except KeyError:
            # A process that has ended holds no memory.
            raise Failure(f"{self.subject.name} ended by itself") from None

    def wait_ready(self, root):
        """Seconds from the start until the subject said that it is ready or, if it never says so, until it told of a
        file made for that."""
        deadline = time.monotonic() + READY_TIMEOUT
        if self.subject.ready_on == "stderr":
            while not self.errors.seen.wait(0.5):
                self._check(deadline)
            return self.errors.seen_at - self.started
        awaited = self.subject.ready or b"probe-"
        while not self._output_has(awaited):
            self._check(deadline)
            if not self.subject.ready:
                self._probes.append(pathlib.Path(root) / f"probe-{len(self._probes)}")
                self._probes[-1].touch()
        return time.monotonic() - self.started

    def stop(self):
        """Asks the subject to end. Returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        for helper in self._helpers:
            helper.send_signal(signal.SIGTERM)
        try:
            for process in (self.process, *self._helpers):
                process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"{self.subject.name} does not stop")
        finally:
            self._close()
        return self.process.returncode

    def kill(self):
        for process in (self.process, *self._helpers):
            if process.poll() is None:
                process.kill()
                process.wait()
        self._close()

    def ended(self):
        return any(process.poll() is not None for process in (self.process, *self._helpers))

    def _close(self):
        for probe in self._probes:
            probe.unlink(missing_ok=True)
        self.errors.join()
        self.process.stderr.close()
        if isinstance(self.output, int):
            os.close(self.output)
            self.output = None

    def _check(self, deadline):
        if self.ended():
            raise Failure(f"{self.subject.name} ended before it was ready: {self.errors.said()}")
        if time.monotonic() > deadline:
            raise Failure(f"{self.subject.name} is not ready after {READY_TIMEOUT} s")

    def _output_has(self, awaited):
        if isinstance(self.output, int):
            readable, _, _ = select.select([self.output], [], [], 0.05)
            if readable:
                self._read = self._read[-len(awaited) :] + os.read(self.output, 1 << 20)
            return awaited in self._read
        time.sleep(0.01)
        return awaited in self.output.read_bytes()


@dataclasses.dataclass
class Subject:
    """A watcher as it is compared.

    `ready` is the text that says the tree is watched, on `ready_on`; without it a file is made to find out.
    `created` is what a line about a new file holds; without it any line that names the file will do.
    `overflow` is what it prints when the kernel's queue overflowed, where it tells.
    """

    name: str
    command: list
    reference: str
    version: str
    ours: bool = False
    counts: bool = False  # prints counts when it ends, rather than lines
    ready: bytes = b""
    ready_on: str = ""
    created: tuple = ()
    overflow: bytes = b""
    remark: str = ""

    def start(self, root, work, to_pipe):
        """Starts watching `root`. `work` is a directory for its files. The output goes to a pipe, or else a file."""
        return self.launch([*self.command, str(root)], work, to_pipe)

    def launch(self, command, work, to_pipe, stdin=subprocess.DEVNULL, started=None, helpers=()):
        if to_pipe:
            output, write_end = os.pipe()
        else:
            output = work / "output"
            write_end = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        started = started or time.monotonic()
        process = subprocess.Popen(command, stdin=stdin, stdout=write_end, stderr=subprocess.PIPE)
        os.close(write_end)
        return Running(self, process, started, output, helpers)

    def created_count(self, output, expected):
        """How many of the expected files it reported, and how many reports too many there were."""
        if self.counts:
            counts = dict(line.split() for line in output.decode().splitlines())
            count = int(counts.get(self.created[0].decode(), 0))
            return min(count, expected), max(count - expected, 0)
        lines = output.splitlines()
        if self.created:
            lines = [line for line in lines if any(text in line for text in self.created)]
        names = [name for line in lines for name in set(ITEM.findall(line))]
        return len(set(names)), len(names) - len(set(names))

    def overflowed(self, output):
        return bool(self.overflow) and self.overflow in output


class Watchman(Subject):
    """Watchman is a server and a client that subscribes; both count."""

    def start(self, root, work, to_pipe):
        state = work / "watchman"
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        client = ["watchman", f"--sockname={state}/socket", "--no-spawn", "--no-local", "--no-pretty"]
        started = time.monotonic()
        server = subprocess.Popen(
            ["watchman", "--foreground", "--no-save-state", f"--sockname={state}/socket"]
            + [f"--{kind}={state}/{kind}" for kind in ("statefile", "logfile", "pidfile")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_watching(client, server, root, started)
            request = state / "request"
            options = {"fields": ["name"], "empty_on_fresh_instance": True}
            request.write_text(json.dumps(["subscribe", str(root), "bench", options]))
            with request.open() as stdin:
                return self.launch([*client, "-j", "-p"], work, to_pipe, stdin, started, (server,))
        except BaseException:
            server.kill()
            server.wait()
            raise

    def _wait_watching(self, client, server, root, started):
        while subprocess.run([*client, "watch", str(root)], capture_output=True, check=False).returncode != 0:
            if server.poll() is not None or time.monotonic() > started + READY_TIMEOUT:
                raise Failure("watchman does not start")
            time.sleep(0.002)


def all_subjects(build):
    """Every watcher that could be compared, in the order of the tables, with those that are not installed as well."""
    kinds = "create,delete,moved_from,moved_to,modify,attrib,close_write,delete_self,move_self"
    fswatch_kinds = "Created Removed Renamed Updated AttributeModified MovedFrom MovedTo Overflow".split()
    here = pathlib.Path(__file__).parent
    bare = build / "bench" / "bare_loop"
    version = machine.first_line([str(build / "bin" / "vigil"), "--version"])
    return [
        Subject(
            "bare-print", [str(bare), "print"], "", "in bench/bare", ours=True,
            ready=b"ready", ready_on="stderr", created=(b"CREATE ", b"FOUND "), overflow=b"Q_OVERFLOW",
        ),
        Subject(
            "bare-again", [str(bare), "print"], "bare-print", "the same program", ours=True,
            ready=b"ready", ready_on="stderr", created=(b"CREATE ", b"FOUND "), overflow=b"Q_OVERFLOW",
            remark="the yardstick beside itself: how far its ratios are from 1 is the noise of the machine",
        ),
        Subject(
            "vigil", [str(build / "bin" / "vigil"), "watch", "--format", "json"], "bare-print", version, ours=True,
            ready=b'"kind":"ready"', ready_on="stdout", created=(b'"kind":"created"',), overflow=b'"kind":"rescan"',
        ),
        Subject(
            "bare-count", [str(bare), "count"], "", "in bench/bare", ours=True,
            counts=True, ready=b"ready", ready_on="stderr", created=(b"CREATE",), overflow=b"Q_OVERFLOW",
        ),
        Subject(
            "library", [str(build / "bench" / "library_count")], "bare-count", version, ours=True,
            counts=True, ready=b"ready", ready_on="stderr", created=(b"created",), overflow=b"rescan",
        ),
        Subject(
            "inotifywait", ["inotifywait", "-m", "-r", "-e", kinds, "--format", "%e %w%f"], "bare-print",
            machine.first_line(["inotifywait", "--help"]),
            ready=b"Watches established", ready_on="stderr", created=(b"CREATE",),
        ),
        Subject(
            "fswatch",
            ["fswatch", "-r", "-x", "-l", "0.1", "--allow-overflow"]
            + [word for kind in fswatch_kinds for word in ("--event", kind)],
            "bare-print", machine.first_line(["fswatch", "--version"]), overflow=b"Overflow",
            remark="never says that it is ready: the time is until it told of a file made to find out",
        ),
        Watchman(
            "watchman", ["watchman"], "bare-print", "watchman " + machine.first_line(["watchman", "--version"]),
            ready=b'"subscribe"', ready_on="stdout", overflow=b"Recrawled this watch",
            remark="server and client together; waits 20 ms for quiet before it tells anything (its default)",
        ),
        Subject(
            "watchdog", ["/usr/bin/python3", str(here / "watchdog_print.py")], "bare-print", watchdog_version(),
            ready=b"ready", ready_on="stderr",
            remark="asks the kernel for opened files as well, which cannot be turned off",
        ),
    ]


def watchdog_version():
    version = machine.first_line(
        ["/usr/bin/python3", "-c", "from importlib.metadata import version; print(version('watchdog'))"]
    )
    python = machine.first_line(["/usr/bin/python3", "--version"])
    return f"watchdog {version} on {python}" if re.fullmatch(r"[\d.]+", version) else ""


def installed(subject):
    """Whether the subject is there to be run."""
    if subject.name == "watchdog":
        return bool(subject.version)
    return shutil.which(subject.command[0]) is not None
