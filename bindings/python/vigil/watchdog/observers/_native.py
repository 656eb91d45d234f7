"""The observer on vigil's own watcher: what `watchdog.observers.Observer` is.

One watcher of the library, so one inotify instance, serves all watches of an observer. The observer's thread waits in
the library and calls the handlers itself: there is no other thread, no queue and no delay in between. The emitters are
there for programs that look at them; they have no threads.
"""

from __future__ import annotations

import os
import threading
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from vigil._event import Kind
from vigil._watcher import Watcher
from vigil.watchdog import checked_compat
from vigil.watchdog.observers._deliver import Deliverer
from vigil.watchdog.observers._translate import Root
from vigil.watchdog.observers.api import (
    DEFAULT_EMITTER_TIMEOUT,
    DEFAULT_OBSERVER_TIMEOUT,
    BaseObserver,
    EventClasses,
    EventDispatcher,
    EventEmitter,
    EventQueue,
    ObservedWatch,
    report_exception,
)

# Every change but that a file was read.
_KINDS = [kind for kind in Kind if kind <= Kind.OPENED]


class NativeEmitter(EventEmitter):
    """Puts what vigil tells of one watch into a queue. An observer's own emitters are AttachedEmitter instead."""

    def __init__(
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        timeout: float = DEFAULT_EMITTER_TIMEOUT,
        event_filter: Optional[EventClasses] = None,
    ) -> None:
        super().__init__(event_queue, watch, timeout, event_filter)
        self._watcher: Optional[Watcher[str]] = None
        self._deliverer = Deliverer(self, lambda _: (self,))

    def dispatch(self, event: Any) -> None:
        """As a handler, it puts the event into the queue."""
        self.queue_event(event)

    def on_thread_start(self) -> None:
        root = self._deliverer.add(self.watch)
        self._watcher = Watcher(kinds=_KINDS)
        try:
            self._watcher.add(root.prefix, recursive=self.watch.is_recursive)
        except BaseException:
            self._watcher.stop()
            raise

    def on_thread_stop(self) -> None:
        self._deliverer.running = False
        if self._watcher is not None:
            self._watcher.stop()

    def queue_events(self, timeout: float) -> None:
        assert self._watcher is not None
        columns = self._watcher._take(timeout)
        if columns is None:
            self._stopped_event.set()
        else:
            self._deliverer.deliver(columns)

    def run(self) -> None:
        try:
            super().run()
        finally:
            if self._watcher is not None:
                self._watcher.stop()


class AttachedEmitter(NativeEmitter):
    """A watch of a NativeObserver. It has no thread: it lives as long as the observer does and has the watch."""

    def attach(self, observer: "NativeObserver") -> None:
        self._observer = observer
        self._root: Optional[Root] = None

    def start(self) -> None:
        if self._root is not None or not self.should_keep_running():
            raise RuntimeError("threads can only be started once")
        self._root = self._observer._watch(self.watch)

    def stop(self) -> None:
        self._stopped_event.set()
        root, self._root = self._root, None
        if root is not None:
            self._observer._unwatch(root)

    def is_alive(self) -> bool:
        return self._root is not None and self._observer.is_alive()

    def join(self, timeout: Optional[float] = None) -> None:
        """Returns at once: there is no thread."""


class NativeEventQueue(EventQueue):
    """The queue of a NativeObserver. Its own events do not go through it; what others put into it is dispatched by a
    thread that lives as long as there is something."""

    def __init__(self, observer: "NativeObserver") -> None:
        super().__init__()
        self._observer = observer

    def put(self, item: Any, block: bool = True, timeout: Optional[float] = None) -> None:
        super().put(item, block, timeout)
        self._observer._queue_filled()


