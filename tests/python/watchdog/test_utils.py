"""Snapshots, polling, tricks and the other utilities of the drop-in."""

import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from vigil.watchdog import tricks
from vigil.watchdog.events import DirCreatedEvent, FileCreatedEvent, FileModifiedEvent, FileMovedEvent, FileOpenedEvent
from vigil.watchdog.observers.polling import PollingObserver, PollingObserverVFS
from vigil.watchdog.utils import BaseThread, echo, load_class, load_module, platform
from vigil.watchdog.utils.bricks import SkipRepeatsQueue
from vigil.watchdog.utils.delayed_queue import DelayedQueue
from vigil.watchdog.utils.dirsnapshot import DirectorySnapshot, DirectorySnapshotDiff, EmptyDirectorySnapshot
from vigil.watchdog.utils.event_debouncer import EventDebouncer
from vigil.watchdog.utils.process_watcher import ProcessWatcher
from support import DEADLINE, DirectoryTest, Recorder


class Snapshots(DirectoryTest):
    def occupy(self, *names):
        """Keeps the inode number of what will be removed from being used again."""
        descriptor = os.open(self.path(*names), os.O_RDONLY)
        self.addCleanup(os.close, descriptor)

    def changes(self, before, **options):
        return DirectorySnapshotDiff(before, DirectorySnapshot(self.directory), **options)

    def test_snapshot(self):
        self.mkdir("d")
        path = self.write("d", "f")
        snapshot = DirectorySnapshot(self.directory)
        self.assertEqual(snapshot.paths, {self.directory, self.path("d"), path})
        self.assertTrue(snapshot.isdir(self.path("d")))
        self.assertEqual(snapshot.inode(path), (os.stat(path).st_ino, os.stat(path).st_dev))
        self.assertEqual(snapshot.path(snapshot.inode(path)), path)
        self.assertIsNone(snapshot.path((0, 0)))
        self.assertEqual(snapshot.size(path), 4)
        self.assertEqual(snapshot.mtime(path), os.stat(path).st_mtime)
        self.assertEqual(snapshot.stat_info(path), os.stat(path))
        self.assertIn(path, str(snapshot))
        self.assertEqual(DirectorySnapshot(self.directory, recursive=False).paths, {self.directory, self.path("d")})
        self.assertEqual(EmptyDirectorySnapshot().paths, set())
        self.assertIsNone(EmptyDirectorySnapshot().path((1, 1)))

    def test_differences(self):
        self.mkdir("moved")
        self.mkdir("gone")
        for names in (("kept",), ("moved", "inner"), ("renamed",), ("written",), ("gone", "f")):
            self.write(*names)
        before = DirectorySnapshot(self.directory)
        self.occupy("gone")
        self.occupy("gone", "f")
        os.rename(self.path("moved"), self.path("there"))
        os.rename(self.path("renamed"), self.path("named"))
        self.write("written", text="much more")
        os.remove(self.path("gone", "f"))
        os.rmdir(self.path("gone"))
        self.mkdir("new")
        self.write("new", "g")
        changes = self.changes(before)
        self.assertEqual(changes.dirs_moved, [(self.path("moved"), self.path("there"))])
        self.assertEqual(
            sorted(changes.files_moved),
            [
                (self.path("moved", "inner"), self.path("there", "inner")),
                (self.path("renamed"), self.path("named")),
            ],
        )
        self.assertEqual(changes.files_modified, [self.path("written")])
        self.assertEqual(changes.dirs_deleted + changes.dirs_created, [self.path("gone"), self.path("new")])
        self.assertEqual(changes.files_deleted + changes.files_created, [self.path("gone", "f"), self.path("new", "g")])
        self.assertIn(self.directory, changes.dirs_modified)
        self.assertIn("files(created=1, deleted=1, modified=1, moved=2)", repr(changes))
        self.assertEqual((DirectorySnapshot(self.directory) - before).files_modified, changes.files_modified)

    def test_everything_is_new(self):
        path = self.write("f")
        changes = self.changes(EmptyDirectorySnapshot())
        self.assertEqual((changes.files_created, changes.dirs_created), ([path], [self.directory]))

    def test_another_file_of_the_same_name(self):
        path = self.write("f")
        before = DirectorySnapshot(self.directory)
        self.occupy("f")
        os.remove(path)
        self.write("f")
        changes = self.changes(before)
        self.assertIn(path, changes.files_created)
        self.assertIn(path, changes.files_deleted)

    def test_device_numbers_that_change(self):
        path = self.write("f")

        def elsewhere(path):
            info = list(os.stat(path))
            info[2] += 1
            return os.stat_result(info)

        before = DirectorySnapshot(self.directory)
        after = DirectorySnapshot(self.directory, stat=elsewhere)
        self.assertEqual(DirectorySnapshotDiff(before, after).files_created, [path])
        self.assertEqual(DirectorySnapshotDiff(before, after, ignore_device=True).files_created, [])

    def test_a_link_to_what_is_above(self):
        self.mkdir("d")
        os.symlink("..", self.path("d", "loop"))
        os.symlink("nowhere", self.path("broken"))
        paths = DirectorySnapshot(self.directory).paths
        self.assertEqual(paths, {self.directory, self.path("d"), self.path("d", "loop")})

    def test_what_vanishes_meanwhile(self):
        self.mkdir("d")

        def listdir(path):
            if path == self.path("d"):
                raise FileNotFoundError(2, "gone", path)
            return os.listdir(path) + ["never there"]

        self.assertEqual(
            DirectorySnapshot(self.directory, listdir=listdir).paths, {self.directory, self.path("d")}
        )
        with self.assertRaises(FileNotFoundError):
            DirectorySnapshot(self.path("gone"))

    def test_context_manager(self):
        comparison = DirectorySnapshotDiff.ContextManager(self.directory)
        with comparison:
            path = self.write("f")
        self.assertEqual(comparison.diff.files_created, [path])


