"""vigil.winapi: the three calls, by which an emitter of old reads a directory."""

import ast
import errno
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from vigil import winapi
from vigil.watchdog.events import FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent
from vigil.watchdog.observers.api import BaseObserver, EventEmitter
from support import DEADLINE, DirectoryTest, Recorder, descriptors

THIS_FILE = os.path.abspath(winapi.__file__)


class OldEmitter(EventEmitter):
    """As emitters were written when there were only the three calls: its thread sits in a read without end, and stop(),
    from another thread, closes the handle to end it."""

    def on_thread_start(self):
        self._handle = winapi.get_directory_handle(self.watch.path)
        self._renamed = ""

    def on_thread_stop(self):
        if self._handle:
            winapi.close_directory_handle(self._handle)

    def queue_events(self, timeout):
        for event in winapi.read_events(self._handle, self.watch.is_recursive):
            path = os.path.join(self.watch.path, event.src_path)
            if event.is_renamed_old:
                self._renamed = path
            elif event.is_renamed_new:
                self.queue_event(FileMovedEvent(self._renamed, path))
            elif event.is_added:
                self.queue_event(FileCreatedEvent(path))
            elif event.is_removed:
                self.queue_event(FileDeletedEvent(path))
            elif event.is_modified:
                self.queue_event(FileModifiedEvent(path))


class Emitters(DirectoryTest):
    def observe(self, path, recursive):
        observer, recorder = BaseObserver(OldEmitter), Recorder()
        self.addCleanup(self.end, observer)
        observer.schedule(recorder, path, recursive=recursive)
        observer.start()
        return observer, recorder

    def poke(self, recorder, *names):
        """Until the reads have begun, which is when a recursive watch does."""
        while not recorder.names():
            self.write(*names)
            time.sleep(0.01)
        recorder.clear()

    def test_events(self):
        self.mkdir("d")
        _, recorder = self.observe(self.directory, True)
        self.poke(recorder, "first")
        path = self.write("d", "f")
        recorder.wait_for_path(path, "created")
        recorder.wait_for_path(path, "modified")
        os.rename(path, self.path("d", "g"))
        recorder.wait_for(lambda event: event == FileMovedEvent(path, self.path("d", "g")))
        os.remove(self.path("d", "g"))
        recorder.wait_for_path(self.path("d", "g"), "deleted")

    def test_only_direct_entries(self):
        self.mkdir("d")
        _, recorder = self.observe(self.directory, False)
        self.write("d", "f")
        recorder.wait_for_path(self.write("g"), "created")
        self.assertNotIn(("FileCreatedEvent", self.path("d", "f")), recorder.names())

    def test_stop_ends_the_read(self):
        for recursive in True, False:
            observer, recorder = self.observe(self.directory, recursive)
            self.poke(recorder, "a%d" % recursive)
            emitter = next(iter(observer.emitters))
            begin = time.monotonic()
            observer.stop()
            emitter.join(DEADLINE)
            observer.join(DEADLINE)
            self.assertFalse(emitter.is_alive() or observer.is_alive())
            self.assertLess(time.monotonic() - begin, 5)

    def test_stop_at_any_moment(self):
        """Also just before the read begins: of then it is told that there is nothing."""
        told = []
        self.addCleanup(setattr, threading, "excepthook", threading.excepthook)
        threading.excepthook = told.append
        held = len(descriptors())
        for _ in range(40):
            observer = BaseObserver(OldEmitter)
            observer.schedule(Recorder(), self.directory, recursive=True)
            observer.start()
            emitter = next(iter(observer.emitters))
            observer.stop()
            emitter.join(DEADLINE)
            observer.join(DEADLINE)
            self.assertFalse(emitter.is_alive() or observer.is_alive())
        self.assertEqual(told, [])
        self.assertLessEqual(len(descriptors()), held + 2)

    def test_missing_path(self):
        observer = BaseObserver(OldEmitter)
        observer.schedule(Recorder(), self.path("gone"))
        with self.assertRaises(FileNotFoundError):
            observer.start()


