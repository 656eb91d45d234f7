"""What the tests of the drop-in share."""

import os
import shutil
import tempfile
import threading
import time
import unittest

from vigil.watchdog.events import FileSystemEventHandler
from vigil.watchdog.observers import Observer

DEADLINE = 20.0


class Recorder(FileSystemEventHandler):
    """Keeps what it receives, and lets a test wait for it."""

    def __init__(self):
        super().__init__()
        self.events = []
        self.threads = set()
        self.changed = threading.Condition()

    def on_any_event(self, event):
        with self.changed:
            self.events.append(event)
            self.threads.add(threading.current_thread())
            self.changed.notify_all()

    def wait_for(self, predicate, what="an event"):
        """Until an event is one for which the predicate holds."""
        with self.changed:
            if not self.changed.wait_for(lambda: any(map(predicate, self.events)), DEADLINE):
                raise AssertionError("%s did not come; these did: %r" % (what, self.events))

    def wait_for_path(self, path, event_type=None):
        self.wait_for(
            lambda event: path in (event.src_path, event.dest_path) and event_type in (None, event.event_type),
            "%s of %r" % (event_type or "an event", path),
        )

    def names(self):
        with self.changed:
            return [(type(event).__name__, event.src_path) for event in self.events]

    def clear(self):
        with self.changed:
            del self.events[:]


class DirectoryTest(unittest.TestCase):
    """A directory of its own for each test, and observers that are stopped at its end."""

    def setUp(self):
        self.directory = os.path.realpath(tempfile.mkdtemp(prefix="vigil-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, *names, text="text"):
        with open(self.path(*names), "w") as file:
            file.write(text)
        return self.path(*names)

    def mkdir(self, *names):
        os.makedirs(self.path(*names))
        return self.path(*names)

    def observer(self, *arguments, **options):
        observer = Observer(*arguments, **options)
        self.addCleanup(self.end, observer)
        return observer

    def end(self, observer):
        observer.stop()
        if observer.ident is not None:
            observer.join(DEADLINE)
            self.assertFalse(observer.is_alive())

    def observe(self, path=None, recursive=True, **options):
        """A running observer of a path, and its recorder."""
        recorder = Recorder()
        observer = self.observer()
        observer.schedule(recorder, self.directory if path is None else path, recursive=recursive, **options)
        observer.start()
        return observer, recorder

    def until(self, condition, what):
        """For what no event tells of."""
        end = time.monotonic() + DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.01)


def descriptors():
    """The targets of this process's descriptors."""
    targets = []
    for number in os.listdir("/proc/self/fd"):
        try:
            targets.append(os.readlink("/proc/self/fd/" + number))
        except OSError:
            pass  # That of the listing.
    return targets
