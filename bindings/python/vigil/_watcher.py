"""The watcher: add roots, wait for events."""

import ctypes
import os
import select
import sys
import threading
import time
import warnings
from typing import (
    Any,
    AnyStr,
    AsyncIterator,
    Dict,
    Generic,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Tuple,
    Type,
    Union,
)

from . import _errors
from ._event import Batch, Columns, Kind, Paths, encode
from ._forks import renew_locks_in_child
from ._library import STAT_NAMES, Options, RootOptions, StatsStruct, Text, helper_path, library


Path = Union[AnyStr, "os.PathLike[AnyStr]"]
Patterns = Union[str, bytes, Iterable[Union[str, bytes]]]

_open = library.vigil_watcher_open
_wait = library.vigil_watcher_wait
_columns = library.vigil_batch_columns
_free_batch = library.vigil_batch_free
_byref = ctypes.byref
_string_at = ctypes.string_at
_main_thread = threading.main_thread
_get_ident = threading.get_ident
_monotonic = time.monotonic
_select: Any = select  # what Windows has not is not called there

_BACKENDS = {"auto": 0, "inotify": 1, "fanotify": 2, "poll": 3}

# While events come one after the other, the main thread waits in the library: there they gather a little, and one call
# less is needed for each batch. Ctrl-C has to wait so long then, and does not otherwise.
_BUSY_SECONDS = 0.02

# Where the main thread has nothing to sleep on that Ctrl-C would wake.
_SLICE_SECONDS = 0.05

_FOREVER = -1
_NANOSECONDS_MAX = 2**62


class Stats(NamedTuple):
    """Counters since the watcher was opened, and what it holds now."""

    events: int
    """produced, taken or waiting"""
    records: int
    """of the kernel, decoded"""
    losses: int
    """times changes were lost"""
    repairs: int
    """completed after a loss"""
    entries: int
    """in the tree now"""
    watches: int
    """of the kernel, held now"""
    queued_events: int
    """not taken yet"""
    queued_bytes: int
    tree_bytes: int
    roots: int
    directories_pending: int
    """still to be listed"""


