"""Programs run with the name `watchdog` resolved to the drop-in, and watchmedo."""

import importlib.util
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import unittest

from support import DEADLINE, DirectoryTest

def needs_yaml(test):
    """Debian has PyYAML for CPython only."""
    if sys.implementation.name != "cpython":
        return None
    return unittest.skipUnless(importlib.util.find_spec("yaml"), "PyYAML is not installed")(test)


PROGRAM = """
import sys
import watchdog, watchdog.observers.api
from watchdog.observers import Observer
from watchdog.events import FileSystemEventHandler
from watchdog.version import VERSION_INFO
import vigil.watchdog.events
assert watchdog.events is vigil.watchdog.events
assert watchdog.events.__spec__.name == "vigil.watchdog.events"
assert issubclass(Observer, watchdog.observers.api.BaseObserver)
try:
    import watchdog.nowhere
except ImportError:
    pass
print(__name__, sys.argv[1:], VERSION_INFO[0], watchdog.get_compat())
"""


class Running(DirectoryTest):
    def run_it(self, *arguments, **options):
        done = subprocess.run(
            [sys.executable, "-m", "vigil.watchdog", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=60,
            **options
        )
        return done.returncode, done.stdout, done.stderr

    def program(self, text=PROGRAM, name="program.py"):
        path = self.path(name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_a_program(self):
        code, out, err = self.run_it(self.program(), "a", "--b")
        self.assertEqual((code, out), (0, "__main__ ['a', '--b'] 6 6\n"), err)

    def test_compat(self):
        code, out, err = self.run_it("--compat", "7", self.program())
        self.assertEqual((code, out), (0, "__main__ [] 6 7\n"), err)

    def test_a_module(self):
        self.program(name="module.py")
        path = os.pathsep.join([self.directory, os.environ.get("PYTHONPATH", "")])
        code, out, err = self.run_it("-m", "module", "a", env=dict(os.environ, PYTHONPATH=path))
        self.assertEqual((code, out), (0, "__main__ ['a'] 6 6\n"), err)

    def test_modules_beside_the_program(self):
        self.program("NAME = 'beside'", "helper.py")
        code, out, err = self.run_it(self.program("import helper; print(helper.NAME)"))
        self.assertEqual((code, out), (0, "beside\n"), err)

    def test_its_exit_code(self):
        self.assertEqual(self.run_it(self.program("raise SystemExit(7)"))[0], 7)
        code, _, err = self.run_it(self.program("raise KeyError('mine')"))
        self.assertEqual(code, 1)
        self.assertIn("KeyError: 'mine'", err)

    def test_bad_usage(self):
        for arguments in (), ("--nonsense",), ("--compat",), ("--compat", "5", "x"), (self.path("gone.py"),), ("-m",):
            code, out, err = self.run_it(*arguments)
            self.assertEqual((code, out), (2, ""), arguments)
            self.assertIn("usage:", err)
        self.assertEqual(self.run_it("--help")[0], 0)

    def test_installed_by_the_program(self):
        program = "import vigil.watchdog as it\nit.install(); it.install()\nimport watchdog\nassert watchdog is it"
        self.assertEqual(subprocess.run([sys.executable, self.program(program)], timeout=60).returncode, 0)

    def test_the_program_that_is_measured(self):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 3, "bench", "python")
        program = os.path.join(program, "watchdog_program.py")
        for arguments, expected in (
            (("burst", "created"), {"not_reported": 0, "events": 10}),
            (("burst", "any"), {"not_reported": 0}),
            (("latency",), {}),
            (("stop",), {"threads": 2}),
            (("cycles",), {}),
        ):
            code, out, err = self.run_it(program, *arguments, self.mkdir("-".join(arguments)), "10")
            self.assertEqual(code, 0, err)
            figures = json.loads(out)
            self.assertEqual({name: figures[name] for name in expected}, expected)

    def test_another_watchdog_is_imported_already(self):
        self.program("", "watchdog.py")
        program = "import watchdog, vigil.watchdog\nvigil.watchdog.install()"
        done = subprocess.run(
            [sys.executable, self.program(program)], stderr=subprocess.PIPE, universal_newlines=True, timeout=60
        )
        self.assertIn("already imported", done.stderr)


class Watchmedo(DirectoryTest):
    def start(self, *arguments):
        """Starts the command; a queue gets its lines."""
        # Not this directory, so that nothing is written where is watched.
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "vigil.watchdog.watchmedo", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        lines = queue.Queue()

        def read():
            with process.stdout:
                for line in process.stdout:
                    lines.put(line.rstrip("\n"))
            lines.put(None)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        self.addCleanup(reader.join)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, lines

    def seek(self, lines, *texts):
        """Waits for a line that holds all the texts."""
        seen = []
        while True:
            try:
                line = lines.get(timeout=DEADLINE)
            except queue.Empty:
                line = None
            if line is None:
                self.fail("no line with %r; there was %r" % (texts, seen))
            if all(text in line for text in texts):
                return line
            seen.append(line)

    def poke(self, lines, *texts, name="a.py", seconds=0.05):
        """Writes until the command, which has to start first, says something."""
        stop = threading.Event()

        def write():
            while not stop.is_set():
                self.write("w", name)
                stop.wait(seconds)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            return self.seek(lines, *texts)
        finally:
            stop.set()
            writer.join()

    def end(self, process, lines, number=signal.SIGTERM):
        process.send_signal(number)
        try:
            process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # To see where it is.
            process.wait()
        if process.returncode:
            said = "\n".join(iter(lines.get, None))
            self.fail("it ends with %d: %s" % (process.returncode, said[-4000:]))

    def setUp(self):
        super().setUp()
        self.mkdir("w")

    def test_log(self):
        for number in signal.SIGINT, signal.SIGTERM:
            process, lines = self.start("log", "--recursive", "--patterns", "*.py;*.txt", "-D", self.path("w"))
            line = self.poke(lines, "on_modified(self=")
            self.assertIn("FileModifiedEvent(src_path=%r" % self.path("w", "a.py"), line)
            self.write("w", "b.c")
            self.write("w", "b.txt")
            self.assertNotIn("b.c", self.seek(lines, "src_path=%r" % self.path("w", "b.txt")))
            self.end(process, lines, number)

    def test_log_trace_and_polling(self):
        process, lines = self.start("log", "--trace", "--debug-force-polling", "--interval", "0.05", self.path("w"))
        self.poke(lines, "dispatch(self=")
        self.end(process, lines)

    def test_shell_command(self):
        process, lines = self.start("shell-command", "-p", "*.py", self.path("w"))
        self.poke(lines, "modified file %s" % self.path("w", "a.py"))
        os.rename(self.path("w", "a.py"), self.path("w", "b.py"))
        self.seek(lines, "moved file from %s to %s" % (self.path("w", "a.py"), self.path("w", "b.py")))
        self.end(process, lines)

    def test_shell_command_of_ones_own(self):
        command = 'echo "<${watch_event_type} ${watch_object}>"'
        process, lines = self.start("shell-command", "--wait", "--command", command, self.path("w"))
        self.poke(lines, "<closed file>")
        self.end(process, lines)

    def test_auto_restart(self):
        command = ["sh", "-c", "trap 'echo ends; exit' USR1; echo begins; while :; do sleep 0.05; done"]
        options = ["-d", self.path("w"), "-p", "*.py", "--signal", "USR1", "--debounce-interval", "0.2"]
        process, lines = self.start("auto-restart", *options, "--", *command)
        self.seek(lines, "begins")
        self.poke(lines, "ends", seconds=0.5)
        self.seek(lines, "begins")
        self.end(process, lines)
        self.seek(lines, "ends")

    def tricks_file(self, text):
        with open(self.path("w", "tricks.yaml"), "w") as file:
            file.write(text)
        return self.path("w", "tricks.yaml")

    @needs_yaml
    def test_tricks(self):
        file = self.tricks_file(
            "tricks:\n"
            "- watchdog.tricks.ShellCommandTrick:\n"
            "    shell_command: 'echo ${watch_event_type} of ${watch_src_path}'\n"
            "    patterns: ['*.py']\n"
        )
        process, lines = self.start("tricks-from", file)
        self.poke(lines, "closed of %s" % self.path("w", "a.py"))
        self.end(process, lines)

    @needs_yaml
    def test_bad_tricks(self):
        for arguments, text in (
            ([self.path("gone.yaml")], "No such file"),
            ([self.tricks_file("nothing: []")], "No 'tricks' key"),
        ):
            process, lines = self.start("tricks", *arguments)
            self.seek(lines, text)
            self.assertEqual(process.wait(DEADLINE), 1)

    def run_it(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "vigil.watchdog.watchmedo", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=60,
        )
        return done.returncode, done.stdout

    def test_generated_yaml(self):
        head = "python-path:\n- .\ntricks:\n"
        code, whole = self.run_it("tricks-generate-yaml", "watchdog.tricks.LoggerTrick")
        self.assertTrue(whole.startswith(head + "- watchdog.tricks.LoggerTrick:\n"), whole)
        code, entry = self.run_it("generate-tricks-yaml", "-a", "watchdog.tricks.LoggerTrick")
        self.assertEqual((code, head + entry), (0, whole))
        file = self.path("generated.yaml")
        for _ in range(2):
            done = self.run_it("tricks-generate-yaml", "--append-to-file", file, "watchdog.tricks.LoggerTrick")
            self.assertEqual(done, (0, ""))
        with open(file) as opened:
            self.assertEqual(opened.read(), whole + entry)

    def test_usage(self):
        self.assertEqual(self.run_it("--version"), (0, "6.0.0\n"))
        code, out = self.run_it()
        self.assertEqual(code, 1)
        self.assertIn("auto-restart", out)
        self.assertEqual(self.run_it("log", "-q", "-v")[0], 2)
        self.assertEqual(self.run_it("log", "-vvv", ".")[0], 2)
        self.assertEqual(self.run_it("auto-restart")[0], 2)
        code, out = self.run_it("log", self.path("gone"))
        self.assertEqual(code, 1)
        self.assertIn("gone", out)
        code, out = self.run_it("auto-restart", "-d", self.path("w"), "--signal", "NOPE", "true")
        self.assertEqual(code, 1)
        self.assertIn("no signal NOPE", out)


if __name__ == "__main__":
    unittest.main()
