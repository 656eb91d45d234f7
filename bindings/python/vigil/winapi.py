# -*- coding: utf-8 -*-
"""The blocking reads of a directory, by the names that watchdog's module `winapi` gives them.

Put in that module's place, this one makes a watchdog that reads directories with `ReadDirectoryChangesW` run natively
on every Windows since Server 2003, where `CancelIoEx` is missing, and on Linux: any thread ends a read by closing the
handle. This file runs by itself, on Python 2.7 as well; it needs nothing but the library, which it looks for in the
environment variable VIGIL_LIBRARY, beside itself and where the system does.

    handle = get_directory_handle(path)
    for event in read_events(handle, recursive=True):     # waits
        ...
    close_directory_handle(handle)                        # from any thread

A handle is a number that is never used again.
"""

import ctypes
import ctypes.util
import os
import struct
import sys
import threading

FILE_ACTION_CREATED = 1
FILE_ACTION_DELETED = 2
FILE_ACTION_MODIFIED = 3
FILE_ACTION_RENAMED_OLD_NAME = 4
FILE_ACTION_RENAMED_NEW_NAME = 5
FILE_ACTION_DELETED_SELF = 0xFFFE
FILE_ACTION_OVERFLOW = 0xFFFF

# The names in the headers of Windows.
FILE_ACTION_ADDED = FILE_ACTION_CREATED
FILE_ACTION_REMOVED = FILE_ACTION_DELETED

# What programs give to CreateFileW and ReadDirectoryChangesW. The library chooses by itself; these are for reading.
FILE_LIST_DIRECTORY = 1
FILE_SHARE_READ = 0x01
FILE_SHARE_WRITE = 0x02
FILE_SHARE_DELETE = 0x04
OPEN_EXISTING = 3
FILE_FLAG_BACKUP_SEMANTICS = 0x02000000
FILE_FLAG_OVERLAPPED = 0x40000000
FILE_NOTIFY_CHANGE_FILE_NAME = 0x001
FILE_NOTIFY_CHANGE_DIR_NAME = 0x002
FILE_NOTIFY_CHANGE_ATTRIBUTES = 0x004
FILE_NOTIFY_CHANGE_SIZE = 0x008
FILE_NOTIFY_CHANGE_LAST_WRITE = 0x010
FILE_NOTIFY_CHANGE_LAST_ACCESS = 0x020
FILE_NOTIFY_CHANGE_CREATION = 0x040
FILE_NOTIFY_CHANGE_SECURITY = 0x100
WATCHDOG_FILE_FLAGS = FILE_FLAG_BACKUP_SEMANTICS
WATCHDOG_FILE_SHARE_FLAGS = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE
WATCHDOG_FILE_NOTIFY_FLAGS = (
    FILE_NOTIFY_CHANGE_FILE_NAME
    | FILE_NOTIFY_CHANGE_DIR_NAME
    | FILE_NOTIFY_CHANGE_ATTRIBUTES
    | FILE_NOTIFY_CHANGE_SIZE
    | FILE_NOTIFY_CHANGE_LAST_WRITE
    | FILE_NOTIFY_CHANGE_SECURITY
    | FILE_NOTIFY_CHANGE_CREATION
)
ERROR_OPERATION_ABORTED = 995
WAIT_TIMEOUT = 0x102
INVALID_HANDLE_VALUE = -1

# More than this no network share gives at once.
BUFFER_SIZE = 65536

_ABI_VERSION = 1
_ERROR_NOT_FOUND = 3
_ERROR_TIMED_OUT = 10
_ERROR_CANCELLED = 13
_ERROR_BAD_HANDLE = 14

_WINDOWS = sys.platform == "win32" or os.name == "nt"
_FILE_NAME = "libvigil.dll" if _WINDOWS else "libvigil.so.0"
_TEXT = type(u"")

# How long the main thread of a program waits before it looks whether there was a Ctrl-C. Other threads wait for good.
_SLICE_NANOSECONDS = 100 * 1000 * 1000

_HEAD = struct.Struct("=III")