class Calls(DirectoryTest):
    def open(self, path=None):
        handle = winapi.get_directory_handle(self.directory if path is None else path)
        self.addCleanup(winapi.close_directory_handle, handle)
        return handle

    def test_buffer(self):
        handle = self.open()
        os.mkdir(self.path("caf\u00e9"))
        buffer, filled = winapi.read_directory_changes(handle, False)
        self.assertEqual(len(buffer), filled)
        step, action, size = struct.unpack_from("=III", buffer)
        self.assertEqual((step, action), (0, winapi.FILE_ACTION_CREATED))
        self.assertEqual(buffer[12 : 12 + size].decode("utf-16-le"), "caf\u00e9")

    def test_names_that_are_not_utf_8(self):
        handle = self.open()
        os.mkdir(self.path("caf\udce9"))
        self.assertEqual(winapi.read_events(handle, False)[0].src_path, "caf\udce9")

    def test_what_can_be_given_as_a_path(self):
        import pathlib

        for path in self.directory, os.fsencode(self.directory), pathlib.Path(self.directory):
            handle = self.open(path)
            self.mkdir("d%d" % handle)
            self.assertTrue(winapi.read_events(handle, False)[0].is_added)

    def test_bad_paths(self):
        for path, number in (
            (self.path("gone"), errno.ENOENT),
            (self.write("file"), errno.ENOTDIR),
            ("", None),
        ):
            with self.assertRaises(OSError) as raised:
                winapi.get_directory_handle(path)
            if number is not None:
                self.assertEqual((raised.exception.errno, raised.exception.filename), (number, path))
        with self.assertRaises(ValueError):
            winapi.get_directory_handle("a\0b")

    def test_bad_handles(self):
        for handle in 0, -1, 2**64, None, "1":
            with self.assertRaises(OSError) as raised:
                winapi.read_directory_changes(handle, True)
            self.assertEqual(raised.exception.errno, errno.EBADF)
            winapi.close_directory_handle(handle)

    def test_a_closed_handle(self):
        handle = winapi.get_directory_handle(self.directory)
        winapi.close_directory_handle(handle)
        winapi.close_directory_handle(handle)
        with self.assertRaises(OSError):
            winapi.read_directory_changes(handle, True)
        self.assertEqual(winapi.read_events(handle, True), [])
        self.assertNotEqual(self.open(), handle)

    def test_closing_ends_all_reads(self):
        for recursive in True, False:
            handle = winapi.get_directory_handle(self.directory)
            results = []

            begun = threading.Semaphore(0)

            def read(handle=handle, recursive=recursive, results=results, begun=begun):
                begun.release()
                try:
                    results.append(winapi.read_directory_changes(handle, recursive))
                except OSError as error:
                    results.append(error.errno)

            readers = [threading.Thread(target=read) for _ in range(5)]
            for reader in readers:
                reader.start()
            for _ in readers:
                begun.acquire()
            # Nothing tells that a read waits. One that begins too late finds the handle closed, which is an error.
            time.sleep(0.1)
            winapi.close_directory_handle(handle)
            for reader in readers:
                reader.join(DEADLINE)
                self.assertFalse(reader.is_alive())
            self.assertEqual(len(results), 5)
            self.assertLessEqual(set(results), {(b"", 0), errno.EBADF})

    def test_more_than_fits(self):
        """What the kernel drops while a program does not run is told as an overflow."""
        with open("/proc/sys/fs/inotify/max_queued_events") as file:
            files = int(file.read()) + 1000
        program = (
            "import sys\nfrom vigil import winapi\nhandle = winapi.get_directory_handle(sys.argv[1])\n"
            "print('ready', flush=True)\ncount = 0\n"
            "while count < int(sys.argv[2]):\n"
            "    events = winapi.read_events(handle, False)\n    count += len(events)\n"
            "    if events[-1].is_overflow:\n        print('overflow')\n        break\n"
        )
        directory = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.addCleanup(shutil.rmtree, directory)
        command = [sys.executable, "-c", program, directory, str(files)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, universal_newlines=True) as child:
            self.addCleanup(child.kill)
            self.assertEqual(child.stdout.readline(), "ready\n")
            os.kill(child.pid, signal.SIGSTOP)
            for number in range(files):
                os.symlink("x", "%s/%d" % (directory, number))
            os.kill(child.pid, signal.SIGCONT)
            self.assertEqual(child.stdout.readline(), "overflow\n")

    def test_the_directory_goes(self):
        handle = self.open(self.mkdir("d"))
        os.rmdir(self.path("d"))
        seen = []
        while not seen or not seen[-1].is_removed_self:
            seen = winapi.read_events(handle, False)

    def test_damaged_buffers(self):
        def record(step, action, name, size=None):
            name = name.encode("utf-16-le")
            return struct.pack("=III", step, action, len(name) if size is None else size) + name

        self.assertEqual(winapi.parse_buffer(record(16, 1, "ab") + record(0, 2, "cd"), 32), [(1, "ab"), (2, "cd")])
        self.assertEqual(winapi.parse_buffer(b"", 0), [])
        for buffer in (
            b"\0" * 11,
            record(0, 1, "ab", 8),
            record(0, 1, "ab", 3),
            record(4, 1, "ab"),
            record(18, 1, "ab") + b"\0" * 16,
            record(16, 1, "ab"),
            record(0xFFFFFFF0, 1, "ab"),
        ):
            with self.assertRaises(ValueError, msg=repr(buffer)):
                winapi.parse_buffer(buffer, len(buffer))

    def test_event(self):
        event = winapi.WinAPINativeEvent(winapi.FILE_ACTION_RENAMED_NEW_NAME, "a")
        self.assertTrue(event.is_renamed_new)
        self.assertFalse(event.is_renamed_old or event.is_added or event.is_removed or event.is_modified)
        self.assertEqual(repr(event), "<WinAPINativeEvent: action=5, src_path='a'>")
        self.assertEqual(event, winapi.WinAPINativeEvent(5, "a"))
        self.assertNotEqual(event, winapi.WinAPINativeEvent(4, "a"))
        self.assertEqual(len({event, winapi.WinAPINativeEvent(5, "a")}), 1)