class Watcher(Generic[AnyStr]):
    """Watches any number of directories and files and tells exactly what changes in them.

    paths            added at once, with the options of a root: recursive, include, exclude, ignore and so on
                     (see `add`)
    kinds            of changes that are told (Kind, or their names); None: all but OPENED and ACCESSED.
                     Notices are always told
    settle           None: every change as it happens. Else seconds: net delivery, in batches that end after so long
                     without a change, each path at most once
    max_latency      net delivery: seconds after its first change at which a batch ends however busy the tree is
    backend          "auto", "inotify", "fanotify" or "poll"
    max_watches      of the kernel's, the rest is polled; 0: no limit but the system's
    queue_bytes_max  for events that wait to be taken; at the bound they collapse to their net effect
    isolation        the directories are read by helper processes, which can be killed when a file system hangs
    hang_timeout     isolation: seconds after which a helper that gives no sign of life is taken to hang

    Times are seconds. All methods may be called from any thread. Stopped at the end of a `with` statement.

    The child of a fork does not have its parent's watchers: there they are closed, and their descriptors too.
    """

    __slots__ = ("_handle", "_kept", "_pins", "_lock", "_paths", "_poll", "_busy", "__weakref__")

    def __init__(
        self,
        *paths: "Path[AnyStr]",
        kinds: Optional[Iterable[Union[Kind, str]]] = None,
        settle: Optional[float] = None,
        max_latency: float = 1.0,
        recursive: bool = True,
        include: Patterns = (),
        exclude: Patterns = (),
        include_regex: Patterns = (),
        exclude_regex: Patterns = (),
        ignore: bool = False,
        ignore_files: Patterns = (),
        initial: bool = False,
        await_missing: bool = False,
        backend: str = "auto",
        max_watches: int = 0,
        queue_bytes_max: int = 32 << 20,
        isolation: bool = False,
        hang_timeout: float = 5.0
    ) -> None:
        self._handle: Optional[int] = None
        self._kept: Optional[int] = None  # stopped, to be freed when nobody sleeps on its descriptor any more
        self._pins = 0
        self._make_locks()
        renew_locks_in_child(self)
        self._paths = Paths()
        self._poll: Any = None
        self._busy = False

        options = Options()
        _check(library.vigil_options_init(_byref(options), ctypes.sizeof(options)))
        if kinds is not None:
            options.kinds = _bits(kinds)
        if settle is not None:
            options.settle = _nanoseconds(settle, "settle")
        options.max_latency = _nanoseconds(max_latency, "max_latency")
        if backend not in _BACKENDS:
            raise ValueError("there is no backend %r: choose one of %s" % (backend, ", ".join(_BACKENDS)))
        options.backend = _BACKENDS[backend]
        options.max_watches = _count(max_watches, "max_watches")
        options.queue_bytes_max = _count(queue_bytes_max, "queue_bytes_max")
        options.isolation = bool(isolation)
        options.hang_timeout = _nanoseconds(hang_timeout, "hang_timeout")
        helper = helper_path()
        if helper is not None:
            options.helper = _text(encode(helper))

        handle = ctypes.c_void_p()
        _check(_open(_byref(options), _byref(handle)))
        self._handle = handle.value
        try:
            for path in paths:
                self.add(
                    path,
                    recursive=recursive,
                    include=include,
                    exclude=exclude,
                    include_regex=include_regex,
                    exclude_regex=exclude_regex,
                    ignore=ignore,
                    ignore_files=ignore_files,
                    initial=initial,
                    await_missing=await_missing,
                )
        except BaseException:
            self.stop()
            raise

    def add(
        self,
        path: "Path[AnyStr]",
        *,
        recursive: bool = True,
        include: Patterns = (),
        exclude: Patterns = (),
        include_regex: Patterns = (),
        exclude_regex: Patterns = (),
        ignore: bool = False,
        ignore_files: Patterns = (),
        initial: bool = False,
        await_missing: bool = False
    ) -> None:
        """Watches a directory or one file. READY comes before all its other events.

        Returns when the watch is established, which for a large tree takes as long as listing it. Events bear the path
        as it is given here, `bytes` if it is. Raises FileNotFoundError, NotADirectoryError, PermissionError or another
        OSError, all of them vigil.Error; ValueError for a pattern that cannot be read.

        recursive      False: only the direct entries of a directory
        include        globs on the path below the root: what is told
        exclude        globs: what is as good as absent, and never read
        include_regex, exclude_regex
                       the same by regular expressions, which need match only a part of the path
        ignore         True: what .gitignore, .ignore and git's other rules ignore is as good as absent, and never read
        ignore_files   paths of more files of such rules
        initial        each entry that exists already comes as CREATED, then LIVE
        await_missing  a path that does not exist is waited for instead of refused
        """
        given: Any = os.fspath(path)
        root = encode(given)
        options = RootOptions()
        _check(library.vigil_root_options_init(_byref(options), ctypes.sizeof(options)))
        excludes = _texts(exclude, "exclude")
        includes = _texts(include, "include")
        options.exclude, options.exclude_count = excludes, len(excludes)
        options.include, options.include_count = includes, len(includes)
        exclude_regexes = _texts(exclude_regex, "exclude_regex")
        include_regexes = _texts(include_regex, "include_regex")
        more_files = _texts(ignore_files, "ignore_files")
        options.exclude_regex, options.exclude_regex_count = exclude_regexes, len(exclude_regexes)
        options.include_regex, options.include_regex_count = include_regexes, len(include_regexes)
        options.ignore_files, options.ignore_files_count = more_files, len(more_files)
        options.ignore = bool(ignore)
        options.recursive = bool(recursive)
        options.initial = bool(initial)
        options.await_missing = bool(await_missing)
        self._paths.add(given)
        _check(library.vigil_watcher_add(self._open_handle(), root, len(root), _byref(options)), given)

    def remove(self, path: "Path[AnyStr]") -> None:
        """Ends the watch of a path, given as it was added. What was not taken yet is still told.

        Raises NotWatchedError, which is a KeyError and an OSError, for a path that was not added.
        """
        given: Any = os.fspath(path)
        root = encode(given)
        _check(library.vigil_watcher_remove(self._open_handle(), root, len(root)), given)

    def wait(self, timeout: Optional[float] = None) -> Optional["Batch[AnyStr]"]:
        """The next events: waits until there are some, for at most `timeout` seconds.

        An empty batch after the time-out; None once the watcher is stopped. Other threads run meanwhile, and Ctrl-C
        ends it at once.
        """
        columns = self._take(timeout)
        return None if columns is None else columns.batch()

    def sync(self, timeout: float = 5.0) -> None:
        """Returns once every change made before the call is ready for wait(0) to give. Touches no file.

        Raises TimeoutError; LimitReachedError when the queue is full and nobody takes from it.
        """
        _check(library.vigil_watcher_sync(self._open_handle(), _nanoseconds(timeout, "timeout")))

    def stop(self) -> None:
        """Ends everything, at once: wait() returns None from now on, in other threads too. Any number of times."""
        with self._lock:
            handle, self._handle = self._handle, None
            if handle is None:
                return
            if self._pins:
                self._kept = handle
        if self._kept is None:
            library.vigil_watcher_free(handle)
        else:
            library.vigil_watcher_stop(handle)

    close = stop

    def _make_locks(self) -> None:
        self._lock = threading.RLock()  # a signal handler may stop what its own thread waits for

    @property
    def closed(self) -> bool:
        """Whether it was stopped, or belongs to the process this one was forked from."""
        handle = self._handle
        return handle is None or library.vigil_watcher_stats(handle, _byref(StatsStruct()), 0) != 0

    def fileno(self) -> int:
        """A descriptor for select() and its like, readable while wait(0) may have something to give.

        It can be readable without events: wait(0) then gives an empty batch. Owned by the watcher, valid until stop().
        On Windows it is the handle of an event object.
        """
        descriptor = library.vigil_watcher_descriptor(self._open_handle())
        if descriptor == -1:
            raise _errors.stopped()
        return int(descriptor)

    def stats(self) -> Stats:
        """Counters. Raises StoppedError once stopped."""
        stats = StatsStruct()
        _check(library.vigil_watcher_stats(self._open_handle(), _byref(stats), ctypes.sizeof(stats)))
        return Stats(*[getattr(stats, name) for name in STAT_NAMES])

    def __iter__(self) -> Iterator["Batch[AnyStr]"]:
        """The batches as they come, none of them empty, until the watcher is stopped."""
        while True:
            batch = self.wait()
            if batch is None:
                return
            if batch:
                yield batch

    def __aiter__(self) -> AsyncIterator["Batch[AnyStr]"]:
        """As __iter__, on the running loop of asyncio."""
        from . import _aio

        return _aio.Batches(self, None, False)

    def __enter__(self) -> "Watcher[AnyStr]":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Any, traceback: Any) -> None:
        self.stop()

    def __repr__(self) -> str:
        return "<vigil.Watcher %s>" % ("closed" if self.closed else "of handle %s" % self._handle)

    def __del__(self) -> None:
        try:
            if self.closed:
                return
        except AttributeError:  # not even begun, or at the interpreter's very end
            return
        warnings.warn("%r was not stopped" % self, ResourceWarning, source=self)
        self.stop()

    # What follows is internal.

    def _open_handle(self) -> int:
        handle = self._handle
        if handle is None:
            raise _errors.stopped()
        return handle

    def _take(self, timeout: Optional[float]) -> Optional[Columns]:
        """As wait(), but gives columns."""
        if timeout is None:
            limit = _FOREVER
        else:
            limit = _nanoseconds(timeout, "timeout")
        handle = self._handle
        if handle is None:
            return None
        # Only the main thread is told of signals.
        if limit == 0 or _get_ident() != _main_thread().ident:
            return self._take_here(handle, limit)
        return self._take_interruptibly(handle, limit)

    def _take_here(self, handle: int, limit: int) -> Optional[Columns]:
        batch = ctypes.c_void_p()
        code = _wait(handle, limit, _byref(batch))
        if code:
            if code in (_errors.ErrorCode.STOPPED, _errors.ErrorCode.BAD_HANDLE):
                return None
            raise _errors.failure(code)
        try:
            block = ctypes.c_void_p()
            size = ctypes.c_size_t()
            _check(_columns(batch, _byref(block), _byref(size)))
            return Columns(_string_at(block.value or 0, size.value), self._paths)
        finally:
            _free_batch(batch)

    def _take_interruptibly(self, handle: int, limit: int) -> Optional[Columns]:
        deadline = None if limit < 0 else _monotonic() + limit / 1e9
        while True:
            left = None if deadline is None else max(0.0, deadline - _monotonic())
            if self._busy or sys.platform == "win32":
                longest = _BUSY_SECONDS if self._busy else _SLICE_SECONDS
                now = longest if left is None else min(left, longest)
            else:
                self._sleep(left)
                now = 0.0
            columns = self._take_here(handle, int(now * 1e9))
            if columns is None or columns.count:
                self._busy = columns is not None
                return columns
            self._busy = False
            if deadline is not None and _monotonic() >= deadline:
                return columns

    def _sleep(self, seconds: Optional[float]) -> None:
        """Until the descriptor is readable, or a signal's handler raises."""
        if not self._pin():
            return
        try:
            if self.closed:
                return  # in the child of a fork the descriptor's number may be that of something else
            if self._poll is None:
                self._poll = _select.poll()
                self._poll.register(self.fileno(), _select.POLLIN)
            # Rounded up: not a round more for what is less than a millisecond.
            self._poll.poll(None if seconds is None else min(int(seconds * 1000) + 1, 2**31 - 1))
        except _errors.StoppedError:
            pass
        finally:
            self._unpin()

    def _pin(self) -> bool:
        """Keeps the descriptor open, even when the watcher is stopped, until it is unpinned. False if it is stopped."""
        with self._lock:
            if self._handle is None:
                return False
            self._pins += 1
            return True

    def _unpin(self) -> None:
        with self._lock:
            self._pins -= 1
            if self._pins or self._kept is None:
                return
            kept, self._kept = self._kept, None
        library.vigil_watcher_free(kept)


