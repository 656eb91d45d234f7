"""Events, and how they are read from the library's columns."""

import enum
import struct
import sys
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import (
    TYPE_CHECKING,
    Any,
    AnyStr,
    Callable,
    Dict,
    Generic,
    Iterable,
    List,
    Optional,
    Tuple,
    Union,
)


class Kind(enum.IntEnum):
    """What happened. docs/events.md says what each means."""

    CREATED = 0
    REMOVED = 1
    RENAMED = 2
    MODIFIED = 3
    ATTRIBUTES = 4
    CLOSED = 5
    OPENED = 6
    ACCESSED = 7
    RESCAN = 8
    LIVE = 9
    READY = 10
    DEGRADED = 11
    LOST = 12
    RESTORED = 13
    ERROR = 14

    def __str__(self) -> str:
        return self.name.lower()

    @property
    def is_notice(self) -> bool:
        """Speaks of the watch itself, not of an entry."""
        return self >= Kind.RESCAN


class EntryType(enum.IntEnum):
    """What an entry is."""

    UNKNOWN = 0
    FILE = 1
    DIRECTORY = 2
    SYMLINK = 3
    OTHER = 4

    def __str__(self) -> str:
        return self.name.lower()


# A newer library may have more: those are given as plain numbers.
_KINDS: Tuple[Any, ...] = tuple(Kind) + tuple(range(len(Kind), 256))
_TYPES: Tuple[Any, ...] = tuple(EntryType) + tuple(range(len(EntryType), 256))

_SYNTHETIC = tuple(bool(flags & 1) for flags in range(256))
_REPLACED = tuple(bool(flags & 2) for flags in range(256))


class Event(tuple, Generic[AnyStr]):  # type: ignore[type-arg]
    """One change, or a notice about the watch. Immutable; a tuple of its fields, so that it costs little.

    kind        what happened
    type        what the entry is
    path        the entry; it begins with the root as it was given, and is `bytes` if that was
    from_path   RENAMED: the path before; otherwise None
    synthetic   found by reading the tree, not told by the kernel
    replaced    RENAMED: `path` existed before and is gone
    seq         rises by one or more from event to event
    time_ns     when vigil learnt of it, nanoseconds since 1970, UTC
    code        ERROR, LOST, DEGRADED: the system's error code, or 0
    pid         who did it, where the backend knows, or 0
    reason      notices: a sentence for a person, or ""
    backend     READY: "inotify", ...; otherwise ""
    """

    __slots__ = ()

    if TYPE_CHECKING:
        kind: Kind
        type: EntryType
        path: AnyStr
        from_path: Optional[AnyStr]
        synthetic: bool
        replaced: bool
        seq: int
        time_ns: int
        code: int
        pid: int
        reason: str
        backend: str
    else:
        kind = property(itemgetter(0))
        type = property(itemgetter(1))
        path = property(itemgetter(2))
        from_path = property(itemgetter(3))
        synthetic = property(itemgetter(4))
        replaced = property(itemgetter(5))
        seq = property(itemgetter(6))
        time_ns = property(itemgetter(7))
        code = property(itemgetter(8))
        pid = property(itemgetter(9))
        reason = property(itemgetter(10))
        backend = property(itemgetter(11))

    def __new__(
        cls,
        kind: Kind,
        type: EntryType,
        path: AnyStr,
        from_path: Optional[AnyStr] = None,
        synthetic: bool = False,
        replaced: bool = False,
        seq: int = 0,
        time_ns: int = 0,
        code: int = 0,
        pid: int = 0,
        reason: str = "",
        backend: str = "",
    ) -> "Event[AnyStr]":
        """For tests; a watcher makes its own."""
        fields = (kind, type, path, from_path, synthetic, replaced, seq, time_ns, code, pid, reason, backend)
        return tuple.__new__(cls, fields)

    def __getnewargs__(self) -> Tuple[Any, ...]:
        return tuple(self)

    @property
    def is_directory(self) -> bool:
        """Whether `type` is DIRECTORY."""
        return bool(self[1] == EntryType.DIRECTORY)

    @property
    def time(self) -> float:
        """`time_ns` in seconds, as time.time() gives it."""
        return float(self[7]) / 1e9

    def __repr__(self) -> str:
        parts = [str(self.kind), repr(self.path)]
        if self.from_path is not None:
            parts.append("from_path=%r" % (self.from_path,))
        if self.type != EntryType.UNKNOWN:
            parts.append(str(self.type))
        for name in ("synthetic", "replaced"):
            if getattr(self, name):
                parts.append(name)
        for name in ("backend", "code", "reason"):
            if getattr(self, name):
                parts.append("%s=%r" % (name, getattr(self, name)))
        return "<Event %s>" % " ".join(parts)


if TYPE_CHECKING:

    class Batch(Tuple[Event[AnyStr], ...], Generic[AnyStr]):
        """Events in the order they are to be applied."""

else:

    class Batch(tuple, Generic[AnyStr]):
        """Events in the order they are to be applied. A tuple; empty after a time-out."""

        __slots__ = ()

        def __repr__(self) -> str:
            return "<Batch %s>" % tuple.__repr__(self)