def _load():
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), _FILE_NAME)
    path = os.environ.get("VIGIL_LIBRARY")
    if not path and os.path.exists(beside):
        path = beside
    if not path:
        path = ctypes.util.find_library("libvigil" if _WINDOWS else "vigil") or _FILE_NAME
    advice = "Set the environment variable VIGIL_LIBRARY to the path of %s." % _FILE_NAME
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError("vigil's library %s cannot be loaded (%s). %s" % (path, error, advice))
    try:
        version = library.vigil_abi_version
    except AttributeError:
        raise ImportError("%s is not the library of vigil, or one that is too old. %s" % (path, advice))
    version.restype = ctypes.c_uint
    if version() != _ABI_VERSION:
        raise ImportError(
            "%s has interface %d of vigil's library, not %d. %s" % (path, version(), _ABI_VERSION, advice)
        )
    number = ctypes.c_ulonglong
    for name, result, arguments in (
        ("vigil_error_message", ctypes.c_char_p, []),
        ("vigil_error_os_code", ctypes.c_int, []),
        ("vigil_get_directory_handle", ctypes.c_int, [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]),
        (
            "vigil_read_directory_changes",
            ctypes.c_int,
            [number, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_longlong, ctypes.c_void_p],
        ),
        ("vigil_close_directory_handle", ctypes.c_int, [number]),
    ):
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


_library = _load()


def _failure(code, path=None):
    """The OSError (on Windows, the WindowsError) of the thread's last call, which gave `code`."""
    system_code = _library.vigil_error_os_code()
    message = _library.vigil_error_message()
    if not isinstance(message, str):
        message = message.decode("utf-8", "replace")
    if _WINDOWS and system_code:
        error = ctypes.WinError(system_code)
        error.filename = path
        return error
    import errno

    usual = {_ERROR_NOT_FOUND: errno.ENOENT, _ERROR_BAD_HANDLE: errno.EBADF, _ERROR_TIMED_OUT: errno.ETIMEDOUT}
    number = system_code or usual.get(code, errno.EINVAL)
    return OSError(number, message, path) if path is not None else OSError(number, message)


def _encoded(path):
    if hasattr(path, "__fspath__"):
        path = path.__fspath__()
    if not isinstance(path, _TEXT):
        return path
    if _WINDOWS:
        return path.encode("utf-8", "surrogatepass" if sys.version_info[0] > 2 else "strict")
    return os.fsencode(path) if hasattr(os, "fsencode") else path.encode(sys.getfilesystemencoding() or "utf-8")


class _Directory(object):
    """An open directory. Whether with all below it is decided by the first read, as on Windows."""

    def __init__(self, path):
        self.path = path
        self.recursive = False
        self.closed = False
        self.number = self._open()

    def _open(self):
        number = ctypes.c_ulonglong()
        path = _encoded(self.path)
        if b"\0" in path:
            raise ValueError("embedded null byte in the path %r" % (self.path,))
        code = _library.vigil_get_directory_handle(path, int(self.recursive), ctypes.byref(number))
        if code:
            raise _failure(code, self.path)
        return number.value


# By handle. Handles that were closed are kept apart from those that never were.
_directories = {}
_lock = threading.Lock()
_last_handle = 0


def get_directory_handle(path):
    """Opens a directory and returns its handle. OSError when it is missing, is none, or may not be read."""
    global _last_handle
    directory = _Directory(path)
    with _lock:
        handle = directory.number
        _directories[handle] = directory
        _last_handle = max(_last_handle, handle)
    return handle


def close_directory_handle(handle):
    """Closes a handle. Reads that wait on it end. A handle that is closed already is passed over, as it used to be."""
    with _lock:
        directory = _directories.pop(handle, None)
        if directory is None:
            return
        directory.closed = True
        number = directory.number
    # Outside of the lock: it returns when the system is done with the buffers of the reads.
    _library.vigil_close_directory_handle(number)


def read_directory_changes(handle, recursive):
    """Waits for changes and returns `(buffer, nbytes)`: records as ReadDirectoryChangesW writes them.

    The first read decides whether with all that is below. `nbytes` is 0 when more happened than fits, and when the
    handle was closed meanwhile; `buffer` is empty then. OSError for a handle that is not open, and when the directory
    is gone.
    """
    buffer, filled, _ = _read(handle, recursive)
    return buffer, filled


