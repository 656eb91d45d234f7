"""Observers of the drop-in: what programs rely on, and what they get wrong."""

import errno
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

from vigil.watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEventHandler,
)
from vigil.watchdog.observers import Observer
from vigil.watchdog.observers.api import (
    BaseObserver,
    EventDispatcher,
    EventEmitter,
    EventQueue,
    ObservedWatch,
)
from vigil.watchdog.observers.inotify import InotifyEmitter, InotifyObserver
from support import DEADLINE, DirectoryTest, Recorder, descriptors


class Watches(DirectoryTest):
    def test_repr_and_equality(self):
        watch = ObservedWatch("/a", recursive=True)
        self.assertEqual(repr(watch), "<ObservedWatch: path='/a', is_recursive=True>")
        self.assertEqual(watch, ObservedWatch(pathlib.Path("/a"), recursive=True))
        self.assertEqual(hash(watch), hash(ObservedWatch("/a", recursive=True)))
        self.assertNotEqual(watch, ObservedWatch("/a", recursive=False))
        self.assertNotEqual(watch, "/a")
        filtered = ObservedWatch("/a", recursive=True, event_filter=[FileMovedEvent, DirCreatedEvent])
        self.assertNotEqual(watch, filtered)
        self.assertEqual(filtered.event_filter, frozenset([FileMovedEvent, DirCreatedEvent]))
        self.assertIn("event_filter=DirCreatedEvent|FileMovedEvent", repr(filtered))

    def test_scheduling_twice_is_one_watch(self):
        observer = self.observer()
        first, second = Recorder(), Recorder()
        watch = observer.schedule(first, self.directory, recursive=True)
        self.assertEqual(observer.schedule(second, self.directory, recursive=True), watch)
        self.assertEqual(observer.schedule(first, self.directory, recursive=True), watch)
        self.assertEqual(len(observer.emitters), 1)
        observer.start()
        observer.schedule(second, self.directory, recursive=True)
        self.assertEqual(len(observer.emitters), 1)
        path = self.write("a")
        for recorder in first, second:
            recorder.wait_for_path(path, "closed")
            self.assertEqual(recorder.names().count(("FileCreatedEvent", path)), 1)

    def test_unscheduling_what_is_not_scheduled(self):
        observer, recorder = self.observe()
        watch = ObservedWatch(self.directory, recursive=False)
        with self.assertRaises(KeyError):
            observer.unschedule(watch)
        with self.assertRaises(KeyError):
            observer.remove_handler_for_watch(recorder, watch)
        known = next(iter(observer.emitters)).watch
        with self.assertRaises(KeyError):
            observer.remove_handler_for_watch(Recorder(), known)
        observer.unschedule(known)
        with self.assertRaises(KeyError):
            observer.unschedule(known)

    def test_unscheduled_and_scheduled_again(self):
        observer, recorder = self.observe()
        watch = next(iter(observer.emitters)).watch
        for number in range(20):
            observer.unschedule(watch)
            self.assertEqual(observer.emitters, set())
            self.assertEqual(observer.schedule(recorder, self.directory, recursive=True), watch)
            recorder.wait_for_path(self.write("f%d" % number), "created")
        observer.unschedule_all()
        self.write("after")
        other = Recorder()
        self.mkdir("d")
        observer.schedule(other, self.path("d"))
        other.wait_for_path(self.write("d", "x"), "closed")
        self.assertNotIn(("FileCreatedEvent", self.path("after")), recorder.names())

    def test_handlers_come_and_go(self):
        observer, first = self.observe()
        watch = next(iter(observer.emitters)).watch
        second = Recorder()
        observer.add_handler_for_watch(second, watch)
        second.wait_for_path(self.write("a"), "closed")
        observer.remove_handler_for_watch(second, watch)
        second.clear()
        first.wait_for_path(self.write("b"), "closed")
        self.assertEqual(second.names(), [])

    def test_missing_path(self):
        observer = self.observer()
        observer.schedule(Recorder(), self.path("gone"))
        with self.assertRaises(FileNotFoundError) as raised:
            observer.start()
        self.assertEqual(raised.exception.errno, errno.ENOENT)
        self.assertFalse(observer.is_alive())
        self.assertEqual(observer.emitters, set())
        # The watch that failed is given up, and the rest can still be started.
        recorder = Recorder()
        observer.schedule(recorder, self.directory)
        observer.start()
        recorder.wait_for_path(self.write("a"))
        with self.assertRaises(FileNotFoundError) as raised:
            observer.schedule(Recorder(), self.path("gone"))
        self.assertEqual((raised.exception.errno, raised.exception.filename), (errno.ENOENT, self.path("gone")))
        self.assertEqual(len(observer.emitters), 1)
        recorder.wait_for_path(self.write("b"))

    def test_what_cannot_be_watched(self):
        observer, _ = self.observe()
        os.mkfifo(self.path("pipe"))
        for path in (self.path("pipe"), "", self.write("file") + "/below", "/\0"):
            with self.assertRaises((OSError, ValueError), msg=repr(path)):
                observer.schedule(Recorder(), path)
        with self.assertRaises(TypeError):
            observer.schedule(Recorder(), 5)
        self.assertEqual(len(observer.emitters), 1)

    def test_bytes_text_and_path(self):
        for give in (os.fsencode, str, pathlib.Path):
            _, recorder = self.observe(give(self.directory))
            path = self.write(give.__name__)
            expected = os.fsencode(path) if give is os.fsencode else path
            recorder.wait_for_path(expected, "closed")
            os.rename(path, path + ".moved")
            moved = expected + (b".moved" if give is os.fsencode else ".moved")
            recorder.wait_for(lambda event: (event.src_path, event.dest_path) == (expected, moved))

    def test_names_that_are_not_utf_8(self):
        _, recorder = self.observe()
        path = self.write("caf\udce9")
        recorder.wait_for_path(path, "closed")
        watched = self.mkdir("\udcff")
        _, inner = self.observe(watched)
        inner.wait_for_path(self.write("\udcff", "new\nline"), "closed")

    def test_watches_within_each_other(self):
        """Each tells its own, also the same directory with and without what is below it."""
        self.mkdir("a", "b")
        observer = self.observer()
        recorders = {}
        for names, recursive in (
            (("a", "b"), True),
            (("a",), True),
            ((), True),
            (("",), False),
            (("a",), False),
            (("a", "b"), False),
        ):
            recorder = recorders[names, recursive] = Recorder()
            observer.schedule(recorder, self.path(*names), recursive=recursive)
        observer.start()
        self.assertEqual(descriptors().count("anon_inode:inotify"), 1)
        path = self.write("a", "b", "f")
        for (names, recursive), recorder in recorders.items():
            if recursive or names == ("a", "b"):
                recorder.wait_for_path(path, "closed")
                for event in recorder.events:
                    self.assertNotIn("/./", event.src_path)
            self.assertLessEqual(recorder.names().count(("FileCreatedEvent", path)), 1)
        last = self.write("last")
        recorders[("",), False].wait_for_path(last, "closed")
        self.assertNotIn(("FileCreatedEvent", path), recorders[("",), False].names())
        self.assertTrue(all("//" not in path for _, path in recorders[("",), False].names()))
        watch = ObservedWatch(self.path("a"), recursive=True)
        observer.unschedule(watch)
        recorders[("a",), True].clear()
        recorders[(), True].clear()
        recorders[(), True].wait_for_path(self.write("a", "b", "g"), "closed")
        self.assertEqual(recorders[("a",), True].names(), [])
        self.assertTrue(all("/./" not in path for _, path in recorders[(), True].names()))

    def test_event_filter(self):
        _, recorder = self.observe(event_filter=[FileModifiedEvent, DirCreatedEvent])
        self.write("a")
        self.mkdir("d")
        recorder.wait_for_path(self.path("d"))
        self.assertEqual(set(name for name, _ in recorder.names()), {"FileModifiedEvent", "DirCreatedEvent"})

    def test_what_version_7_adds(self):
        recorder = Recorder()
        with self.observer(compat="7") as observer:
            observer.schedule(recorder, self.directory, recursive=True, follow_symlink=True)
            self.assertTrue(observer.is_alive())
            recorder.wait_for_path(self.write("a"))
        self.assertFalse(observer.is_alive())
        with self.assertRaises(ValueError):
            Observer(compat="5")

    def test_what_vigil_adds(self):
        self.mkdir("build")
        observer = self.observer(exclude=["build/"], backend="poll")
        recorder = Recorder()
        recorder.notices = []
        recorder.on_vigil_notice = recorder.notices.append
        observer.schedule(recorder, self.directory, recursive=True)
        observer.start()
        self.write("build", "a")
        recorder.wait_for_path(self.write("b"), "created")
        self.assertFalse(any("build" in path for _, path in recorder.names()))
        self.assertIn("ready", [notice.kind for notice in recorder.notices])


