"""A queue that drops repetitions: `watchdog.utils.bricks`."""

from __future__ import annotations

import queue
from typing import Any, Optional


class SkipRepeatsQueue(queue.Queue):  # type: ignore[type-arg]
    """A queue.Queue in which an item that equals the one put just before it, and still waits, is dropped."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._last_item: Optional[Any] = None

    def put(self, item: Any, block: bool = True, timeout: Optional[float] = None) -> None:
        # Also here, so that a full queue does not block for what would be dropped.
        if self._last_item is None or item != self._last_item:
            super().put(item, block, timeout)

    def _put(self, item: Any) -> None:
        if self._last_item is None or item != self._last_item:
            super()._put(item)
            self._last_item = item
        else:
            # put() counts every item; this one will never be taken.
            self.unfinished_tasks -= 1

    def _get(self) -> Any:
        item = super()._get()
        if item is self._last_item:
            self._last_item = None
        return item