def _read(handle, recursive):
    """As read_directory_changes(), and whether the handle was closed."""
    directory = _directories.get(handle)
    if directory is None:
        raise _bad_handle(handle)
    number = _number_for(directory, recursive)
    if number is None:
        return b"", 0, True
    buffer = (ctypes.c_uint * (BUFFER_SIZE // 4))()
    filled = ctypes.c_size_t()
    timeout = _SLICE_NANOSECONDS if _is_main_thread() else -1
    while True:
        code = _library.vigil_read_directory_changes(
            number, ctypes.byref(buffer), BUFFER_SIZE, timeout, ctypes.byref(filled)
        )
        if code != _ERROR_TIMED_OUT:
            break
    if code == 0:
        return ctypes.string_at(ctypes.addressof(buffer), filled.value), filled.value, False
    if code == _ERROR_CANCELLED or directory.closed:
        return b"", 0, True
    raise _failure(code, directory.path)


def _number_for(directory, recursive):
    """The library's number of a directory, open as the first read wants it. None if it was closed."""
    if recursive and not directory.recursive:
        with _lock:
            if not directory.closed and not directory.recursive:
                directory.recursive = True
                shallow, directory.number = directory.number, directory._open()
                _library.vigil_close_directory_handle(shallow)
    return None if directory.closed else directory.number


def _is_main_thread():
    current = threading.current_thread()
    return current.__class__.__name__ == "_MainThread"


def _bad_handle(handle):
    import errno

    return OSError(errno.EBADF, "no directory is open under the handle %r" % (handle,))


class WinAPINativeEvent(object):
    """One record: what happened (`action`) to what (`src_path`, below the directory)."""

    __slots__ = ("action", "src_path")

    def __init__(self, action, src_path):
        self.action = action
        self.src_path = src_path

    @property
    def is_added(self):
        return self.action == FILE_ACTION_CREATED

    @property
    def is_removed(self):
        return self.action == FILE_ACTION_DELETED

    @property
    def is_modified(self):
        return self.action == FILE_ACTION_MODIFIED

    @property
    def is_renamed_old(self):
        return self.action == FILE_ACTION_RENAMED_OLD_NAME

    @property
    def is_renamed_new(self):
        return self.action == FILE_ACTION_RENAMED_NEW_NAME

    @property
    def is_removed_self(self):
        return self.action == FILE_ACTION_DELETED_SELF

    @property
    def is_overflow(self):
        """More happened than fits: the directory is to be listed anew."""
        return self.action == FILE_ACTION_OVERFLOW

    def __eq__(self, other):
        if not isinstance(other, WinAPINativeEvent):
            return NotImplemented
        return (self.action, self.src_path) == (other.action, other.src_path)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash((self.action, self.src_path))

    def __repr__(self):
        return "<%s: action=%d, src_path=%r>" % (type(self).__name__, self.action, self.src_path)


def read_events(handle, recursive):
    """Waits for changes and returns them as a list of WinAPINativeEvent.

    An empty list when the handle was closed, before or meanwhile. When more happened than is kept, one event with
    `is_overflow`; when the directory itself is gone, one with `is_removed_self`. OSError as read_directory_changes().
    """
    if handle not in _directories and 0 < handle <= _last_handle:
        return []
    try:
        buffer, filled, closed = _read(handle, recursive)
    except OSError as error:
        if _is_gone(handle, error):
            return [WinAPINativeEvent(FILE_ACTION_DELETED_SELF, u"")]
        raise
    if closed:
        return []
    if not filled:
        return [WinAPINativeEvent(FILE_ACTION_OVERFLOW, u"")]
    return [WinAPINativeEvent(action, name) for action, name in parse_buffer(buffer, filled)]


def _is_gone(handle, error):
    directory = _directories.get(handle)
    return directory is not None and not os.path.isdir(directory.path)


def parse_buffer(buffer, filled):
    """The records in a buffer, as a list of pairs of action and name. ValueError for what are no records."""
    records = []
    offset = 0
    while filled:
        if offset + _HEAD.size > filled:
            raise ValueError("a record is cut off at byte %d of %d" % (offset, filled))
        step, action, size = _HEAD.unpack_from(buffer, offset)
        begin = offset + _HEAD.size
        if size % 2 or begin + size > filled or (step and (step < _HEAD.size + size or step % 4)):
            raise ValueError("a damaged record at byte %d of %d" % (offset, filled))
        records.append((action, _name(buffer[begin : begin + size])))
        if not step:
            break
        offset += step
    return records


def _name(utf16):
    """A name as the system's own calls take it, whatever is in it."""
    if sys.version_info[0] == 2:
        return utf16.decode("utf-16-le", "replace")
    name = utf16.decode("utf-16-le", "surrogatepass")
    # On Linux a byte that is not UTF-8 is 0xDC00 plus the byte: as Python's surrogateescape has it.
    return name
