"""What the tests of the package share."""

import os
import shutil
import tempfile
import time
import unittest

import vigil

PATIENCE = 30.0


class Case(unittest.TestCase):
    """Has a directory of its own."""

    def setUp(self):
        # In memory, where there is such a place: thousands of files are made.
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="vigil-python-", dir=place)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, *names):
        with open(self.path(*names), "w") as file:
            file.write("text")
        return self.path(*names)

    def watcher(self, *paths, **options):
        """A watcher that is stopped at the end; of the directory, unless told otherwise, and with `ready` taken."""
        watcher = vigil.Watcher(*(paths or (self.folder,)), **options)
        self.addCleanup(watcher.stop)
        taken = [event.kind for event in self.take(watcher)]
        self.assertEqual([vigil.Kind.READY] * len(paths or (self.folder,)), taken)
        return watcher

    def take(self, watcher):
        """All events there are."""
        watcher.sync(PATIENCE)
        events = []
        while True:
            batch = watcher.wait(0)
            if not batch:
                return events
            events.extend(batch)

    def changes(self, watcher):
        """All events there are, as pairs of the kind and the path, without the folder."""
        return [(str(event.kind), os.fsdecode(event.path)[len(self.folder) + 1:]) for event in self.take(watcher)]


def open_descriptors():
    return len(os.listdir("/proc/self/fd"))


def threads():
    return len(os.listdir("/proc/self/task"))


def wait_until(condition):
    """Of what nothing tells: looks again until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come about")
        time.sleep(0.001)
