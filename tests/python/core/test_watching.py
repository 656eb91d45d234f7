"""Events: what is told, and how paths come back."""

import os
import pathlib
import pickle
import threading
import unittest

import vigil
from support import PATIENCE, Case
from vigil import EntryType, Event, Kind


class EventsTest(Case):
    def test_every_field(self):
        watcher = self.watcher()
        one, other = self.write("one"), self.path("other")
        os.rename(one, other)
        created, *_, renamed = self.take(watcher)
        self.assertEqual((Kind.CREATED, EntryType.FILE, one), created[:3])
        self.assertIs(Kind.CREATED, created.kind)
        self.assertIs(EntryType.FILE, created.type)
        self.assertIsNone(created.from_path)
        self.assertFalse(created.synthetic or created.replaced or created.is_directory)
        self.assertEqual((0, 0, "", ""), (created.code, created.pid, created.reason, created.backend))
        self.assertAlmostEqual(os.stat(other).st_mtime, created.time, delta=60)
        self.assertEqual(created.time_ns // 10**9, int(created.time))
        self.assertEqual((Kind.RENAMED, other, one), (renamed.kind, renamed.path, renamed.from_path))
        self.assertLess(created.seq, renamed.seq)

    def test_ready_tells_its_backend(self):
        with vigil.Watcher(self.folder) as watcher:
            ready = self.take(watcher)[0]
        self.assertEqual((Kind.READY, EntryType.DIRECTORY, self.folder), ready[:3])
        self.assertTrue(ready.backend and ready.is_directory and ready.kind.is_notice)

    def test_replaced(self):
        one, other = self.write("one"), self.write("other")
        watcher = self.watcher()
        os.rename(one, other)
        self.assertTrue(self.take(watcher)[0].replaced)

    def test_an_initial_listing_is_synthetic(self):
        self.write("one")
        with vigil.Watcher(self.folder, initial=True) as watcher:
            events = self.take(watcher)
        self.assertEqual([Kind.READY, Kind.CREATED, Kind.LIVE], [event.kind for event in events])
        self.assertEqual([False, True, False], [event.synthetic for event in events])

    def test_an_event_is_immutable_small_and_equal_to_its_like(self):
        event = Event(Kind.CREATED, EntryType.FILE, "a")
        for name in ("path", "kind", "other"):
            with self.assertRaises(AttributeError):
                setattr(event, name, "b")
        self.assertFalse(hasattr(event, "__dict__"))
        self.assertEqual(event, pickle.loads(pickle.dumps(event)))
        self.assertEqual(hash(event), hash(Event(Kind.CREATED, EntryType.FILE, "a")))
        self.assertNotEqual(event, Event(Kind.CREATED, EntryType.FILE, "b"))

    def test_repr_says_what_happened(self):
        event = Event(Kind.RENAMED, EntryType.FILE, "b", "a", replaced=True)
        self.assertEqual("<Event renamed 'b' from_path='a' file replaced>", repr(event))
        event = Event(Kind.ERROR, EntryType.UNKNOWN, "", code=5, reason="why")
        self.assertEqual("<Event error '' code=5 reason='why'>", repr(event))

    def test_many_events(self):
        watcher = self.watcher(kinds=[Kind.CREATED])
        for number in range(5000):
            os.mkdir(self.path(str(number)))
        events = self.take(watcher)
        self.assertEqual([self.path(str(number)) for number in range(5000)], [event.path for event in events])
        self.assertEqual({EntryType.DIRECTORY}, {event.type for event in events})


class OptionsTest(Case):
    def test_kinds(self):
        for kinds in ([Kind.REMOVED], ["removed"], "Removed", {2 - 1}):
            watcher = self.watcher(kinds=kinds)
            os.remove(self.write("a"))
            self.assertEqual([("removed", "a")], self.changes(watcher))
            watcher.stop()

    def test_filters(self):
        watcher = self.watcher(exclude="*.o", include=["*.c", b"*.o"], kinds=["created"])
        for name in ("a.o", "a.c", "a.h"):
            self.write(name)
        self.assertEqual([("created", "a.c")], self.changes(watcher))

    def test_ignore_files_and_regular_expressions(self):
        rules = self.path("rules")
        with open(rules, "w", encoding="ascii") as file:
            file.write("*.tmp\n")
        with open(self.path(".gitignore"), "w", encoding="ascii") as file:
            file.write("*.o\n")
        watcher = self.watcher(
            ignore=True, ignore_files=rules, exclude_regex=[r"^b\.c$"], include_regex=r"\.(c|o|tmp)$", kinds=["created"]
        )
        for name in ("a.o", "a.c", "b.c", "c.tmp", "a.h"):
            self.write(name)
        self.assertEqual([("created", "a.c")], self.changes(watcher))
        with self.assertRaises(ValueError):
            vigil.Watcher(self.folder, exclude_regex="(")

    def test_not_recursive(self):
        os.mkdir(self.path("sub"))
        watcher = self.watcher(recursive=False, kinds=["created"])
        self.write("sub", "a")
        self.write("b")
        self.assertEqual([("created", "b")], self.changes(watcher))

    def test_settle_gives_net_effects(self):
        watcher = self.watcher(settle=1000, max_latency=float("inf"))
        self.write("a")
        os.remove(self.write("b"))
        self.assertEqual([("created", "a")], self.changes(watcher))

    def test_await_missing(self):
        watcher = vigil.Watcher(self.path("later"), await_missing=True)
        self.addCleanup(watcher.stop)
        self.assertEqual([Kind.READY, Kind.LOST], [event.kind for event in self.take(watcher)])

    def test_the_backend_is_chosen(self):
        with vigil.Watcher(self.folder, backend="poll") as watcher:
            self.assertEqual("poll", self.take(watcher)[0].backend)

    def test_isolation_finds_its_helper(self):
        with vigil.Watcher(self.folder, isolation=True) as watcher:
            ready = self.take(watcher)[0]
            self.assertTrue(ready.backend.startswith("isolated/"), ready)
            self.write("a")
            self.assertIn(("created", "a"), self.changes(watcher))

    def test_stats(self):
        watcher = self.watcher()
        self.write("a")
        watcher.sync()
        stats = watcher.stats()
        self.assertEqual(1, stats.roots)
        self.assertGreater(stats.queued_events, 0)
        self.assertGreaterEqual(stats.events, stats.queued_events)

    def test_remove(self):
        watcher = self.watcher()
        watcher.remove(self.folder)
        self.write("a")
        self.assertEqual([], self.changes(watcher))


class PathsTest(Case):
    def test_text_gives_text_and_bytes_give_bytes(self):
        for given in (self.folder, os.fsencode(self.folder)):
            watcher = self.watcher(given, kinds=["created", "renamed"])
            self.write("a")
            os.rename(self.path("a"), self.path("b"))
            created, renamed = self.take(watcher)
            self.assertEqual(os.path.join(given, b"a" if isinstance(given, bytes) else "a"), created.path)
            self.assertIs(type(given), type(renamed.from_path))
            watcher.stop()
            os.remove(self.path("b"))

    def test_a_path_object_gives_text(self):
        watcher = self.watcher(pathlib.Path(self.folder), kinds=["created"])
        self.write("a")
        self.assertEqual(self.path("a"), self.take(watcher)[0].path)
        watcher.remove(pathlib.Path(self.folder))

    def test_each_root_in_its_own_kind(self):
        os.mkdir(self.path("text"))
        os.mkdir(self.path("bytes"))
        watcher = self.watcher(self.path("text"), os.fsencode(self.path("bytes")), kinds=["created"])
        one, other = self.write("text", "a"), self.write("bytes", "a")
        self.assertEqual({one, os.fsencode(other)}, {event.path for event in self.take(watcher)})

    def test_names_that_are_no_text_survive(self):
        name = b"\xff\xfe\n\xc3\xa9"
        watcher = self.watcher(kinds=["created"])
        os.mkdir(os.path.join(os.fsencode(self.folder), name))
        path = self.take(watcher)[0].path
        self.assertEqual(name, os.fsencode(path)[len(self.folder) + 1:])
        self.assertTrue(os.path.isdir(path))

    def test_a_root_with_surrogate_escapes(self):
        root = os.path.join(self.folder, os.fsdecode(b"\xff"))
        os.mkdir(root)
        watcher = self.watcher(root, kinds=["created"])
        with open(os.path.join(root, "a"), "w"):
            pass
        self.assertEqual([os.path.join(root, "a")], [event.path for event in self.take(watcher)])

    def test_a_file_as_root(self):
        path = self.write("a")
        watcher = self.watcher(path)
        self.write("a")
        self.write("b")
        self.assertEqual({path}, {event.path for event in self.take(watcher)})


class LoopsTest(Case):
    def test_watch_begins_at_once_and_ends_with_its_loop(self):
        batches = vigil.watch(self.folder, kinds=["created"])
        self.write("a")
        seen = []
        for batch in batches:
            seen.extend(event.path for event in batch if event.kind == Kind.CREATED)
            if seen:
                break
        batches.close()
        self.assertEqual([self.path("a")], seen)
        self.assertEqual([], list(batches))

    def test_watch_ends_by_its_event(self):
        event = threading.Event()
        batches = vigil.watch(self.folder, stop_event=event)
        next(batches)
        event.set()
        self.assertEqual([], list(batches))

    def test_a_watcher_is_a_loop_of_batches(self):
        with vigil.Watcher(self.folder) as watcher:
            for batch in watcher:
                self.assertEqual(Kind.READY, batch[0].kind)
                watcher.stop()
        self.assertTrue(watcher.closed)

    def test_a_batch_is_a_tuple(self):
        with vigil.Watcher(self.folder) as watcher:
            batch = watcher.wait(PATIENCE)
            self.assertIsInstance(batch, tuple)
            self.assertEqual((1, batch[0]), (len(batch), next(iter(batch))))
            self.assertEqual((), watcher.wait(0))
            self.assertIn("ready", repr(batch))


if __name__ == "__main__":
    unittest.main()
