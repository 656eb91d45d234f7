"""Finds libvigil, loads it and declares what is used of it.

It is looked for in this order: the path in the environment variable VIGIL_LIBRARY; beside this file, where the wheel
puts it; where the system looks for libraries.
"""

import ctypes
import ctypes.util
import os
import sys
from typing import Any, List, Optional

ABI_VERSION = 1
"""VIGIL_ABI_VERSION of the header that the declarations below were written from."""

_WINDOWS = sys.platform == "win32"
_FILE_NAME = "libvigil.dll" if _WINDOWS else "libvigil.so.0"
_COMMAND_NAME = "vigil.exe" if _WINDOWS else "vigil"
_FOLDER = os.path.dirname(os.path.abspath(__file__))

_ADVICE = (
    "Install the package from its wheel, which carries the library (tools/build-wheel makes it), or set the "
    "environment variable VIGIL_LIBRARY to the path of %s." % _FILE_NAME
)


class Text(ctypes.Structure):
    """vigil_text."""

    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


class Options(ctypes.Structure):
    """vigil_options."""

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("kinds", ctypes.c_uint32),
        ("backend", ctypes.c_int32),
        ("max_watches", ctypes.c_uint64),
        ("settle", ctypes.c_int64),
        ("max_latency", ctypes.c_int64),
        ("queue_bytes_max", ctypes.c_uint64),
        ("callback", ctypes.c_void_p),
        ("user", ctypes.c_void_p),
        ("helper", Text),
        ("hang_timeout", ctypes.c_int64),
        ("isolation", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
    ]


class RootOptions(ctypes.Structure):
    """vigil_root_options."""

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("exclude", ctypes.POINTER(Text)),
        ("exclude_count", ctypes.c_size_t),
        ("include", ctypes.POINTER(Text)),
        ("include_count", ctypes.c_size_t),
        ("recursive", ctypes.c_int32),
        ("initial", ctypes.c_int32),
        ("await_missing", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
        ("exclude_regex", ctypes.POINTER(Text)),
        ("exclude_regex_count", ctypes.c_size_t),
        ("include_regex", ctypes.POINTER(Text)),
        ("include_regex_count", ctypes.c_size_t),
        ("ignore_files", ctypes.POINTER(Text)),
        ("ignore_files_count", ctypes.c_size_t),
        ("ignore", ctypes.c_int32),
        ("rule_case", ctypes.c_int32),
    ]


STAT_NAMES = (
    "events",
    "records",
    "losses",
    "repairs",
    "entries",
    "watches",
    "queued_events",
    "queued_bytes",
    "tree_bytes",
    "roots",
    "directories_pending",
)


class StatsStruct(ctypes.Structure):
    """vigil_stats."""

    _fields_ = [(name, ctypes.c_uint64) for name in STAT_NAMES]


def _candidates() -> List[str]:
    chosen = os.environ.get("VIGIL_LIBRARY")
    if chosen:
        return [chosen]
    beside = os.path.join(_FOLDER, _FILE_NAME)
    if os.path.exists(beside):
        return [beside]
    found = ctypes.util.find_library("libvigil" if _WINDOWS else "vigil")
    return [found] if found else [_FILE_NAME]


def _open() -> Any:
    tried = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            tried.append("%s: %s" % (path, error))
            continue
        library_path = path
        break
    else:
        raise ImportError("vigil's library cannot be loaded (%s). %s" % ("; ".join(tried), _ADVICE), name="vigil")
    _check(library, library_path)
    return library


def _check(library: Any, path: str) -> None:
    try:
        version = library.vigil_version_string
        abi = library.vigil_abi_version
    except AttributeError:
        message = "%s is not the library of vigil, or one that is too old. %s" % (path, _ADVICE)
        raise ImportError(message, name="vigil", path=path) from None
    version.restype = ctypes.c_char_p
    abi.restype = ctypes.c_uint32
    if abi() != ABI_VERSION:
        message = "%s is vigil %s with interface %d, but this package needs interface %d. %s" % (
            path,
            version().decode(),
            abi(),
            ABI_VERSION,
            _ADVICE,
        )
        raise ImportError(message, name="vigil", path=path)


def _declare(library: Any) -> None:
    handle = ctypes.c_void_p
    text = ctypes.c_char_p
    size = ctypes.c_size_t
    time = ctypes.c_int64
    integer = ctypes.c_int
    pointer = ctypes.c_void_p  # what byref() gives
    for name, result, arguments in (
        ("vigil_error_message", text, []),
        ("vigil_error_os_code", integer, []),
        ("vigil_options_init", integer, [pointer, size]),
        ("vigil_root_options_init", integer, [pointer, size]),
        ("vigil_watcher_open", integer, [pointer, pointer]),
        ("vigil_watcher_free", None, [handle]),
        ("vigil_watcher_add", integer, [handle, text, size, pointer]),
        ("vigil_watcher_remove", integer, [handle, text, size]),
        ("vigil_watcher_wait", integer, [handle, time, pointer]),
        ("vigil_watcher_sync", integer, [handle, time]),
        ("vigil_watcher_stop", integer, [handle]),
        ("vigil_watcher_descriptor", ctypes.c_ssize_t, [handle]),
        ("vigil_watcher_stats", integer, [handle, pointer, size]),
        ("vigil_batch_columns", integer, [handle, pointer, pointer]),
        ("vigil_batch_free", None, [handle]),
    ):
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments


def helper_path() -> Optional[str]:
    """The command that reads for an isolated watcher: the wheel's own, where there is one."""
    beside = os.path.join(_FOLDER, _COMMAND_NAME)
    return beside if os.path.exists(beside) else None


library = _open()
_declare(library)
