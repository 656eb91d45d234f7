"""What all observers are made of: `watchdog.observers.api`.

A program schedules handlers for watches with an observer. An emitter for each watch finds out what happens and puts it
into the observer's queue; the observer's thread takes it from there and calls the handlers. No lock is held while a
handler runs, so that a handler may call anything of its observer. A handler that raises ends nothing: the exception
goes to `threading.excepthook`, and the next handler and the next event have their turn.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import types
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Set, Tuple, Type, TypeVar, Union

from vigil._forks import renew_locks_in_child
from vigil.watchdog.events import AnyPath, FileSystemEvent, FileSystemEventHandler, passes
from vigil.watchdog.utils import BaseThread
from vigil.watchdog.utils.bricks import SkipRepeatsQueue

DEFAULT_EMITTER_TIMEOUT = 1.0
DEFAULT_OBSERVER_TIMEOUT = 1.0

EventClasses = Iterable[Type[FileSystemEvent]]


def report_exception(thread: threading.Thread) -> None:
    """Tells of the exception that is being handled as Python tells of one that ends a thread."""
    kind, value, trace = sys.exc_info()
    assert kind is not None
    threading.excepthook(threading.ExceptHookArgs((kind, value, trace, thread)))


class EventQueue(SkipRepeatsQueue):
    """Pairs of an event and its watch. One that repeats the last of those that wait is dropped."""


class ObservedWatch:
    """What is watched: a path, whether with all below it, and which classes of events. Equal when these are."""

    def __init__(
        self,
        path: Union[AnyPath, "os.PathLike[str]", "os.PathLike[bytes]"],
        recursive: bool = False,
        event_filter: Optional[EventClasses] = None,
        follow_symlink: bool = False,
    ) -> None:
        self._path: Any = os.fspath(path) if isinstance(path, (Path, os.PathLike)) else path
        self._is_recursive = recursive
        self._event_filter: Optional[FrozenSet[Type[FileSystemEvent]]] = (
            None if event_filter is None else frozenset(event_filter)
        )
        self._follow_symlink = follow_symlink

    @property
    def path(self) -> Any:
        """As it was given; text or bytes."""
        return self._path

    @property
    def is_recursive(self) -> bool:
        return self._is_recursive

    @property
    def event_filter(self) -> Optional[FrozenSet[Type[FileSystemEvent]]]:
        """The classes of events that pass, with all derived from them; None lets all pass."""
        return self._event_filter

    @property
    def follow_symlink(self) -> bool:
        """Accepted for version 7; links below the root are never followed."""
        return self._follow_symlink

    @property
    def key(self) -> Tuple[Any, bool, Optional[FrozenSet[Type[FileSystemEvent]]]]:
        return self._path, self._is_recursive, self._event_filter

    def __eq__(self, watch: object) -> bool:
        if not isinstance(watch, ObservedWatch):
            return NotImplemented
        return self.key == watch.key

    def __ne__(self, watch: object) -> bool:
        if not isinstance(watch, ObservedWatch):
            return NotImplemented
        return self.key != watch.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        classes = ""
        if self._event_filter is not None:
            classes = ", event_filter=" + "|".join(sorted(cls.__name__ for cls in self._event_filter))
        return "<%s: path=%r, is_recursive=%s%s>" % (type(self).__name__, self._path, self._is_recursive, classes)


class EventEmitter(BaseThread):
    """A thread that finds out what happens under a watch. Derived classes override queue_events()."""

    def __init__(
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        timeout: float = DEFAULT_EMITTER_TIMEOUT,
        event_filter: Optional[EventClasses] = None,
    ) -> None:
        super().__init__()
        self._event_queue = event_queue
        self._watch = watch
        self._timeout = timeout
        self._event_filter = None if event_filter is None else frozenset(event_filter)

    @property
    def timeout(self) -> float:
        return self._timeout

    @property
    def watch(self) -> ObservedWatch:
        return self._watch

    def queue_event(self, event: FileSystemEvent) -> None:
        """Puts an event into the queue, if the watch's filter lets it pass."""
        if passes(type(event), self._event_filter):
            self._event_queue.put((event, self.watch))

    def queue_events(self, timeout: float) -> None:
        """Override: puts the events that come within `timeout` seconds into the queue. Called again and again."""

    def run(self) -> None:
        while self.should_keep_running():
            self.queue_events(self.timeout)


