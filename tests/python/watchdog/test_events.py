"""Events, handlers and patterns of the drop-in."""

import copy
import dataclasses
import logging
import os
import pickle
import random
import re
import sys
import unittest
from pathlib import PurePosixPath, PureWindowsPath

import vigil.watchdog
from vigil.watchdog import events
from vigil.watchdog.events import (
    DirCreatedEvent,
    DirModifiedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileOpenedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
    FileSystemMovedEvent,
    LoggingEventHandler,
    PatternMatchingEventHandler,
    RegexMatchingEventHandler,
)
from vigil.watchdog.utils.patterns import filter_paths, match_any_paths
from support import DirectoryTest

CLASSES = {
    "FileCreatedEvent": ("created", False),
    "FileDeletedEvent": ("deleted", False),
    "FileModifiedEvent": ("modified", False),
    "FileMovedEvent": ("moved", False),
    "FileClosedEvent": ("closed", False),
    "FileClosedNoWriteEvent": ("closed_no_write", False),
    "FileOpenedEvent": ("opened", False),
    "DirCreatedEvent": ("created", True),
    "DirDeletedEvent": ("deleted", True),
    "DirModifiedEvent": ("modified", True),
    "DirMovedEvent": ("moved", True),
}


class Events(unittest.TestCase):
    def test_classes(self):
        for name, (event_type, is_directory) in CLASSES.items():
            event = getattr(events, name)("/a", "/b", is_synthetic=True)
            self.assertIsInstance(event, FileSystemEvent)
            self.assertEqual(event.event_type, event_type)
            self.assertEqual(event.is_directory, is_directory)
            self.assertEqual((event.src_path, event.dest_path, event.is_synthetic), ("/a", "/b", True))
        self.assertIsInstance(FileMovedEvent("/a", "/b"), FileSystemMovedEvent)
        self.assertIsInstance(DirMovedEvent("/a", "/b"), FileSystemMovedEvent)

    def test_defaults(self):
        event = FileCreatedEvent("/a")
        self.assertEqual((event.dest_path, event.is_synthetic), ("", False))

    def test_repr(self):
        self.assertEqual(
            repr(FileMovedEvent("/a", "/b")),
            "FileMovedEvent(src_path='/a', dest_path='/b', event_type='moved', is_directory=False, is_synthetic=False)",
        )
        self.assertIn("src_path=b'/a'", repr(FileCreatedEvent(b"/a")))

    def test_equality_and_hash(self):
        self.assertEqual(FileCreatedEvent("/a"), FileCreatedEvent("/a"))
        self.assertEqual(hash(FileCreatedEvent("/a")), hash(FileCreatedEvent("/a")))
        for other in (
            FileCreatedEvent("/b"),
            FileCreatedEvent("/a", is_synthetic=True),
            FileCreatedEvent(b"/a"),
            DirCreatedEvent("/a"),
            FileDeletedEvent("/a"),
            "/a",
        ):
            self.assertNotEqual(FileCreatedEvent("/a"), other)
        self.assertEqual(len({FileCreatedEvent("/a"), FileCreatedEvent("/a"), DirCreatedEvent("/a")}), 2)

    def test_is_a_dataclass(self):
        event = FileMovedEvent("/a", "/b")
        names = ["src_path", "dest_path", "event_type", "is_directory", "is_synthetic"]
        self.assertEqual([field.name for field in dataclasses.fields(event)], names)
        self.assertEqual(dataclasses.asdict(event)["event_type"], "moved")
        self.assertEqual(dataclasses.replace(event, src_path="/c"), FileMovedEvent("/c", "/b"))

    def test_can_be_changed_copied_and_pickled(self):
        event = FileCreatedEvent("/a")
        event.src_path = "/b"
        event.mine = 1
        self.assertEqual(copy.copy(event), FileCreatedEvent("/b"))
        self.assertEqual(pickle.loads(pickle.dumps(event)), event)