class NativeObserver(BaseObserver):
    """Observes by vigil.

    Beyond what watchdog has: `exclude`, globs of what is never even looked at (docs/events.md, "Filters"), and
    `backend`, as for vigil.Watcher. `timeout` and `generate_full_events` are accepted and make no difference.
    """

    def __init__(
        self,
        timeout: float = DEFAULT_OBSERVER_TIMEOUT,
        generate_full_events: bool = False,
        *,
        exclude: Sequence[str] = (),
        backend: str = "auto",
        compat: Optional[str] = None,
    ) -> None:
        super().__init__(AttachedEmitter, timeout)
        if compat is not None:
            checked_compat(compat)
        self._event_queue = NativeEventQueue(self)
        self._exclude = tuple(exclude)
        self._backend = backend
        self._watcher: Optional[Watcher[str]] = None
        self._deliverer = Deliverer(self, self._handlers_of)
        self._drainer: Optional[threading.Thread] = None

    def _make_locks(self) -> None:
        super()._make_locks()
        self._calling = threading.RLock()  # Handlers are called by one thread at a time.

    def _handlers_of(self, watch: ObservedWatch) -> Iterable[Any]:
        return self._handlers.get(watch, ())

    def _make_emitter(self, watch: ObservedWatch) -> EventEmitter:
        emitter = AttachedEmitter(self.event_queue, watch, timeout=self.timeout, event_filter=watch.event_filter)
        emitter.attach(self)
        return emitter

    def _handlers_changed(self, watch: ObservedWatch) -> None:
        self._deliverer.handlers_changed(watch)

    # Called by the emitters.

    def _watch(self, watch: ObservedWatch) -> Root:
        assert self._watcher is not None
        root = self._deliverer.add(watch)
        try:
            self._watcher.add(root.prefix, recursive=watch.is_recursive, exclude=self._exclude)
        except BaseException as error:
            self._deliverer.remove(root)
            if isinstance(error, OSError) and error.filename == root.prefix:
                error.filename = watch.path
            raise
        return root

    def _unwatch(self, root: Root) -> None:
        self._deliverer.remove(root)
        if self._watcher is not None and self.should_keep_running():
            try:
                self._watcher.remove(root.prefix)
            except OSError:
                pass  # The watcher was stopped meanwhile.

    # The thread.

    def start(self) -> None:
        if self._started.is_set():  # type: ignore[attr-defined]
            raise RuntimeError("threads can only be started once")
        self._watcher = Watcher(kinds=_KINDS, backend=self._backend)
        try:
            super().start()
        except BaseException:
            for emitter in self._emitters:
                emitter._root = None  # type: ignore[attr-defined]
            self._deliverer.clear()
            self._watcher.stop()
            self._watcher = None
            raise

    def run(self) -> None:
        watcher = self._watcher
        assert watcher is not None
        try:
            self._queue_filled()
            while self.should_keep_running():
                columns = watcher._take(None)
                if columns is None:
                    break
                with self._calling:
                    self._deliverer.deliver(columns)
        finally:
            self._stopped_event.set()
            watcher.stop()

    def stop(self) -> None:
        """Asks the observer to end: no call of a handler starts any more. From any thread, handlers included."""
        self._deliverer.running = False
        self._stopped_event.set()
        # First: a schedule() that lists a large tree, and holds the lock, ends by this.
        watcher = self._watcher
        if watcher is not None:
            watcher.stop()
        self._deliverer.clear()
        self.on_thread_stop()

    # What others put into the queue.

    def _queue_filled(self) -> None:
        with self._lock:
            if self._drainer is None and self.is_alive() and not self._event_queue.empty():
                self._drainer = threading.Thread(target=self._drain, name=self.name + " (queue)", daemon=True)
                self._drainer.start()

    def _drain(self) -> None:
        while True:
            with self._lock:
                if self._event_queue.empty() or not self.should_keep_running():
                    self._drainer = None
                    return
            entry = self._event_queue.get()
            if entry is not EventDispatcher.stop_event:
                with self._calling:
                    self._call_handlers(*entry)
            self._event_queue.task_done()