class Polling(DirectoryTest):
    def test_observer(self):
        observer, recorder = PollingObserver(timeout=0.05), Recorder()
        self.addCleanup(self.end, observer)
        observer.schedule(recorder, self.directory, recursive=True)
        observer.start()
        self.mkdir("d")
        path = self.write("d", "f")
        recorder.wait_for_path(path, "created")
        os.rename(path, path + "2")
        recorder.wait_for(lambda event: event == FileMovedEvent(path, path + "2"))
        self.write("d", "f2", text="longer text")
        recorder.wait_for_path(path + "2", "modified")
        os.remove(path + "2")
        recorder.wait_for_path(path + "2", "deleted")

    def test_root_that_goes(self):
        root = self.mkdir("root")
        observer, recorder = PollingObserver(timeout=0.05), Recorder()
        self.addCleanup(self.end, observer)
        observer.schedule(recorder, root)
        observer.start()
        os.rmdir(root)
        recorder.wait_for_path(root, "deleted")

    def test_missing_path(self):
        observer = PollingObserver()
        observer.schedule(Recorder(), self.path("gone"))
        with self.assertRaises(FileNotFoundError):
            observer.start()

    def test_stop_does_not_wait_for_the_interval(self):
        observer = PollingObserver(timeout=60)
        observer.schedule(Recorder(), self.directory)
        observer.start()
        begin = time.monotonic()
        observer.stop()
        observer.join(DEADLINE)
        self.assertFalse(observer.is_alive())
        self.assertLess(time.monotonic() - begin, 10)

    def test_own_file_system(self):
        tree = {"/": ["a"]}

        def stat(path):
            if path == "/" or path[1:] in tree["/"]:
                mode = 0o40755 if path == "/" else 0o100644
                return os.stat_result([mode, hash(path) & 0xFFFF, 1, 1, 0, 0, 0, 0, 0, 0])
            raise FileNotFoundError(2, "none", path)

        observer = PollingObserverVFS(stat, lambda path: list(tree[path]), polling_interval=0.05)
        self.addCleanup(self.end, observer)
        recorder = Recorder()
        observer.schedule(recorder, "/")
        observer.start()
        tree["/"].append("b")
        recorder.wait_for_path("/b", "created")


class Queues(unittest.TestCase):
    def test_repetitions_are_dropped(self):
        queue = SkipRepeatsQueue()
        for item in "aabba":
            queue.put(item)
        self.assertEqual([queue.get() for _ in range(3)], ["a", "b", "a"])
        self.assertTrue(queue.empty())
        queue.put("a")
        self.assertEqual(queue.get(), "a")
        for _ in range(4):
            queue.task_done()
        queue.join()

    def test_delayed(self):
        queue = DelayedQueue(0.2)
        begin = time.monotonic()
        queue.put("late", delay=True)
        queue.put("later")
        self.assertEqual(queue.remove(lambda item: item == "later"), "later")
        self.assertIsNone(queue.remove(lambda item: item == "later"))
        self.assertEqual(queue.get(), "late")
        self.assertGreaterEqual(time.monotonic() - begin, 0.2)
        threading.Timer(0.05, queue.close).start()
        self.assertIsNone(queue.get())

    def test_debounced(self):
        given = []
        came = threading.Event()
        debouncer = EventDebouncer(0.1, lambda events: (given.append(events), came.set()))
        debouncer.start()
        for number in range(5):
            debouncer.handle_event(number)
        self.assertTrue(came.wait(DEADLINE))
        self.assertEqual(given, [[0, 1, 2, 3, 4]])
        debouncer.handle_event(5)
        debouncer.stop()
        debouncer.join(DEADLINE)
        self.assertEqual(given[1:], [[5]])