class Calls(DirectoryTest):
    def test_on_the_observers_thread(self):
        observer, recorder = self.observe()
        recorder.wait_for_path(self.write("a"), "closed")
        self.assertEqual(recorder.threads, {observer})
        self.assertEqual(threading.active_count(), 2)
        self.assertTrue(all(emitter.is_alive() for emitter in observer.emitters))

    def test_a_handler_that_raises(self):
        """The next handler and the next event have their turn, and the exception is told of."""
        told = []
        self.addCleanup(setattr, threading, "excepthook", threading.excepthook)
        threading.excepthook = told.append

        class Bad(FileSystemEventHandler):
            def on_any_event(self, event):
                raise ValueError("bad handler")

            def on_created(self, event):
                raise KeyError("worse")

        observer = self.observer()
        recorder = Recorder()
        observer.schedule(Bad(), self.directory)
        observer.schedule(recorder, self.directory)
        observer.start()
        for name in "abc":
            recorder.wait_for_path(self.write(name), "closed")
        self.mkdir("d")
        recorder.wait_for_path(self.path("d"), "created")
        self.assertTrue(observer.is_alive())
        self.assertEqual({arguments.exc_type for arguments in told}, {ValueError, KeyError})
        self.assertIs(told[0].thread, observer)

    def test_methods_replaced_on_the_handler(self):
        """Many programs write handler.on_created = function, some of them after the observer has started."""
        handler = FileSystemEventHandler()
        observer = self.observer()
        observer.schedule(handler, self.directory)
        observer.start()
        seen = []
        came = threading.Event()
        self.write("a")
        handler.on_closed = lambda event: (seen.append(event.src_path), came.set())
        self.write("b")
        self.assertTrue(came.wait(DEADLINE))
        self.until(lambda: self.path("b") in seen, "no call of the replaced method")

    def test_any_object_that_can_dispatch(self):
        class Other:
            def __init__(self):
                self.came = threading.Event()

            def dispatch(self, event):
                self.came.set()

        other = Other()
        observer = self.observer()
        observer.schedule(other, self.directory)
        observer.start()
        self.write("a")
        self.assertTrue(other.came.wait(DEADLINE))

    def test_calls_of_the_observer_from_a_handler(self):
        observer = self.observer()
        inner = Recorder()

        class Follow(FileSystemEventHandler):
            def on_created(self, event):
                if event.is_directory:
                    observer.schedule(inner, event.src_path, recursive=True)

        observer.schedule(Follow(), self.directory)
        observer.start()
        self.mkdir("d")
        self.until(lambda: len(observer.emitters) == 2, "the handler scheduled nothing")
        inner.wait_for_path(self.write("d", "a"), "closed")

    def test_events_that_others_put_into_the_queue(self):
        observer, recorder = self.observe()
        emitter = next(iter(observer.emitters))
        emitter.queue_event(FileCreatedEvent("/elsewhere"))
        recorder.wait_for_path("/elsewhere")
        observer.event_queue.put((FileCreatedEvent("/again"), emitter.watch))
        recorder.wait_for_path("/again")
        recorder.wait_for_path(self.write("a"), "closed")

    def test_an_emitter_by_itself(self):
        queue = EventQueue()
        emitter = InotifyEmitter(queue, ObservedWatch(self.directory, recursive=True), event_filter=[FileCreatedEvent])
        emitter.start()
        path = self.write("a")
        event, watch = queue.get(timeout=DEADLINE)
        self.assertEqual((event, watch), (FileCreatedEvent(path), emitter.watch))
        emitter.stop()
        emitter.join(DEADLINE)
        self.assertFalse(emitter.is_alive())

    def test_own_emitters(self):
        class Clock(EventEmitter):
            def queue_events(self, timeout):
                self.queue_event(FileCreatedEvent("tick"))
                self.stopped_event.wait(0.01)

        recorder = Recorder()
        observer = BaseObserver(Clock, timeout=0.1)
        self.addCleanup(self.end, observer)
        observer.schedule(recorder, "nowhere")
        observer.start()
        recorder.wait_for_path("tick")

    def test_a_tree_that_appears_at_once(self):
        _, recorder = self.observe()
        outside = self.path() + ".outside"
        os.makedirs(outside + "/x/y")
        self.addCleanup(shutil.rmtree, outside, True)
        pathlib.Path(outside, "x", "y", "f").write_text("text")
        os.rename(outside, self.path("in"))
        recorder.wait_for_path(self.path("in", "x", "y", "f"), "created")
        with open(self.path("in", "x", "y", "f"), "a") as file:
            file.write("more")
        recorder.wait_for_path(self.path("in", "x", "y", "f"), "closed")

    def test_a_removed_directory_is_told_as_one(self):
        self.mkdir("d", "e")
        _, recorder = self.observe()
        shutil.rmtree(self.path("d"))
        recorder.wait_for_path(self.path("d"), "deleted")
        self.assertIn(("DirDeletedEvent", self.path("d", "e")), recorder.names())
        self.assertIn(("DirDeletedEvent", self.path("d")), recorder.names())

    def test_the_root_goes_and_returns(self):
        root = self.mkdir("root")
        _, recorder = self.observe(root)
        os.rmdir(root)
        recorder.wait_for(lambda event: event == DirDeletedEvent(root))
        os.mkdir(root)
        recorder.wait_for(lambda event: event == DirCreatedEvent(root))
        recorder.wait_for_path(self.write("root", "a"))

    def test_a_watched_file_is_removed_once(self):
        self.mkdir("d")
        path = self.write("d", "f")
        recorder = Recorder()
        recorder.notices = threading.Event()
        recorder.on_vigil_notice = lambda notice: notice.kind == "lost" and recorder.notices.set()
        observer = self.observer()
        observer.schedule(recorder, path)
        observer.start()
        shutil.rmtree(self.path("d"))
        self.assertTrue(recorder.notices.wait(DEADLINE))
        observer.stop()
        observer.join()
        self.assertEqual(recorder.names().count(("FileDeletedEvent", path)), 1)

    def test_overflow_is_repaired(self):
        """A program that the system did not let run for a while misses nothing in the end."""
        files = 30000  # Each is three records and more; the kernel keeps 16,384.
        program = """
import os, sys, threading
from vigil.watchdog.events import FileSystemEventHandler
from vigil.watchdog.observers import Observer
names, done = set(), threading.Event()
class Handler(FileSystemEventHandler):
    def on_created(self, event):
        names.add(event.src_path)
        if len(names) == int(sys.argv[2]):
            done.set()
    def on_vigil_notice(self, notice):
        if notice.kind == "rescan":
            print("rescan", flush=True)
observer = Observer()
observer.schedule(Handler(), sys.argv[1], recursive=True)
observer.start()
print("ready", flush=True)
print("all" if done.wait(60) else "%d of them" % len(names), flush=True)
"""
        child = subprocess.Popen(
            [sys.executable, "-c", program, self.directory, str(files)], stdout=subprocess.PIPE, universal_newlines=True
        )
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.assertEqual(child.stdout.readline(), "ready\n")
        os.kill(child.pid, signal.SIGSTOP)
        for number in range(files):
            os.close(os.open(self.path("f%d" % number), os.O_CREAT | os.O_WRONLY))
        os.kill(child.pid, signal.SIGCONT)
        lines = [child.stdout.readline()]
        while lines[-1] == "rescan\n":
            lines.append(child.stdout.readline())
        self.assertEqual(lines[-1], "all\n")
        self.assertIn("rescan\n", lines, "the test caused no overflow")