class Handlers(unittest.TestCase):
    def test_dispatch(self):
        calls = []

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event):
                calls.append(("any", event.event_type))

        for event_type, _ in CLASSES.values():
            name = "on_" + event_type
            setattr(Handler, name, lambda self, event, name=name: calls.append((name, event.event_type)))
        for name, (event_type, _) in CLASSES.items():
            del calls[:]
            Handler().dispatch(getattr(events, name)("/a"))
            self.assertEqual(calls, [("any", event_type), ("on_" + event_type, event_type)])

    def test_own_types_of_events(self):
        class Handler(FileSystemEventHandler):
            def on_reviewed(self, event):
                self.seen = event

        class Reviewed(FileSystemEvent):
            event_type = "reviewed"

        handler = Handler()
        handler.dispatch(Reviewed("/a"))
        self.assertEqual(handler.seen, Reviewed("/a"))

    def received(self, handler, *candidates):
        seen = []
        handler.on_any_event = seen.append
        for event in candidates:
            handler.dispatch(event)
        return [event.src_path for event in seen]

    def test_patterns(self):
        handler = PatternMatchingEventHandler(patterns=["*.py", "*.TXT"], ignore_patterns=["*/no*"])
        events = [FileCreatedEvent(path) for path in ("/a/b.py", "/a/no.py", "/a/b.c", "/a/b.txt", b"/a/c.py")]
        self.assertEqual(self.received(handler, *events), ["/a/b.py", "/a/b.txt", b"/a/c.py"])
        self.assertEqual(handler.patterns, ["*.py", "*.TXT"])
        self.assertEqual(handler.ignore_patterns, ["*/no*"])
        self.assertFalse(handler.case_sensitive)
        self.assertFalse(handler.ignore_directories)

    def test_patterns_of_moves(self):
        handler = PatternMatchingEventHandler(patterns=["*.py"], case_sensitive=True, ignore_directories=True)
        moves = [FileMovedEvent("/a.c", "/a.py"), FileMovedEvent("/b.py", "/b.c"), FileMovedEvent("/c.PY", "/c.c")]
        self.assertEqual(self.received(handler, *moves, DirCreatedEvent("/d.py")), ["/a.c", "/b.py"])

    def test_without_patterns_everything_matches(self):
        self.assertEqual(self.received(PatternMatchingEventHandler(), FileCreatedEvent("/a")), ["/a"])
        self.assertIsNone(PatternMatchingEventHandler().patterns)

    def test_conflict(self):
        handler = PatternMatchingEventHandler(patterns=["*.py"], ignore_patterns=["*.py"])
        with self.assertRaisesRegex(ValueError, "conflicting patterns"):
            handler.dispatch(FileCreatedEvent("/a.py"))

    def test_expressions(self):
        handler = RegexMatchingEventHandler(regexes=[r".*\.py$"], ignore_regexes=[r".*/no[^/]*$"])
        events = [FileCreatedEvent(path) for path in ("/b.PY", "/no.py", "/b.c", b"/c.py")]
        self.assertEqual(self.received(handler, *events, FileMovedEvent("/x", "/y.py")), ["/b.PY", b"/c.py", "/x"])
        self.assertEqual(handler.regexes, [re.compile(r".*\.py$", re.IGNORECASE)])
        strict = RegexMatchingEventHandler(regexes=r".*\.py$", case_sensitive=True, ignore_directories=True)
        self.assertEqual(self.received(strict, FileCreatedEvent("/b.PY"), DirCreatedEvent("/d.py")), [])
        self.assertEqual(strict.regexes, [re.compile(r".*\.py$")])
        self.assertEqual(self.received(RegexMatchingEventHandler(), FileCreatedEvent("/a")), ["/a"])

    def test_logging(self):
        logger = logging.getLogger("vigil.test")
        with self.assertLogs(logger, logging.INFO) as logged:
            handler = LoggingEventHandler(logger=logger)
            for event in (
                FileCreatedEvent("/a"),
                DirModifiedEvent("/"),
                FileMovedEvent("/a", "/b"),
                FileDeletedEvent("/b"),
                FileClosedEvent("/a"),
                FileClosedNoWriteEvent("/a"),
                FileOpenedEvent("/a"),
            ):
                handler.dispatch(event)
        self.assertEqual(
            [record.getMessage() for record in logged.records],
            [
                "Created file: /a",
                "Modified directory: /",
                "Moved file: from /a to /b",
                "Deleted file: /b",
                "Closed modified file: /a",
                "Closed read file: /a",
                "Opened file: /a",
            ],
        )
        self.assertIs(LoggingEventHandler().logger, logging.root)


