"""Events gathered until it is quiet: `watchdog.utils.event_debouncer`."""

from __future__ import annotations

import threading
from typing import Callable, List

from vigil.watchdog.events import FileSystemEvent
from vigil.watchdog.utils import BaseThread


class EventDebouncer(BaseThread):
    """Gathers events, and gives them to a callback as one list when none came for `debounce_interval_seconds`.

    The callback is called on this thread. What waits when the thread is stopped is given at once.
    """

    def __init__(
        self, debounce_interval_seconds: float, events_callback: Callable[[List[FileSystemEvent]], None]
    ) -> None:
        super().__init__()
        self.debounce_interval_seconds = debounce_interval_seconds
        self.events_callback = events_callback
        self._events: List[FileSystemEvent] = []
        self._changed = threading.Condition()

    def handle_event(self, event: FileSystemEvent) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify()

    def on_thread_stop(self) -> None:
        with self._changed:
            self._changed.notify()

    def run(self) -> None:
        while True:
            with self._changed:
                while not self._events and self.should_keep_running():
                    self._changed.wait()
                while self.should_keep_running() and self._changed.wait(self.debounce_interval_seconds):
                    pass
                events, self._events = self._events, []
            if events:
                self.events_callback(events)
            if not self.should_keep_running():
                return
