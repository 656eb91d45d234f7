"""What a call that fails raises."""

import enum
import errno
import sys
from typing import Any, Dict, Optional, Tuple, Type, Union

from ._library import library


class ErrorCode(enum.IntEnum):
    """Why a call failed, for a program to act on. The same numbers as in C."""

    INVALID_ARGUMENT = 1
    INVALID_PATTERN = 2
    NOT_FOUND = 3
    PERMISSION_DENIED = 4
    NOT_WATCHABLE = 5
    ALREADY_WATCHED = 6
    NOT_WATCHED = 7
    LIMIT_REACHED = 8
    STOPPED = 9
    TIMED_OUT = 10
    WOULD_DEADLOCK = 11
    SYSTEM = 12
    CANCELLED = 13
    BAD_HANDLE = 14
    DAMAGED = 15
    OUT_OF_MEMORY = 1000


class Error(OSError):
    """A call that failed. `errno`, `strerror` (a sentence that names the path and the remedy) and `filename` are set.

    What is raised is also the OSError that a Python programmer expects: FileNotFoundError, PermissionError,
    NotADirectoryError, TimeoutError; so that catching those, or OSError, is enough. Invalid arguments and patterns are
    plain ValueErrors.
    """

    code: ErrorCode = ErrorCode.SYSTEM

    def __str__(self) -> str:
        return "[Errno %s] %s" % (self.errno, self.strerror)


class NotFoundError(Error, FileNotFoundError):
    """The path does not exist."""

    code = ErrorCode.NOT_FOUND


class ParentNotDirectoryError(Error, NotADirectoryError):
    """What should be a directory in the path is none."""

    code = ErrorCode.NOT_FOUND


class PermissionDeniedError(Error, PermissionError):
    """The system refuses to open or to watch the path."""

    code = ErrorCode.PERMISSION_DENIED


class NotWatchableError(Error):
    """The path is neither a directory nor a file, or its file system gives no events."""

    code = ErrorCode.NOT_WATCHABLE


class AlreadyWatchedError(Error, ValueError):
    """The same path was added before."""

    code = ErrorCode.ALREADY_WATCHED


class NotWatchedError(Error, KeyError):
    """The path was never added, or was removed."""

    code = ErrorCode.NOT_WATCHED


class LimitReachedError(Error):
    """A limit of the system or of the watcher; the sentence names it, its value and the remedy."""

    code = ErrorCode.LIMIT_REACHED


class StoppedError(Error):
    """The watcher was stopped, or belongs to the process that this one was forked from."""

    code = ErrorCode.STOPPED


class TimedOutError(Error, TimeoutError):
    """The deadline passed first."""

    code = ErrorCode.TIMED_OUT


_CLASSES: Dict[int, Type[Error]] = {
    cls.code: cls
    for cls in (
        NotFoundError,
        PermissionDeniedError,
        NotWatchableError,
        AlreadyWatchedError,
        NotWatchedError,
        LimitReachedError,
        StoppedError,
        TimedOutError,
    )
}
_CLASSES[ErrorCode.BAD_HANDLE] = StoppedError

# Where no call of the system failed.
_USUAL_ERRNO: Dict[int, int] = {
    ErrorCode.NOT_FOUND: errno.ENOENT,
    ErrorCode.PERMISSION_DENIED: errno.EACCES,
    ErrorCode.NOT_WATCHABLE: errno.EINVAL,
    ErrorCode.ALREADY_WATCHED: errno.EEXIST,
    ErrorCode.NOT_WATCHED: errno.ENOENT,
    ErrorCode.LIMIT_REACHED: errno.ENOSPC,
    ErrorCode.STOPPED: errno.EBADF,
    ErrorCode.TIMED_OUT: errno.ETIMEDOUT,
    ErrorCode.BAD_HANDLE: errno.EBADF,
    ErrorCode.DAMAGED: errno.EINVAL,
}


def failure(code: int, filename: Optional[Union[str, bytes]] = None) -> Exception:
    """The exception for the calling thread's last call, which gave `code`."""
    message = library.vigil_error_message().decode("utf-8", "surrogateescape")
    if code in (ErrorCode.INVALID_ARGUMENT, ErrorCode.INVALID_PATTERN):
        return ValueError(message)
    if code == ErrorCode.OUT_OF_MEMORY:
        return MemoryError(message)
    return make(code, message, filename, library.vigil_error_os_code())


def make(code: int, message: str, filename: Optional[Union[str, bytes]] = None, os_code: int = 0) -> Error:
    """The Error of a code."""
    number = os_code if sys.platform != "win32" and os_code else _USUAL_ERRNO.get(code, errno.EIO)
    cls = _CLASSES.get(code, Error)
    if cls is NotFoundError and number == errno.ENOTDIR:
        cls = ParentNotDirectoryError
    arguments: Tuple[Any, ...] = (number, message, filename)
    if sys.platform == "win32" and os_code:
        arguments += (os_code,)  # from which errno is worked out
    error = cls(*arguments)
    try:
        error.code = ErrorCode(code)
    except ValueError:
        pass  # of a newer library
    return error


def stopped() -> Error:
    """For a call on a watcher that was stopped."""
    return make(ErrorCode.STOPPED, "the watcher was stopped")
