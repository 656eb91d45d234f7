"""Which system this is: `watchdog.utils.platform`."""

from __future__ import annotations

import sys

PLATFORM_WINDOWS = "windows"
PLATFORM_LINUX = "linux"
PLATFORM_BSD = "bsd"
PLATFORM_DARWIN = "darwin"
PLATFORM_UNKNOWN = "unknown"

_BEGINNINGS = (
    ("win", PLATFORM_WINDOWS),
    ("darwin", PLATFORM_DARWIN),
    ("linux", PLATFORM_LINUX),
    ("dragonfly", PLATFORM_BSD),
    ("freebsd", PLATFORM_BSD),
    ("netbsd", PLATFORM_BSD),
    ("openbsd", PLATFORM_BSD),
    ("bsd", PLATFORM_BSD),
)


def get_platform_name() -> str:
    for beginning, name in _BEGINNINGS:
        if sys.platform.startswith(beginning):
            return name
    return PLATFORM_UNKNOWN


__platform__ = get_platform_name()


def is_linux() -> bool:
    return __platform__ == PLATFORM_LINUX


def is_bsd() -> bool:
    return __platform__ == PLATFORM_BSD


def is_darwin() -> bool:
    return __platform__ == PLATFORM_DARWIN


def is_windows() -> bool:
    return __platform__ == PLATFORM_WINDOWS