class SubEvents(DirectoryTest):
    def test_created(self):
        self.mkdir("d", "e")
        self.write("d", "f")
        self.write("d", "e", "g")
        found = list(events.generate_sub_created_events(self.path("d")))
        self.assertEqual([event.src_path for event in found], [self.path("d", n) for n in ("e", "f", "e/g")])
        self.assertEqual([event.is_directory for event in found], [True, False, False])
        self.assertTrue(all(event.is_synthetic and event.event_type == "created" for event in found))

    def test_moved(self):
        self.mkdir("d", "e")
        self.write("d", "e", "g")
        for path, source in ((self.path("d"), "/old"), (os.fsencode(self.path("d")), b"/old")):
            tail = "/e/g" if isinstance(path, str) else b"/e/g"
            found = list(events.generate_sub_moved_events(source, path))
            self.assertEqual(found[1], FileMovedEvent(source + tail, path + tail, is_synthetic=True))
        self.assertEqual(next(events.generate_sub_moved_events("", self.path("d"))).src_path, "")
        self.assertEqual(list(events.generate_sub_moved_events("/old", self.path("gone"))), [])


class Patterns(unittest.TestCase):
    def test_as_pathlib(self):
        """What match_any_paths() works out once is what PurePath.match() says each time."""
        chosen = random.Random(7)
        names = ["a", "B", "ab", "a.py", "b.PY", ".x", "..", "[", "a b", "*", "\udce9"]
        pieces = ["*", "a*", "*.py", "?", "[ab]", "[!a]*", "**", "a.py", ".", "*b", "B"]
        compared = 0
        for _ in range(4000):
            path = chosen.choice(["", "/", "//", "./"]) + "/".join(chosen.choices(names, k=chosen.randint(1, 4)))
            pattern = chosen.choice(["", "/", "*/"]) + "/".join(chosen.choices(pieces, k=chosen.randint(1, 3)))
            path += chosen.choice(["", "", "/"])
            for case_sensitive, flavour in ((True, PurePosixPath), (False, PureWindowsPath)):
                if sys.version_info >= (3, 12) and flavour(path).anchor:
                    # Since then `*` does not match the root, the drive or the share. Ours always does, as before.
                    continue
                try:
                    expected = flavour(path).match(pattern)
                except ValueError:
                    with self.assertRaises(ValueError):
                        match_any_paths([path], [pattern], None, case_sensitive)
                    continue
                actual = match_any_paths([path], [pattern], None, case_sensitive)
                self.assertEqual(actual, expected, (path, pattern, flavour))
                compared += 1
        self.assertGreater(compared, 2000)

    def test_lists(self):
        paths = ["/a/b.py", "/a/c.txt", "/a/d.py"]
        self.assertEqual(list(filter_paths(paths, ["*.py"], ["*/d*"])), ["/a/b.py"])
        self.assertEqual(list(filter_paths(paths)), paths)
        self.assertEqual(list(filter_paths(paths, [])), [])
        self.assertTrue(match_any_paths(paths, included_patterns=["*.txt"]))
        self.assertFalse(match_any_paths(paths, excluded_patterns=["*"], included_patterns=["*.*"]))
        with self.assertRaises(ValueError):
            match_any_paths(paths, [""])

    def test_version_7(self):
        """The whole path has to match, and ** is any number of directories."""
        cases = [
            ("/a/b/c.py", "*.py", False),
            ("c.py", "*.py", True),
            ("/a/b/c.py", "**/*.py", True),
            ("/a/b/c.py", "/a/**", True),
            ("/a/b/c.py", "/a/**/c.py", True),
            ("/a/c.py", "/a/**/c.py", True),
            ("/a/b/c.py", "/a/*/c.py", True),
            ("/a/b/c.py", "b/c.py", False),
            ("/a/b/c.py", "/**/**/x", False),
        ]
        for path, pattern, expected in cases:
            self.assertEqual(match_any_paths([path], [pattern], compat="7"), expected, (path, pattern))
        handler = PatternMatchingEventHandler(patterns=["*.py"], compat="7")
        seen = []
        handler.on_any_event = seen.append
        handler.dispatch(FileCreatedEvent("/a/b.py"))
        self.assertEqual(seen, [])

    def test_many_stars_take_no_time(self):
        self.assertFalse(match_any_paths(["/" + "a/" * 200], ["/" + "**/a/" * 60 + "b"], compat="7"))

    def test_compat(self):
        self.assertEqual(vigil.watchdog.get_compat(), "6")
        self.addCleanup(vigil.watchdog.set_compat, "6")
        vigil.watchdog.set_compat("7")
        self.assertFalse(match_any_paths(["/a/b.py"], ["*.py"]))
        self.assertTrue(match_any_paths(["/a/b.py"], ["*.py"], compat="6"))
        with self.assertRaises(ValueError):
            vigil.watchdog.set_compat("8")
        with self.assertRaises(ValueError):
            match_any_paths(["a"], compat="5")


if __name__ == "__main__":
    unittest.main()