def watch(
    *paths: "Path[AnyStr]",
    stop_event: Optional[Any] = None,
    kinds: Optional[Iterable[Union[Kind, str]]] = None,
    settle: Optional[float] = None,
    max_latency: float = 1.0,
    recursive: bool = True,
    include: Patterns = (),
    exclude: Patterns = (),
    include_regex: Patterns = (),
    exclude_regex: Patterns = (),
    ignore: bool = False,
    ignore_files: Patterns = (),
    initial: bool = False,
    await_missing: bool = False,
    backend: str = "auto",
    max_watches: int = 0,
    queue_bytes_max: int = 32 << 20,
    isolation: bool = False,
    hang_timeout: float = 5.0
) -> Iterator["Batch[AnyStr]"]:
    """Watches paths and yields batches of events as they come, none of them empty.

    The watch begins with the call, not with the first batch. It ends with the loop, or when `stop_event` (a
    threading.Event, or anything with is_set()) is set. Options as of Watcher.
    """
    watcher: Watcher[AnyStr] = Watcher(
        *paths,
        kinds=kinds,
        settle=settle,
        max_latency=max_latency,
        recursive=recursive,
        include=include,
        exclude=exclude,
        include_regex=include_regex,
        exclude_regex=exclude_regex,
        ignore=ignore,
        ignore_files=ignore_files,
        initial=initial,
        await_missing=await_missing,
        backend=backend,
        max_watches=max_watches,
        queue_bytes_max=queue_bytes_max,
        isolation=isolation,
        hang_timeout=hang_timeout
    )
    return _Batches(watcher, stop_event)


