"""From the watcher's batches to the calls of handlers, with as little as can be in between."""

from __future__ import annotations

import logging
import os
import threading
from itertools import repeat
from typing import Any, Callable, Dict, Iterable, List, Optional

from vigil.watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirModifiedEvent,
    FileDeletedEvent,
    FileSystemEvent,
    VigilNotice,
    generate_sub_moved_events,
)
from vigil.watchdog.observers._translate import (
    ATTRIBUTES,
    CLASSES,
    DEGRADED,
    DIRECTORY,
    ERROR,
    IMPLIES_MODIFIED,
    KIND_NAMES,
    LOST,
    MODIFIED,
    NOBODY,
    OPENED,
    RENAMED,
    RESTORED,
    SYNTHETIC,
    Calls,
    Root,
)
from vigil.watchdog.observers.api import ObservedWatch, report_exception

logger = logging.getLogger("vigil.watchdog")

_EVENT_CLASSES = list(CLASSES.values())
_SEPARATOR = os.sep
_HERE = os.sep + os.curdir


class Deliverer:
    """The roots of one watcher, and whom to call for what happens there.

    `handlers_of` gives the handlers of a watch, `keeps_running` whether calls may still start. deliver() is for one
    thread; everything else may be called from any.
    """

    def __init__(
        self,
        thread: threading.Thread,
        handlers_of: Callable[[ObservedWatch], Iterable[Any]],
        keeps_running: Callable[[], bool],
    ) -> None:
        self._thread = thread
        self._handlers_of = handlers_of
        self._keeps_running = keeps_running
        # By what the paths of their events begin with. Replaced, not changed: deliver() reads it at any time.
        self._roots: Dict[str, Root] = {}
        self._only: Optional[Root] = None

    # Roots.

    def add(self, watch: ObservedWatch) -> Root:
        """A root for a watch. Its `prefix` is how the path is to be given to the watcher."""
        root = Root(watch, self._free_spelling(os.fsdecode(watch.path)))
        self._set_roots({**self._roots, _key(root.prefix): root})
        return root

    def remove(self, root: Root) -> None:
        self._set_roots({key: other for key, other in self._roots.items() if other is not root})

    def clear(self) -> None:
        self._set_roots({})

    def handlers_changed(self, watch: ObservedWatch) -> None:
        for root in list(self._roots.values()):
            if root.watch == watch:
                root.stamp = None

    def _set_roots(self, roots: Dict[str, Root]) -> None:
        self._roots = roots
        only = next(iter(roots.values())) if len(roots) == 1 else None
        self._only = only if only is not None and only.prefix == only.given else None

    def _free_spelling(self, path: str) -> str:
        """The path, with as many `/.` before its last name as it takes for no other root's events to begin likewise.

        An event has the path it is told with and no other sign of the root it belongs to, and watches may lie within
        each other, or be for the same directory once with and once without what is below it.
        """
        spelling = path
        while any(_overlap(_key(spelling), key) for key in self._roots):
            head, name = os.path.split(spelling.rstrip(_SEPARATOR))
            spelling = os.path.join(head + _HERE if head.rstrip(_SEPARATOR) else head + os.curdir, name or os.curdir)
        return spelling

    def _root_of(self, path: str, known: Dict[str, Optional[Root]]) -> Optional[Root]:
        """The root an event belongs to; `known` remembers it for each directory. None once the root is removed."""
        roots = self._roots
        key = _key(path)
        if key in roots:
            return roots[key]
        above = []
        while True:
            cut = key.rfind(_SEPARATOR)
            if cut < 0:
                root = None
                break
            key = key[:cut]
            if key in known:
                root = known[key]
                break
            above.append(key)
            if key in roots:
                root = roots[key]
                break
        if root is not None and _HERE + _SEPARATOR in path[len(root.prefix) :]:
            root = None  # It belonged to a root within this one that is gone.
        for key in above:
            known[key] = root
        return root

    # Events.

    def deliver(self, columns: Any) -> None:
        """Calls the handlers for the events of a batch, in their order."""
        stamp = object()
        only = self._only
        known: Dict[str, Optional[Root]] = {}
        call = self._call
        modified_before = None  # The path of the event before, if that was a modification.
        flags = columns.flags or repeat(0)
        origins = columns.from_path or repeat("")
        for index, (kind, type_, flag, path, origin) in enumerate(
            zip(columns.kind, columns.type, flags, columns.path, origins)
        ):
            if kind > OPENED:
                if kind > OPENED + 1:
                    self._notice(columns, index)
                continue
            root = only or self._root_of(path, known)
            if root is None:
                continue
            if root.stamp is not stamp:
                if not self._keeps_running():
                    return
                root.refresh(self._handlers_of(root.watch), stamp)
            calls = root.calls[kind][type_ == DIRECTORY]
            implied = root.dir_modified if kind in IMPLIES_MODIFIED and not flag & SYNTHETIC else NOBODY
            if not calls and not implied:
                continue
            if kind == MODIFIED or kind == ATTRIBUTES:
                if path == modified_before:
                    continue
                modified_before = path
            else:
                modified_before = None
            if root.prefix is not root.given:
                path = root.given + path[len(root.prefix) :]
                origin = origin and root.given + origin[len(root.prefix) :]
            if calls:
                event_class = _EVENT_CLASSES[kind][type_ == DIRECTORY]
                assert event_class is not None
                if root.is_bytes:
                    call(calls, event_class(_bytes(origin or path), _bytes(path) if origin else "", flag & SYNTHETIC != 0))
                elif origin:
                    call(calls, event_class(origin, path, flag & SYNTHETIC != 0))
                else:
                    call(calls, event_class(path, "", flag & SYNTHETIC != 0))
            if implied:
                parent = _parent(path)
                if origin:
                    old_parent = _parent(origin)
                    call(implied, DirModifiedEvent(_bytes(old_parent) if root.is_bytes else old_parent))
                    if old_parent == parent:
                        parent = None
                if parent is not None:
                    call(implied, DirModifiedEvent(_bytes(parent) if root.is_bytes else parent))
            if kind == RENAMED and type_ == DIRECTORY and root.recursive:
                self._moved_below(root, origin, path)

    def _moved_below(self, root: Root, origin: str, path: str) -> None:
        for_files, for_directories = root.calls[RENAMED]
        if for_files or for_directories:
            paths = (_bytes(origin), _bytes(path)) if root.is_bytes else (origin, path)
            for event in generate_sub_moved_events(*paths):
                self._call(for_directories if event.is_directory else for_files, event)

    def _call(self, calls: Calls, event: FileSystemEvent) -> None:
        for call in calls:
            if not self._keeps_running():
                return
            try:
                call(event)
            except Exception:
                report_exception(self._thread)

    # Notices.

    def _notice(self, columns: Any, index: int) -> None:
        """Tells of what watchdog has no event for: to the log, and to handlers that have a method for it."""
        path, kind = columns.path[index], columns.kind[index]
        reason = columns.reason[index] if columns.reason else ""
        code = columns.code[index] if columns.code else 0
        root = self._root_of(path, {}) if path else None
        given = root.given + path[len(root.prefix) :] if root else path
        level = logging.WARNING if kind in (DEGRADED, ERROR) else logging.INFO
        if reason or level == logging.WARNING:
            logger.log(level, "%s: %s: %s", given or "watcher", KIND_NAMES[kind], reason)
        notice = VigilNotice(KIND_NAMES[kind], given, reason, code)
        for each in [root] if root else list(self._roots.values()):
            handlers = list(self._handlers_of(each.watch))
            calls = [handler.on_vigil_notice for handler in handlers if hasattr(handler, "on_vigil_notice")]
            self._call(tuple(calls), notice)
        if root is not None and path == root.prefix:
            self._root_changed(root, kind, columns.type[index] == DIRECTORY)

    def _root_changed(self, root: Root, kind: int, is_directory: bool) -> None:
        """The root itself went away or came back."""
        root.refresh(self._handlers_of(root.watch), None)
        if kind == LOST:
            event: FileSystemEvent = (DirDeletedEvent if is_directory else FileDeletedEvent)(root.watch.path)
            self._call(root.calls[1][is_directory], event)
        elif kind == RESTORED and is_directory:
            self._call(root.calls[0][True], DirCreatedEvent(root.watch.path))


def _key(path: str) -> str:
    return path.rstrip(_SEPARATOR)


def _overlap(one: str, other: str) -> bool:
    """Whether a path of an event may begin with both: the longer one is the shorter one and names that exist."""
    short, long = sorted((one, other), key=len)
    if one == other:
        return True
    if not long.startswith(short + _SEPARATOR):
        return False
    return _HERE + _SEPARATOR not in long[len(short) :]


def _parent(path: str) -> str:
    cut = path.rfind(_SEPARATOR)
    return path[:cut] if cut > 0 else path[: cut + 1]


def _bytes(path: str) -> bytes:
    return os.fsencode(path)