class EventDispatcher(BaseThread):
    """A thread that takes events from a queue. Derived classes override dispatch_events()."""

    stop_event = object()  # In the queue: wakes the thread when it is to stop.

    def __init__(self, timeout: float = DEFAULT_OBSERVER_TIMEOUT) -> None:
        super().__init__()
        self._event_queue = EventQueue()
        self._timeout = timeout

    @property
    def timeout(self) -> float:
        return self._timeout

    @property
    def event_queue(self) -> EventQueue:
        return self._event_queue

    def stop(self) -> None:
        BaseThread.stop(self)
        try:
            self.event_queue.put_nowait(EventDispatcher.stop_event)
        except queue.Full:
            pass

    def dispatch_events(self, event_queue: EventQueue) -> None:
        """Override: takes one event and sees to it."""

    def run(self) -> None:
        try:
            while self.should_keep_running():
                try:
                    self.dispatch_events(self.event_queue)
                except queue.Empty:
                    continue
                except Exception:
                    report_exception(self)
        finally:
            self.stopped_event.set()


class BaseObserver(EventDispatcher):
    """Handlers, the watches they are scheduled for, and an emitter of `emitter_class` for each watch.

    Any method may be called from any thread, from handlers too.
    """

    def __init__(
        self, emitter_class: Type[EventEmitter], timeout: float = DEFAULT_OBSERVER_TIMEOUT, **options: Any
    ) -> None:
        super().__init__(timeout)
        if options:
            raise TypeError("unknown options: " + ", ".join(sorted(options)))
        self._emitter_class = emitter_class
        self._make_locks()
        renew_locks_in_child(self)
        self._watches: Set[ObservedWatch] = set()
        # Handlers in the order in which they were added: a dictionary keeps it.
        self._handlers: Dict[ObservedWatch, Dict[Any, None]] = {}
        self._emitters: Set[EventEmitter] = set()
        self._emitter_for_watch: Dict[ObservedWatch, EventEmitter] = {}

    def _make_locks(self) -> None:
        self._lock = threading.RLock()

    # What derived classes may see to.

    def _make_emitter(self, watch: ObservedWatch) -> EventEmitter:
        return self._emitter_class(self.event_queue, watch, timeout=self.timeout, event_filter=watch.event_filter)

    def _handlers_changed(self, watch: ObservedWatch) -> None:
        pass

    # Keeping books; the lock is held.

    def _add_emitter(self, emitter: EventEmitter) -> None:
        self._emitter_for_watch[emitter.watch] = emitter
        self._emitters.add(emitter)

    def _remove_emitter(self, emitter: EventEmitter) -> None:
        self._emitter_for_watch.pop(emitter.watch, None)
        self._emitters.discard(emitter)

    def _clear_emitters(self) -> List[EventEmitter]:
        emitters = list(self._emitters)
        self._emitters.clear()
        self._emitter_for_watch.clear()
        return emitters

    def _add_handler_for_watch(self, event_handler: Any, watch: ObservedWatch) -> None:
        # A new dictionary each time: whoever goes through the old one is not disturbed.
        self._handlers[watch] = {**self._handlers.get(watch, {}), event_handler: None}
        self._handlers_changed(watch)

    def _remove_handlers_for_watch(self, watch: ObservedWatch) -> None:
        del self._handlers[watch]
        self._handlers_changed(watch)

    @property
    def emitters(self) -> Set[EventEmitter]:
        return self._emitters

    def start(self) -> None:
        """Starts the emitters of what is scheduled, then the thread.

        What an emitter raises (OSError for a path that is missing or cannot be watched), this does; the watch is given
        up then, and the observer can be started again.
        """
        for emitter in self._emitters.copy():
            try:
                emitter.start()
            except Exception:
                with self._lock:
                    self._remove_emitter(emitter)
                raise
        super().start()

    def schedule(
        self,
        event_handler: Union[FileSystemEventHandler, Any],
        path: Union[AnyPath, "os.PathLike[str]", "os.PathLike[bytes]"],
        recursive: bool = False,
        event_filter: Optional[EventClasses] = None,
        follow_symlink: bool = False,
    ) -> ObservedWatch:
        """Has a handler called with what happens at `path`, with all below it if `recursive`.

        A watch that is scheduled already gets the handler added. While the observer runs, OSError when the path is
        missing or cannot be watched; before, start() raises it.
        """
        watch = ObservedWatch(path, recursive, event_filter, follow_symlink)
        with self._lock:
            known = watch in self._handlers
            self._add_handler_for_watch(event_handler, watch)
            if watch not in self._emitter_for_watch:
                try:
                    emitter = self._make_emitter(watch)
                    if self.is_alive():
                        emitter.start()
                except BaseException:
                    if not known:
                        self._remove_handlers_for_watch(watch)
                    raise
                self._add_emitter(emitter)
            self._watches.add(watch)
        return watch

    def add_handler_for_watch(self, event_handler: Any, watch: ObservedWatch) -> None:
        """Has a further handler called with what happens under a watch."""
        with self._lock:
            self._add_handler_for_watch(event_handler, watch)

    def remove_handler_for_watch(self, event_handler: Any, watch: ObservedWatch) -> None:
        """Has a handler no longer called; the watch goes on. KeyError when it was not."""
        with self._lock:
            handlers = dict(self._handlers.get(watch, {}))
            del handlers[event_handler]
            self._handlers[watch] = handlers
            self._handlers_changed(watch)

    def unschedule(self, watch: ObservedWatch) -> None:
        """Gives up a watch and its handlers. KeyError when it is not scheduled."""
        with self._lock:
            emitter = self._emitter_for_watch[watch]
            self._handlers.pop(watch, None)
            self._handlers_changed(watch)
            self._remove_emitter(emitter)
            self._watches.discard(watch)
            emitter.stop()

    def unschedule_all(self) -> None:
        """Gives up all watches and handlers."""
        with self._lock:
            watches = list(self._handlers)
            self._handlers.clear()
            for watch in watches:
                self._handlers_changed(watch)
            emitters = self._clear_emitters()
            self._watches.clear()
        for emitter in emitters:
            emitter.stop()
        for emitter in emitters:
            if emitter.is_alive() and emitter is not threading.current_thread():
                emitter.join(self.timeout)

    def on_thread_stop(self) -> None:
        self.unschedule_all()

    def dispatch_events(self, event_queue: EventQueue) -> None:
        """Waits for an event and calls its handlers. queue.Empty when none comes within the observer's timeout."""
        entry = event_queue.get(block=True)
        if entry is not EventDispatcher.stop_event:
            self._call_handlers(*entry)
        event_queue.task_done()

    def _call_handlers(self, event: FileSystemEvent, watch: ObservedWatch) -> None:
        for handler in self._handlers.get(watch, ()):
            # It may have been removed by another one meanwhile.
            if handler in self._handlers.get(watch, ()):
                try:
                    handler.dispatch(event)
                except Exception:
                    report_exception(self)

    def __enter__(self: "Observer") -> "Observer":
        """Starts the observer, for a `with` block; at its end it is stopped and joined."""
        self.start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        value: Optional[BaseException],
        trace: Optional[types.TracebackType],
    ) -> None:
        self.stop()
        self.join()


Observer = TypeVar("Observer", bound=BaseObserver)
