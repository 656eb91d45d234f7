"""A stand-in for `watchdog.observers.inotify_buffer`. Nothing waits in one: `delay` can be set and has no effect."""

from __future__ import annotations

from typing import Any


class InotifyBuffer:
    """For programs that set its delay."""

    delay = 0.5

    def __init__(self, *arguments: Any, **options: Any) -> None:
        raise NotImplementedError("vigil does not give out inotify itself: use vigil.Watcher or an observer")
