"""Observers that compare snapshots: `watchdog.observers.polling`.

For file systems whose changes the system does not tell. The native observer sees to most of those by itself, and says
so; see docs/polling.md.
"""

from __future__ import annotations

import errno
import functools
import os
from typing import Any, Callable, Optional

from vigil.watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirModifiedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
)
from vigil.watchdog.observers.api import (
    DEFAULT_EMITTER_TIMEOUT,
    DEFAULT_OBSERVER_TIMEOUT,
    BaseObserver,
    EventClasses,
    EventEmitter,
    EventQueue,
    ObservedWatch,
)
from vigil.watchdog.utils.dirsnapshot import DirectorySnapshot, DirectorySnapshotDiff, EmptyDirectorySnapshot


class PollingEmitter(EventEmitter):
    """Compares snapshots of the watch every `timeout` seconds."""

    def __init__(
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        timeout: float = DEFAULT_EMITTER_TIMEOUT,
        event_filter: Optional[EventClasses] = None,
        stat: Callable[[str], os.stat_result] = os.stat,
        listdir: Callable[..., Any] = os.scandir,
    ) -> None:
        super().__init__(event_queue, watch, timeout, event_filter)
        self._snapshot: DirectorySnapshot = EmptyDirectorySnapshot()
        self._take_snapshot: Callable[[], DirectorySnapshot] = functools.partial(
            DirectorySnapshot, watch.path, watch.is_recursive, stat, listdir
        )

    def on_thread_start(self) -> None:
        self._snapshot = self._take_snapshot()

    def queue_events(self, timeout: float) -> None:
        if self.stopped_event.wait(timeout):
            return
        try:
            snapshot = self._take_snapshot()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                raise
            self.queue_event(DirDeletedEvent(self.watch.path))
            self.stop()
            return
        changes = DirectorySnapshotDiff(self._snapshot, snapshot)
        self._snapshot = snapshot
        self._queue_changes(changes)

    def _queue_changes(self, changes: DirectorySnapshotDiff) -> None:
        """The deleted first, so that a name is free when it appears again."""
        for path in changes.files_deleted:
            self.queue_event(FileDeletedEvent(path))
        for path in changes.files_modified:
            self.queue_event(FileModifiedEvent(path))
        for path in changes.files_created:
            self.queue_event(FileCreatedEvent(path))
        for path, dest_path in changes.files_moved:
            self.queue_event(FileMovedEvent(path, dest_path))
        for path in changes.dirs_deleted:
            self.queue_event(DirDeletedEvent(path))
        for path in changes.dirs_modified:
            self.queue_event(DirModifiedEvent(path))
        for path in changes.dirs_created:
            self.queue_event(DirCreatedEvent(path))
        for path, dest_path in changes.dirs_moved:
            self.queue_event(DirMovedEvent(path, dest_path))


class PollingObserver(BaseObserver):
    """Compares every `timeout` seconds."""

    def __init__(self, timeout: float = DEFAULT_OBSERVER_TIMEOUT) -> None:
        super().__init__(PollingEmitter, timeout)


class PollingObserverVFS(BaseObserver):
    """Compares every `polling_interval` seconds, by calls of your own: for what is no file system to Python."""

    def __init__(
        self,
        stat: Callable[[str], os.stat_result],
        listdir: Callable[..., Any],
        polling_interval: float = 1,
    ) -> None:
        emitter_class = functools.partial(PollingEmitter, stat=stat, listdir=listdir)
        super().__init__(emitter_class, timeout=polling_interval)  # type: ignore[arg-type]
