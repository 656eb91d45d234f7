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

What is found in a directory that appeared comes as synthetic, without DirModified. On Windows, where watchdog tells only what the system tells, none of the
implied DirModified is told. A DirModified is told of what is below the watch, and of the watch itself.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Dict, List, Optional, Tuple, Type

from vigil._event import Kind
from vigil.watchdog.events import (
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


def calls_of(handler: Any, event_class: Type[FileSystemEvent]) -> Calls:
    """What has to be called to dispatch an event of a class to a handler.

    Methods that do nothing, and were not replaced, are left out, so that an event nobody wants is never made.
    """
    handler_class = type(handler)
    own = getattr(handler, "__dict__", {})
    if (
        getattr(handler_class, "dispatch", None) is not FileSystemEventHandler.dispatch
        or "dispatch" in own
    ):
        return (handler.dispatch,)
    names = ("on_any_event", "on_" + event_class.event_type)
    return tuple(
        getattr(handler, name)
        for name in names
        if name in own or getattr(handler_class, name) is not getattr(FileSystemEventHandler, name)
    )


class Root:
    """A watch of an observer, as the watcher knows it, and who is to be called for what."""

    __slots__ = ("watch", "prefix", "given", "is_bytes", "recursive", "handlers", "repairing", "stamp", "calls", "dir_modified")

    def __init__(self, watch: ObservedWatch, prefix: str) -> None:
        self.watch = watch
        # What the paths of its events begin with, and what they are to begin with.
        self.prefix = prefix
        self.given = os.fsdecode(watch.path)
        self.is_bytes = isinstance(watch.path, bytes)
        self.recursive = watch.is_recursive
        # From the notice that events were lost to the one that all is told.
        self.repairing = False
        self.stamp: Optional[object] = None
        # By kind, and below that for files and for directories.
        self.calls: List[Tuple[Calls, Calls]] = []
        self.dir_modified: Calls = NOBODY

    def told(self, notice: int) -> None:
        """Of a notice about the root."""
        if notice in (Kind.RESCAN, Kind.RESTORED):
            self.repairing = True
        elif notice == Kind.LIVE:
            self.repairing = False

    def refresh(self, handlers: Any, stamp: object) -> None:
        """Works out whom to call. Valid while `stamp` is that of the batch, and no handler came or went."""
        by_class: Dict[Type[FileSystemEvent], Calls] = {}

        def calls(event_class: Type[FileSystemEvent]) -> Calls:
            if not passes(event_class, self.watch.event_filter):
                return NOBODY
            if event_class not in by_class:
                by_class[event_class] = sum((calls_of(handler, event_class) for handler in handlers), NOBODY)
            return by_class[event_class]

        self.calls = [(calls(file), calls(directory)) for file, directory in EVENT_CLASSES]
        self.dir_modified = calls(DirModifiedEvent)
        self.stamp = stamp