OLD_PROGRAM = """
import os, sys, threading
sys.path.insert(0, sys.argv[1])
import winapi
directory = sys.argv[2]
handle = winapi.get_directory_handle(directory)
seen = []
came = threading.Event()
def read():
    while True:
        events = winapi.read_events(handle, True)
        if not events:
            return
        seen.extend(events)
        came.set()
reader = threading.Thread(target=read)
reader.start()
number = 0
while not came.wait(0.05):
    open(os.path.join(directory, "f%d" % number), "w").close()
    number += 1
winapi.close_directory_handle(handle)
reader.join(10)
assert not reader.is_alive()
assert seen[0].is_added and seen[0].src_path.startswith("f"), seen
try:
    winapi.get_directory_handle(os.path.join(directory, "gone"))
except OSError as error:
    assert error.errno == 2, error
print("ended in %d.%d" % sys.version_info[:2])
"""


class Alone(DirectoryTest):
    """The file by itself, without the package."""

    def setUp(self):
        super().setUp()
        shutil.copy(THIS_FILE, self.mkdir("alone"))
        self.mkdir("watched")

    def run_in(self, python):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environment["VIGIL_LIBRARY"] = winapi._library._name
        return subprocess.run(
            [python, "-c", OLD_PROGRAM, self.path("alone"), self.path("watched")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            env=environment,
            timeout=60,
        ).stdout

    def test_in_this_python(self):
        self.assertEqual(self.run_in(sys.executable), "ended in %d.%d\n" % sys.version_info[:2])

    def test_in_python_2_7(self):
        """Runs there, if there is one (PYTHON27 can name it); or Jython says whether the file is one of its."""
        python = os.environ.get("PYTHON27") or shutil.which("python2.7")
        if python and not subprocess.run([python, "-c", ""], stderr=subprocess.DEVNULL).returncode:
            self.assertEqual(self.run_in(python), "ended in 2.7\n")
        elif shutil.which("jython"):
            compile_it = "import py_compile; py_compile.compile(%r, doraise=True)" % self.path("alone", "winapi.py")
            done = subprocess.run(["jython", "-c", compile_it], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((done.returncode, done.stdout), (0, b""))

    def test_has_nothing_that_python_2_7_lacks(self):
        with open(self.path("alone", "winapi.py"), encoding="utf-8") as file:
            text = file.read()
        newer = (
            ast.JoinedStr, ast.AnnAssign, ast.Nonlocal, ast.Starred, ast.YieldFrom, ast.Await, ast.AsyncFunctionDef,
            ast.NamedExpr,
        )  # fmt: skip
        for node in ast.walk(ast.parse(text)):
            where = "line %s" % getattr(node, "lineno", "?")
            self.assertNotIsInstance(node, newer, where)
            if isinstance(node, ast.arguments):
                self.assertEqual(node.kwonlyargs, [], where)
                self.assertEqual([argument.annotation for argument in node.args if argument.annotation], [], where)
            if isinstance(node, ast.FunctionDef):
                self.assertIsNone(node.returns, where)
            if isinstance(node, ast.Raise):
                self.assertIsNone(node.cause, where)
            if isinstance(node, ast.ClassDef):
                self.assertEqual(node.keywords, [], where)

    def import_with(self, library):
        done = subprocess.run(
            [sys.executable, "-c", "import sys; sys.path.insert(0, %r); import winapi" % self.path("alone")],
            stderr=subprocess.PIPE,
            universal_newlines=True,
            env=dict(os.environ, VIGIL_LIBRARY=library),
        )
        return done.stderr.splitlines()[-1]

    def test_no_library(self):
        message = self.import_with(self.path("gone.so"))
        self.assertIn("ImportError", message)
        self.assertIn("VIGIL_LIBRARY", message)

    def test_another_library(self):
        import ctypes.util

        message = self.import_with(ctypes.util.find_library("c"))
        self.assertIn("ImportError", message)
        self.assertIn("is not the library of vigil", message)


if __name__ == "__main__":
    unittest.main()