class Various(DirectoryTest):
    def test_load(self):
        self.assertIs(load_class("os.path.join"), os.path.join)
        self.assertIs(load_module("os.path"), os.path)
        for path, error in (("x", ValueError), ("nope.X", ImportError), ("os.Nope", AttributeError)):
            with self.assertRaises(error):
                load_class(path)

    def test_thread(self):
        class Thread(BaseThread):
            def run(self):
                self.stopped_event.wait(DEADLINE)

            def on_thread_stop(self):
                self.asked = True

        thread = Thread()
        self.assertTrue(thread.daemon)
        thread.start()
        self.assertTrue(thread.should_keep_running())
        thread.stop()
        thread.join(DEADLINE)
        self.assertTrue(thread.asked and not thread.is_alive())

    def test_platform(self):
        self.assertEqual(platform.is_linux(), sys.platform == "linux")
        answers = [platform.is_linux(), platform.is_windows(), platform.is_darwin(), platform.is_bsd()]
        self.assertEqual(answers.count(True), 1)

    def test_echo(self):
        written = []

        def function(a, b=2, *rest, **named):
            return a

        self.assertEqual(echo.echo(function, written.append)(1, 3, 4, e=5), 1)
        echo.echo(function, written.append)(1)

        class Class:
            def method(self, x):
                return x

            @classmethod
            def of_class(cls):
                return cls

            @staticmethod
            def static(y):
                return y

            def __private(self):
                return 3

            def call(self):
                return self.__private()

            def __repr__(self):
                return "<it>"

        echo.echo_class(Class, written.append)
        it = Class()
        self.assertEqual((it.method(1), it.of_class(), it.static(2), it.call()), (1, Class, 2, 3))
        self.assertEqual(
            written,
            [
                "function(a=1, b=3, 4, e=5)\n",
                "function(a=1, b=2)\n",
                "method(self=<it>, x=1)\n",
                "of_class(cls=<class '%s.Various.test_echo.<locals>.Class'>)\n" % __name__,
                "static(y=2)\n",
                "call(self=<it>)\n",
                "__private(self=<it>)\n",
            ],
        )

    def test_process_watcher(self):
        for by_descriptor in True, False:
            ended = threading.Event()
            process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
            watcher = ProcessWatcher(process, ended.set)
            if not by_descriptor:
                watcher._wait_by_descriptor = lambda: False
            watcher.start()
            self.assertFalse(ended.is_set())
            process.communicate(b"\n")
            self.assertTrue(ended.wait(DEADLINE))
            watcher.join(DEADLINE)

    def test_process_watcher_that_is_stopped(self):
        ended = threading.Event()
        with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as process:
            watcher = ProcessWatcher(process, ended.set)
            watcher.start()
            watcher.stop()
            watcher.join(DEADLINE)
            self.assertFalse(watcher.is_alive())
            process.communicate(b"\n")
        self.assertFalse(ended.is_set())