class Names(unittest.TestCase):
    def test_modules_of_other_platforms(self):
        import importlib

        for module, names in {
            "inotify": ["InotifyObserver", "InotifyEmitter", "InotifyFullEmitter"],
            "inotify_buffer": ["InotifyBuffer"],
            "inotify_c": ["Inotify", "InotifyConstants", "InotifyEvent"],
            "fsevents": ["FSEventsObserver", "FSEventsEmitter"],
            "fsevents2": ["FSEventsObserver2"],
            "kqueue": ["KqueueObserver", "KqueueEmitter"],
            "read_directory_changes": ["WindowsApiObserver", "WindowsApiEmitter"],
            "winapi": ["get_directory_handle", "read_events", "WinAPINativeEvent", "BUFFER_SIZE"],
            "polling": ["PollingObserver", "PollingObserverVFS", "PollingEmitter"],
            "api": ["DEFAULT_EMITTER_TIMEOUT", "DEFAULT_OBSERVER_TIMEOUT", "EventDispatcher"],
        }.items():
            found = importlib.import_module("vigil.watchdog.observers." + module)
            for name in names:
                self.assertTrue(hasattr(found, name), "%s.%s" % (module, name))
        self.assertIs(InotifyObserver, Observer)
        self.assertTrue(issubclass(Observer, EventDispatcher))
        InotifyObserver(timeout=2, generate_full_events=True)


if __name__ == "__main__":
    unittest.main()
