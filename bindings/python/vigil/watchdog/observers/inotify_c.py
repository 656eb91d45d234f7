"""A stand-in for `watchdog.observers.inotify_c`: its constants, and an `Inotify` that programs can name.

Nothing of vigil uses it. The records of inotify are read by the library, and no program gets at them.
"""

from __future__ import annotations

from typing import Any

DEFAULT_NUM_EVENTS = 2048
DEFAULT_EVENT_BUFFER_SIZE = DEFAULT_NUM_EVENTS * (16 + 24)


class InotifyConstants:
    """As in <sys/inotify.h>."""

    IN_ACCESS = 0x00000001
    IN_MODIFY = 0x00000002
    IN_ATTRIB = 0x00000004
    IN_CLOSE_WRITE = 0x00000008
    IN_CLOSE_NOWRITE = 0x00000010
    IN_OPEN = 0x00000020
    IN_MOVED_FROM = 0x00000040
    IN_MOVED_TO = 0x00000080
    IN_CREATE = 0x00000100
    IN_DELETE = 0x00000200
    IN_DELETE_SELF = 0x00000400
    IN_MOVE_SELF = 0x00000800
    IN_CLOSE = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE
    IN_MOVE = IN_MOVED_FROM | IN_MOVED_TO
    IN_ALL_EVENTS = 0x00000FFF
    IN_UNMOUNT = 0x00002000
    IN_Q_OVERFLOW = 0x00004000
    IN_IGNORED = 0x00008000
    IN_ONLYDIR = 0x01000000
    IN_DONT_FOLLOW = 0x02000000
    IN_EXCL_UNLINK = 0x04000000
    IN_MASK_ADD = 0x20000000
    IN_ISDIR = 0x40000000
    IN_ONESHOT = 0x80000000
    IN_NONBLOCK = 0x00000800
    IN_CLOEXEC = 0x00080000


WATCHDOG_ALL_EVENTS = (
    InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_DONT_FOLLOW
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_CLOSE_NOWRITE
    | InotifyConstants.IN_OPEN
)


class InotifyEvent:
    """For isinstance() and annotations: none is ever made."""


class Inotify:
    """For isinstance() and annotations."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        raise NotImplementedError("vigil does not give out inotify itself: use vigil.Watcher or an observer")