class _Batches(Iterator[Batch[AnyStr]], Generic[AnyStr]):
    """The loop of watch(). Stops its watcher at the end, or when it is forgotten."""

    def __init__(self, watcher: "Watcher[AnyStr]", stop_event: Optional[Any]) -> None:
        self._watcher: "Watcher[AnyStr]" = watcher
        self._stop_event = stop_event

    def __iter__(self) -> "_Batches[AnyStr]":
        return self

    def __next__(self) -> "Batch[AnyStr]":
        event = self._stop_event
        while event is None or not event.is_set():
            # The event of a thread cannot be waited for beside the watcher.
            batch = self._watcher.wait(None if event is None else _SLICE_SECONDS)
            if batch is None:
                break
            if batch:
                return batch
        self._watcher.stop()
        raise StopIteration

    def close(self) -> None:
        """Ends the watch."""
        self._watcher.stop()

    def __del__(self) -> None:
        watcher = getattr(self, "_watcher", None)
        if watcher is not None:
            watcher.stop()


def _check(code: int, filename: Optional[Any] = None) -> None:
    if code:
        raise _errors.failure(code, filename)


def _nanoseconds(seconds: float, name: str) -> int:
    if not seconds >= 0:  # what is no number is not, either
        raise ValueError("%s is %r; it cannot be below zero" % (name, seconds))
    return int(min(seconds * 1e9, _NANOSECONDS_MAX))


def _count(number: int, name: str) -> int:
    if not 0 <= number < 2**64:
        raise ValueError("%s is %r, which is no size" % (name, number))
    return int(number)


_NAMES: Dict[str, Kind] = {str(kind): kind for kind in Kind}


def _bits(kinds: Iterable[Union[Kind, str]]) -> int:
    if isinstance(kinds, (str, int)):
        kinds = (kinds,)
    bits = 0
    for kind in kinds:
        try:
            bits |= 1 << (_NAMES[kind.lower()] if isinstance(kind, str) else Kind(kind))
        except (KeyError, ValueError):
            raise ValueError("there is no kind of event %r" % (kind,)) from None
    return bits


def _text(text: bytes) -> Text:
    return Text(text, len(text))


def _texts(patterns: Patterns, name: str) -> Any:
    if isinstance(patterns, (str, bytes)):
        patterns = (patterns,)
    texts: List[Text] = []
    for pattern in patterns:
        if not isinstance(pattern, (str, bytes)):
            raise TypeError("%s takes patterns of str or bytes, not %r" % (name, type(pattern).__name__))
        texts.append(_text(encode(pattern)))
    return (Text * len(texts))(*texts)