class Tricks(DirectoryTest):
    def lines(self, name, count):
        """The lines of a file, once there are so many."""
        found = []

        def enough():
            if os.path.exists(self.path(name)):
                with open(self.path(name)) as file:
                    found[:] = file.read().splitlines()
            return len(found) >= count

        self.until(enough, "%d lines in %s; there are %r" % (count, name, found))
        return found

    def test_shell_command(self):
        command = "echo ${watch_event_type} ${watch_object} ${watch_src_path} ${watch_dest_path} >> "
        command += self.path("out")
        trick = tricks.ShellCommandTrick(command, patterns=["*.py"], wait_for_process=True)
        trick.dispatch(FileMovedEvent("/a.c", "/b.py"))
        trick.dispatch(DirCreatedEvent("/d.py"))
        trick.dispatch(FileCreatedEvent("/a.c"))
        trick.dispatch(FileOpenedEvent("/a.py"))
        self.assertEqual(self.lines("out", 2), ["moved file /a.c /b.py", "created directory /d.py"])

    def test_names_are_no_commands(self):
        trick = tricks.ShellCommandTrick('echo "${watch_src_path}" >> %s' % self.path("out"), wait_for_process=True)
        trick.dispatch(FileCreatedEvent("/$(touch %s)" % self.path("hacked")))
        trick.dispatch(FileCreatedEvent('/";touch %s;"' % self.path("hacked")))
        self.assertEqual(len(self.lines("out", 2)), 2)
        self.assertFalse(os.path.exists(self.path("hacked")))

    def test_dropped_while_one_runs(self):
        command = "echo x >> %s; cat > /dev/null" % self.path("out")
        read, write = os.pipe()
        trick = tricks.ShellCommandTrick("%s < /dev/fd/%d" % (command, read), drop_during_process=True)
        os.set_inheritable(read, True)
        self.addCleanup(os.close, read)
        popen = subprocess.Popen
        self.addCleanup(setattr, subprocess, "Popen", popen)
        subprocess.Popen = lambda *arguments, **options: popen(*arguments, close_fds=False, **options)
        trick.dispatch(FileCreatedEvent("/a"))
        self.assertTrue(trick.is_process_running())
        trick.dispatch(FileCreatedEvent("/b"))
        os.close(write)
        self.until(lambda: not trick.is_process_running(), "the command did not end")
        self.assertEqual(self.lines("out", 1), ["x"])
        self.until(lambda: not any(watcher.is_alive() for watcher in trick._process_watchers), "a watcher stayed")

    def auto_restart(self, command, **options):
        trick = tricks.AutoRestartTrick(["sh", "-c", command], **options)
        self.addCleanup(trick.stop)
        trick.start()
        return trick

    def test_auto_restart(self):
        out = self.path("out")
        command = "trap 'echo end >> %s; exit' TERM; echo begin >> %s; sleep 60 & wait" % (out, out)
        trick = self.auto_restart(command, stop_signal=signal.SIGTERM)
        self.lines("out", 1)
        trick.dispatch(FileModifiedEvent("/a"))
        trick.dispatch(FileOpenedEvent("/a"))
        self.assertEqual(self.lines("out", 3), ["begin", "end", "begin"])
        trick.stop()
        self.assertEqual(self.lines("out", 4)[3:], ["end"])
        self.assertEqual(trick.restart_count, 1)
        trick.dispatch(FileModifiedEvent("/a"))
        self.assertIsNone(trick.process)

    def test_one_that_does_not_end(self):
        command = "trap '' INT; echo begin >> %s; sleep 60; sleep 60" % self.path("out")
        trick = self.auto_restart(command, kill_after=0.1)
        self.lines("out", 1)
        process = trick.process
        begin = time.monotonic()
        trick.stop()
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertLess(time.monotonic() - begin, DEADLINE)

    def test_one_that_ends_by_itself(self):
        trick = self.auto_restart("echo begin >> %s" % self.path("out"))
        self.lines("out", 3)
        trick.stop()
        count = len(self.lines("out", 3))
        # At 0, 0.1, 0.3 and 0.7 seconds, and so on: not as fast as the machine can.
        self.assertLess(count, 20)
        trick = self.auto_restart("echo begin >> %s" % self.path("once"), restart_on_command_exit=False)
        trick.process.wait()
        self.assertEqual(self.lines("once", 1), ["begin"])

    def test_debounced(self):
        trick = self.auto_restart("echo begin >> %s; sleep 60" % self.path("out"), debounce_interval_seconds=0.1)
        self.lines("out", 1)
        for _ in range(10):
            trick.dispatch(FileModifiedEvent("/a"))
        self.lines("out", 2)
        trick.stop()
        self.assertEqual(trick.restart_count, 1)

    def test_refused(self):
        for options in {"kill_after": -1}, {"debounce_interval_seconds": -1}:
            with self.assertRaises(ValueError):
                tricks.AutoRestartTrick(["true"], **options)

    def test_logger(self):
        with self.assertLogs(tricks.logger, "INFO") as logged:
            tricks.LoggerTrick(patterns=["*.py"]).dispatch(FileCreatedEvent("/a.py"))
        self.assertEqual(len(logged.output), 1)
        self.assertIn("on_created(self=", logged.output[0])
        self.assertIn("event=FileCreatedEvent(src_path='/a.py'", logged.output[0])

    def test_yaml(self):
        self.assertTrue(tricks.LoggerTrick.generate_yaml().startswith("- watchdog.tricks.LoggerTrick:\n"))


if __name__ == "__main__":
    unittest.main()
