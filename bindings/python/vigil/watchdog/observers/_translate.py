"""From vigil's events to watchdog's.

What a kind of event is told as, on Linux (the order is watchdog's):

    created     FileCreated or DirCreated; then DirModified of the directory it is in
    removed     FileDeleted or DirDeleted; then DirModified of the directory it was in
    renamed     FileMoved or DirMoved; then DirModified of both directories; then a synthetic moved event for each entry
                of a directory that moved
    modified    FileModified or DirModified
    attributes  the same
    opened      FileOpened
    closed      FileClosed; then DirModified of the directory it is in

What is found in a directory that appeared comes as synthetic, without DirModified. On Windows, where watchdog tells
only what the system tells, none of the implied DirModified is told.
"""

from __future__ import annotations

import os
import sys
from operator import attrgetter
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple, Type

from vigil._event import Kind
from vigil.watchdog.events import (
    AnyPath,
    DirCreatedEvent,
    DirDeletedEvent,
    DirModifiedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileOpenedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
    passes,
)
from vigil.watchdog.observers.api import ObservedWatch

Call = Callable[[FileSystemEvent], Any]
Calls = Tuple[Call, ...]

# Plain numbers, as in the columns: a comparison with these costs less than with a Kind.
CREATED, REMOVED, RENAMED, MODIFIED, ATTRIBUTES, CLOSED, OPENED = range(7)
DIRECTORY = 2  # A type.
SYNTHETIC = 1  # A flag.

# By kind: the class for what is no directory, and for a directory.
EVENT_CLASSES: Tuple[Tuple[Type[FileSystemEvent], Type[FileSystemEvent]], ...] = (
    (FileCreatedEvent, DirCreatedEvent),
    (FileDeletedEvent, DirDeletedEvent),
    (FileMovedEvent, DirMovedEvent),
    (FileModifiedEvent, DirModifiedEvent),
    (FileModifiedEvent, DirModifiedEvent),
    (FileClosedEvent, FileClosedEvent),
    (FileOpenedEvent, FileOpenedEvent),
)
# The kinds after which the directory is told as modified.
IMPLIES_MODIFIED = frozenset() if sys.platform == "win32" else frozenset((CREATED, REMOVED, RENAMED, CLOSED))

NOBODY: Calls = ()


_METHODS = (
    "dispatch",
    "on_any_event",
    "on_moved",
    "on_deleted",
    "on_created",
    "on_modified",
    "on_closed",
    "on_closed_no_write",
    "on_opened",
)
_methods_of = attrgetter(*_METHODS)
_methods_unchanged = frozenset(_METHODS).isdisjoint


def calls_of(handler: Any, event_class: Type[FileSystemEvent]) -> Calls:
    """What has to be called to dispatch an event of a class to a handler.

    Methods that do nothing, and were not replaced, are left out, so that an event nobody wants is never made.
    """
    handler_class = type(handler)
    own = getattr(handler, "__dict__", {})
    if getattr(handler_class, "dispatch", None) is not FileSystemEventHandler.dispatch or "dispatch" in own:
        return (handler.dispatch,)
    names = ("on_any_event", "on_" + event_class.event_type)
    return tuple(
        getattr(handler, name)
        for name in names
        if name in own or getattr(handler_class, name) is not getattr(FileSystemEventHandler, name)
    )


def methods_of(handler: Any) -> object:
    """What calls_of() depends on, as something to compare: programs replace methods of handlers at any time."""
    if isinstance(handler, FileSystemEventHandler):
        own = handler.__dict__
        if _methods_unchanged(own):
            return id(handler), _methods_of(type(handler))
        return id(handler), _methods_of(type(handler)), [own.get(name) for name in _METHODS]
    return id(handler), getattr(handler, "dispatch", None)


# Whom to call for an event of a file, whom for the DirModified that follows, and the class of the event.
Plan = Tuple[Calls, Calls, Type[FileSystemEvent]]


class Root:
    """A watch of an observer, as the watcher knows it, and who is to be called for what."""

    __slots__ = (
        "watch",
        "prefix",
        "given",
        "is_bytes",
        "plain",
        "recursive",
        "repairing",
        "is_gone",
        "modified",
        "stamp",
        "methods",
        "calls",
        "dir_modified",
        "plans",
    )

    def __init__(self, watch: ObservedWatch, prefix: str) -> None:
        self.watch = watch
        # What the paths of its events begin with, and what they are to begin with.
        self.prefix = prefix
        given = os.fsdecode(watch.path)
        if prefix == given:
            given = prefix
        elif not prefix.endswith(os.sep):
            given = given.rstrip(os.sep)
        self.given = given
        self.is_bytes = isinstance(watch.path, bytes)
        # Paths can be given on as they come, and have a directory.
        self.plain = self.prefix is self.given and not self.is_bytes and os.sep in given
        self.recursive = watch.is_recursive
        # From the notice that events were lost to the one that all is told.
        self.repairing = False
        # A watched file that was told as removed; of a directory only notices speak.
        self.is_gone = False
        # The path of the event before in the batch, if that was a modification.
        self.modified: Optional[str] = None
        self.stamp: Optional[object] = None
        self.methods: Optional[List[object]] = None
        # By kind, and below that for files and for directories.
        self.calls: List[Tuple[Calls, Calls]] = []
        self.dir_modified: Calls = NOBODY
        # By kind; None where nobody is to be called.
        self.plans: List[Optional[Plan]] = []

    def native(self, path: str) -> AnyPath:
        """A path in the type that the watch was given in."""
        return os.fsencode(path) if self.is_bytes else path

    def told(self, notice: int, is_directory: bool) -> None:
        """Of a notice about the root, and what it is."""
        if notice == Kind.READY and not is_directory:
            self.plain = False
        if notice in (Kind.RESCAN, Kind.RESTORED):
            self.repairing = True
        elif notice == Kind.LIVE:
            self.repairing = False

    def refresh(self, handlers: Iterable[Any], stamp: Optional[object]) -> None:
        """Works out whom to call. Valid while `stamp` is that of the batch, and no handler came or went."""
        self.stamp = stamp
        handlers = list(handlers)
        methods = [methods_of(handler) for handler in handlers]
        if methods == self.methods:
            return
        self.methods = methods
        by_class: Dict[Type[FileSystemEvent], Calls] = {}

        def calls(event_class: Type[FileSystemEvent]) -> Calls:
            if not passes(event_class, self.watch.event_filter):
                return NOBODY
            if event_class not in by_class:
                by_class[event_class] = sum((calls_of(handler, event_class) for handler in handlers), NOBODY)
            return by_class[event_class]

        self.calls = [(calls(file), calls(directory)) for file, directory in EVENT_CLASSES]
        self.dir_modified = calls(DirModifiedEvent)
        self.plans = [self._plan(kind) for kind in range(len(EVENT_CLASSES))]

    def _plan(self, kind: int) -> Optional[Plan]:
        implied = self.dir_modified if kind in IMPLIES_MODIFIED else NOBODY
        if not self.calls[kind][False] and not implied:
            return None
        return self.calls[kind][False], implied, EVENT_CLASSES[kind][False]


def parent_of(path: str) -> str:
    """The directory of a path, as os.path.dirname() says it where paths are as vigil gives them."""
    cut = path.rfind(os.sep)
    return path[:cut] if cut > 0 else path[: cut + 1]
