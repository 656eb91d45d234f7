"""From the watcher's batches to the calls of handlers, with as little as can be in between."""

from __future__ import annotations

import logging
import os
import threading
from itertools import count, repeat
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Set, Tuple, Type

from vigil._event import Columns, Kind
from vigil._forks import renew_locks_in_child
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
    CLOSED,
    CREATED,
    EVENT_CLASSES,
    DIRECTORY,
    IMPLIES_MODIFIED,
    MODIFIED,
    NOBODY,
    OPENED,
    REMOVED,
    RENAMED,
    SYNTHETIC,
    Root,
    parent_of,
)
from vigil.watchdog.observers.api import ObservedWatch, report_exception

logger = logging.getLogger("vigil.watchdog")

# Without the call of its __init__: what that sets beside the path, the class has.
new_event: Callable[[Type[FileSystemEvent]], FileSystemEvent] = object.__new__

_SEPARATOR = os.sep
_HERE = os.sep + os.curdir


class Deliverer:
    """The roots of one watcher, and whom to call for what happens there.

    `handlers_of` gives the handlers of a watch. Once `running` is False no call starts any more. deliver() is for one
    thread; everything else may be called from any.
    """

    def __init__(self, thread: threading.Thread, handlers_of: Callable[[ObservedWatch], Iterable[Any]]) -> None:
        self.running = True
        self._thread = thread
        self._handlers_of = handlers_of
        self._make_locks()  # For the changes of what follows.
        renew_locks_in_child(self)
        # By what the paths of their events begin with. Replaced, not changed: deliver() reads it at any time.
        self._roots: Dict[str, Root] = {}
        self._only: Optional[Root] = None
        self._by_watch: Dict[ObservedWatch, Root] = {}
        # The directories above those, each with the number of roots below it.
        self._above: Dict[str, int] = {}
        # Directories that appeared of late, of which the entries may still come.
        self._appeared: Set[Tuple[Root, str]] = set()

    def _make_locks(self) -> None:
        self._lock = threading.Lock()

    # Roots.

    def add(self, watch: ObservedWatch) -> Root:
        """A root for a watch. Its `prefix` is how the path is to be given to the watcher."""
        with self._lock:
            root = Root(watch, self._free_spelling(os.fsdecode(watch.path)))
            key = _key(root.prefix)
            for above in _above(key):
                self._above[above] = self._above.get(above, 0) + 1
            self._by_watch[watch] = root
            self._set_roots({**self._roots, key: root})
            return root

    def remove(self, root: Root) -> None:
        with self._lock:
            key = _key(root.prefix)
            if self._roots.get(key) is not root:
                return
            for above in _above(key):
                self._above[above] -= 1
                if not self._above[above]:
                    del self._above[above]
            del self._by_watch[root.watch]
            self._set_roots({other: found for other, found in self._roots.items() if other != key})

    def clear(self) -> None:
        with self._lock:
            self._above.clear()
            self._by_watch.clear()
            self._set_roots({})

    def handlers_changed(self, watch: ObservedWatch) -> None:
        root = self._by_watch.get(watch)
        if root is not None:
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
        while path and self._is_taken(_key(spelling)):
            head, name = os.path.split(_key(spelling))
            spelling = os.path.join(head, os.curdir, name) if name else spelling + os.curdir + _SEPARATOR
        return spelling

    def _is_taken(self, key: str) -> bool:
        """Whether the path of an event may begin with this as well as with a root."""
        return key in self._roots or key in self._above or any(above in self._roots for above in _above(key))

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

    def deliver(self, columns: Columns) -> None:
        """Calls the handlers for the events of a batch, in their order."""
        stamp = object()
        only = self._only
        known: Dict[str, Optional[Root]] = {}
        kinds, flags = columns.kinds(), columns.flags()
        paths, froms = columns.paths(), columns.froms()
        rows = zip(count(), kinds, columns.types(), flags or repeat(0), paths, froms or repeat(""))
        if not self.running:
            return
        for index, kind, type_, flag, path, origin in rows:
            if kind > OPENED:
                self._notice(columns, index, kind, type_ == DIRECTORY, path)
                continue
            root = only or self._root_of(path, known)
            if root is None:
                continue
            if root.stamp is not stamp:
                root.refresh(self._handlers_of(root.watch), stamp)
                root.modified = None
            plan = root.plans[kind]
            if plan is None and type_ != DIRECTORY:
                continue
            if kind == MODIFIED or kind == ATTRIBUTES:
                if path == root.modified or (flag and not root.repairing and _told_before(kinds, paths, index)):
                    continue
                root.modified = path
            else:
                root.modified = None
            if plan is None or origin or flag or type_ == DIRECTORY or not root.plain:
                self._deliver_one(root, kind, type_ == DIRECTORY, flag, path, origin)
                if not self.running:
                    return
                continue

            # Most events. What _deliver_one() does as well, without a call that is not the handler's: it counts.
            calls, implied, event_class = plan
            if calls:
                event = new_event(event_class)
                event.src_path = path
                for call in calls:
                    try:
                        call(event)
                    except Exception:
                        report_exception(self._thread)
                    if not self.running:
                        return
            if implied:
                event = new_event(DirModifiedEvent)
                cut = path.rfind(_SEPARATOR)
                event.src_path = path[:cut] or path[:1]
                for call in implied:
                    try:
                        call(event)
                    except Exception:
                        report_exception(self._thread)
                    if not self.running:
                        return
        if self._appeared and not (flags and SYNTHETIC in flags):
            self._appeared.clear()

    def _deliver_one(self, root: Root, kind: int, is_directory: bool, flag: int, path: str, origin: str) -> None:
        """Any event that is a change."""
        if root.prefix is not root.given:
            path = root.given + path[len(root.prefix) :]
            origin = origin and root.given + origin[len(root.prefix) :]
        if path == root.given:
            root.is_gone = kind == REMOVED
        implied = root.dir_modified if kind in IMPLIES_MODIFIED else NOBODY
        synthetic = bool(flag & SYNTHETIC) and root.repairing
        if kind == CREATED and self._appeared_within(root, path, is_directory, flag):
            synthetic = True
            implied = NOBODY
        calls = root.calls[kind][is_directory]
        if calls:
            event_class = EVENT_CLASSES[kind][is_directory]
            src_path, dest_path = (origin, path) if origin else (path, "")
            self._call(calls, event_class(root.native(src_path), root.native(dest_path) if origin else "", synthetic))
        if implied:
            if origin and parent_of(origin) != parent_of(path):
                self._call(implied, DirModifiedEvent(root.native(parent_of(origin))))
            self._call(implied, DirModifiedEvent(root.native(parent_of(path))))
        if origin and is_directory and root.recursive:
            self._moved_below(root, origin, path)

    def _appeared_within(self, root: Root, path: str, is_directory: bool, flag: int) -> bool:
        """Whether what was created came with the directory it is in, and was found there.

        Everything else that is found by reading the disk is told as if the system had told it: watchdog does so, and
        programs know no better.
        """
        within = bool(flag & SYNTHETIC) and (root, parent_of(path)) in self._appeared
        if is_directory:
            self._appeared.add((root, path))
        return within

    def _moved_below(self, root: Root, origin: str, path: str) -> None:
        for_files, for_directories = root.calls[RENAMED]
        if not for_files and not for_directories:
            return
        for event in generate_sub_moved_events(origin, path):
            if root.is_bytes:
                event.src_path, event.dest_path = os.fsencode(event.src_path), os.fsencode(event.dest_path)
            self._call(for_directories if event.is_directory else for_files, event)

    def _call(self, calls: Iterable[Callable[[Any], Any]], event: object) -> None:
        for call in calls:
            if not self.running:
                return
            try:
                call(event)
            except Exception:
                report_exception(self._thread)

    # Notices.

    def _notice(self, columns: Columns, index: int, kind: int, is_directory: bool, path: str) -> None:
        """Tells of what watchdog has no event for: to the log, and to handlers that have a method for it."""
        if kind < Kind.RESCAN or kind > Kind.ERROR:
            return
        name = str(Kind(kind))
        reasons, codes = columns.reasons(), columns.codes()
        reason = reasons[index] if reasons else ""
        root = self._root_of(path, {}) if path else None
        given = root.given + path[len(root.prefix) :] if root else path
        level = logging.WARNING if kind in (Kind.DEGRADED, Kind.ERROR) else logging.INFO
        if reason:
            logger.log(level, "%s: %s: %s", given or "watcher", name, reason)
        for each in [root] if root else list(self._roots.values()):
            each.told(kind, is_directory)
        notice = VigilNotice(name, given, reason, codes[index] if codes else 0)
        for each in [root] if root else list(self._roots.values()):
            handlers = list(self._handlers_of(each.watch))
            calls = [handler.on_vigil_notice for handler in handlers if hasattr(handler, "on_vigil_notice")]
            self._call(calls, notice)
        if root is not None and path == root.prefix:
            self._root_changed(root, kind, is_directory)

    def _root_changed(self, root: Root, kind: int, is_directory: bool) -> None:
        """The root itself went away or came back."""
        root.refresh(self._handlers_of(root.watch), None)
        if kind == Kind.LOST and not root.is_gone:
            event: FileSystemEvent = (DirDeletedEvent if is_directory else FileDeletedEvent)(root.watch.path)
            self._call(root.calls[REMOVED][is_directory], event)
        elif kind == Kind.RESTORED and is_directory:
            self._call(root.calls[CREATED][True], DirCreatedEvent(root.watch.path))


def _told_before(kinds: bytes, paths: List[str], index: int) -> bool:
    """Whether a modification that was found by reading the disk has just been told of by the system as well."""
    path = paths[index]
    return any(
        paths[before] == path and kinds[before] in (MODIFIED, CLOSED) for before in range(max(0, index - 64), index)
    )


def _key(path: str) -> str:
    return path.rstrip(_SEPARATOR)


def _above(key: str) -> Iterator[str]:
    """The directories above a root whose events can have paths in it: only names, and no `.`, are between."""
    name = ""
    while name != os.curdir:
        cut = key.rfind(_SEPARATOR)
        if cut < 0:
            return
        key, name = key[:cut], key[cut + 1 :]
        if name != os.curdir:
            yield key
