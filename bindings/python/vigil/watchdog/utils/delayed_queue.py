"""A queue whose items may have to wait: `watchdog.utils.delayed_queue`. Nothing of vigil uses it."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Callable, Deque, Generic, Optional, Tuple, TypeVar

T = TypeVar("T")


class DelayedQueue(Generic[T]):
    """A first-in first-out queue, in which an item put with `delay` is given out only `delay` seconds later."""

    def __init__(self, delay: float) -> None:
        self.delay_sec = delay
        self._changed = threading.Condition()
        self._queue: Deque[Tuple[T, float]] = deque()
        self._closed = False

    def put(self, element: T, delay: bool = False) -> None:
        """Adds an element, to be given out at once or after the delay."""
        with self._changed:
            self._queue.append((element, time.monotonic() + (self.delay_sec if delay else 0.0)))
            self._changed.notify()

    def close(self) -> None:
        """No more elements come: whoever waits in get() returns."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def get(self) -> Optional[T]:
        """Waits for the first element, and for its delay, and takes it. None once closed."""
        with self._changed:
            while not self._closed:
                if not self._queue:
                    self._changed.wait()
                    continue
                remaining = self._queue[0][1] - time.monotonic()
                if remaining <= 0:
                    return self._queue.popleft()[0]
                self._changed.wait(remaining)
            return None

    def remove(self, predicate: Callable[[T], bool]) -> Optional[T]:
        """Takes the first element for which `predicate` holds, whatever its delay. None if there is none."""
        with self._changed:
            for place, (element, _) in enumerate(self._queue):
                if predicate(element):
                    del self._queue[place]
                    self._changed.notify()
                    return element
            return None