_new_event: Callable[..., Any] = partial(tuple.__new__, Event)

# vigil_columns.
_HEAD = struct.Struct("=QIIQQQQQQQQQQQQQQQ")

# How the system's bytes become the texts of Python. Both errors handlers keep every path exact.
_ENCODING = "utf-8" if sys.platform == "win32" else sys.getfilesystemencoding()
_ERRORS = "surrogatepass" if sys.platform == "win32" else "surrogateescape"

Text = Union[str, bytes]


def encode(path: Text) -> bytes:
    """The system's bytes of a path or pattern."""
    return path if isinstance(path, bytes) else path.encode(_ENCODING, _ERRORS)


class Paths:
    """Whether paths are given as str or as bytes: as the root they begin with was."""

    __slots__ = ("_roots", "_both", "_bytes")

    def __init__(self) -> None:
        self._roots: Dict[bytes, bool] = {}  # whether it was given as bytes
        self._both = False
        self._bytes = False

    def add(self, root: Text) -> None:
        """Of a root about to be added. One that is removed still counts: its last events may be to come."""
        self._roots[encode(root)] = isinstance(root, bytes)
        kinds = set(self._roots.values())
        self._both = len(kinds) == 2
        self._bytes = kinds == {True}

    def split(self, slab: bytes) -> List[Any]:
        """Of texts that end in a NUL each."""
        if self._both:
            return [self._one(path) for path in slab[:-1].split(b"\0")]
        if self._bytes:
            return slab[:-1].split(b"\0")
        return slab[:-1].decode(_ENCODING, _ERRORS).split("\0")

    def _one(self, path: bytes) -> Text:
        longest = max((root for root in self._roots if path.startswith(root)), key=len, default=b"")
        return path if self._roots.get(longest, False) else path.decode(_ENCODING, _ERRORS)


class Columns:
    """A batch as the library gives it, read no further than asked for.

    Internal: for whoever makes objects of its own, without an Event in between.
    """

    __slots__ = ("_block", "_head", "_paths", "count")

    def __init__(self, block: bytes, paths: Paths) -> None:
        self._block = block
        self._head = _HEAD.unpack_from(block)
        self._paths = paths
        self.count: int = self._head[2]

    def kinds(self) -> bytes:
        """The number of each one's kind."""
        return self._bytes(7)

    def types(self) -> bytes:
        """The number of each one's type."""
        return self._bytes(8)

    def flags(self) -> Optional[bytes]:
        """1 for synthetic, 2 for replaced; None where all are 0."""
        return self._bytes(9) if self._head[9] else None

    def seqs(self) -> List[int]:
        return self._numbers(3, "Q", 8)

    def times(self) -> List[int]:
        """Nanoseconds since 1970."""
        return self._numbers(4, "q", 8)

    def codes(self) -> Optional[List[int]]:
        return self._numbers(5, "i", 4) if self._head[5] else None

    def pids(self) -> Optional[List[int]]:
        return self._numbers(6, "i", 4) if self._head[6] else None

    def paths(self) -> List[Any]:
        return self._paths.split(self._slab(10))

    def froms(self) -> Optional[List[Any]]:
        """The path before of each; empty where there is none; None where all are empty."""
        return self._paths.split(self._slab(12)) if self._head[12] else None

    def reasons(self) -> Optional[List[str]]:
        return self._texts(14)

    def backends(self) -> Optional[List[str]]:
        return self._texts(16)

    def batch(self) -> "Batch[Any]":
        """All of it as events."""
        if self.count == 0:
            return _EMPTY
        flags = self.flags()
        froms = self.froms()
        columns: List[Iterable[Any]] = [
            map(_KINDS.__getitem__, self.kinds()),
            map(_TYPES.__getitem__, self.types()),
            self.paths(),
            repeat(None) if froms is None else [path or None for path in froms],
            repeat(False) if flags is None else map(_SYNTHETIC.__getitem__, flags),
            repeat(False) if flags is None else map(_REPLACED.__getitem__, flags),
            self.seqs(),
            self.times(),
            self.codes() or repeat(0),
            self.pids() or repeat(0),
            self.reasons() or repeat(""),
            self.backends() or repeat(""),
        ]
        return Batch(map(_new_event, zip(*columns)))

    def _bytes(self, column: int) -> bytes:
        offset = self._head[column]
        return self._block[offset : offset + self.count]

    def _numbers(self, column: int, letter: str, width: int) -> List[int]:
        offset = self._head[column]
        return memoryview(self._block)[offset : offset + width * self.count].cast(letter).tolist()

    def _slab(self, column: int) -> bytes:
        offset = self._head[column]
        return self._block[offset : offset + self._head[column + 1]]

    def _texts(self, column: int) -> Optional[List[str]]:
        if not self._head[column]:
            return None
        return self._slab(column)[:-1].decode("utf-8", "surrogateescape").split("\0")


_EMPTY: "Batch[Any]" = Batch()
