"""vigil tells exactly what changes in directories.

    import vigil

    for batch in vigil.watch("src", exclude=["build/"]):
        for event in batch:
            print(event.kind, event.path)

`awatch` does the same on asyncio, and `Watcher` is what both are made of.
"""

from ._aio import awatch
from ._errors import (
    AlreadyWatchedError,
    Error,
    ErrorCode,
    LimitReachedError,
    NotFoundError,
    NotWatchableError,
    NotWatchedError,
    ParentNotDirectoryError,
    PermissionDeniedError,
    StoppedError,
    TimedOutError,
)
from ._event import Batch, EntryType, Event, Kind
from ._library import library as _library
from ._watcher import Stats, Watcher, watch

__version__: str = _library.vigil_version_string().decode()

__all__ = [
    "AlreadyWatchedError",
    "Batch",
    "EntryType",
    "Error",
    "ErrorCode",
    "Event",
    "Kind",
    "LimitReachedError",
    "NotFoundError",
    "NotWatchableError",
    "NotWatchedError",
    "ParentNotDirectoryError",
    "PermissionDeniedError",
    "Stats",
    "StoppedError",
    "TimedOutError",
    "Watcher",
    "awatch",
    "watch",
]
