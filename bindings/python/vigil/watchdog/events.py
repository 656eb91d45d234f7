"""What handlers receive, and the handlers themselves: `watchdog.events`.

An event is a dataclass with the fields `src_path`, `dest_path`, `event_type`, `is_directory` and `is_synthetic`. Two
are equal when they are of the same class and all their fields are. The class says what happened (`FileCreatedEvent`),
and so do `event_type` (`created`) and `is_directory`.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass, field
from typing import Any, AnyStr, Iterable, Iterator, List, Optional, Pattern, Tuple, Union

from vigil.watchdog.utils.patterns import match_any_paths

AnyPath = Union[bytes, str]

EVENT_TYPE_MOVED = "moved"
EVENT_TYPE_DELETED = "deleted"
EVENT_TYPE_CREATED = "created"
EVENT_TYPE_MODIFIED = "modified"
EVENT_TYPE_CLOSED = "closed"
EVENT_TYPE_CLOSED_NO_WRITE = "closed_no_write"
EVENT_TYPE_OPENED = "opened"


@dataclass(frozen=True)
class VigilNotice:
    """What vigil tells of a watch and watchdog has no event for, given to on_vigil_notice() of handlers that have one.

    `kind` is `rescan` (events were lost, the difference follows), `live` (it is complete), `degraded` (part of the
    watch is compared with the disk from time to time: `reason` says why and what helps), `lost` and `restored` (the
    root), `ready` or `error`.
    """

    kind: str
    path: str
    reason: str = ""
    code: int = 0


@dataclass(init=False, unsafe_hash=True)
class FileSystemEvent:
    """Something happened to `src_path`."""

    src_path: AnyPath
    dest_path: AnyPath = ""
    event_type: str = field(default="", init=False)
    is_directory: bool = field(default=False, init=False)
    # True when it was found by reading the disk, and not told by the system: what was in a directory that appeared or
    # moved, and what a repair found after the system lost events.
    is_synthetic: bool = False

    # By hand: most events have the defaults, which the class has already.
    def __init__(self, src_path: AnyPath, dest_path: AnyPath = "", is_synthetic: bool = False) -> None:
        self.src_path = src_path
        if dest_path:
            self.dest_path = dest_path
        if is_synthetic:
            self.is_synthetic = True


class FileSystemMovedEvent(FileSystemEvent):
    """An entry moved from `src_path` to `dest_path`, both below the watch."""

    event_type = EVENT_TYPE_MOVED


class FileDeletedEvent(FileSystemEvent):
    event_type = EVENT_TYPE_DELETED


class FileModifiedEvent(FileSystemEvent):
    """Content was written or cut off, or mode, owner, times or extended attributes changed."""

    event_type = EVENT_TYPE_MODIFIED


class FileCreatedEvent(FileSystemEvent):
    event_type = EVENT_TYPE_CREATED


class FileMovedEvent(FileSystemMovedEvent):
    pass


class FileClosedEvent(FileSystemEvent):
    """A file that was open for writing was closed: what was written is complete."""

    event_type = EVENT_TYPE_CLOSED


class FileClosedNoWriteEvent(FileSystemEvent):
    """A file that was open for reading only was closed. No observer of vigil tells it."""

    event_type = EVENT_TYPE_CLOSED_NO_WRITE


class FileOpenedEvent(FileSystemEvent):
    event_type = EVENT_TYPE_OPENED


class DirDeletedEvent(FileSystemEvent):
    event_type = EVENT_TYPE_DELETED
    is_directory = True


class DirModifiedEvent(FileSystemEvent):
    """An entry of the directory came, went or was written, or its own attributes changed."""

    event_type = EVENT_TYPE_MODIFIED
    is_directory = True


class DirCreatedEvent(FileSystemEvent):
    event_type = EVENT_TYPE_CREATED
    is_directory = True


class DirMovedEvent(FileSystemMovedEvent):
    is_directory = True


_HANDLER_NAMES = {
    EVENT_TYPE_MOVED: "on_moved",
    EVENT_TYPE_DELETED: "on_deleted",
    EVENT_TYPE_CREATED: "on_created",
    EVENT_TYPE_MODIFIED: "on_modified",
    EVENT_TYPE_CLOSED: "on_closed",
    EVENT_TYPE_CLOSED_NO_WRITE: "on_closed_no_write",
    EVENT_TYPE_OPENED: "on_opened",
}


class FileSystemEventHandler:
    """The base of handlers: override what you want to know. The methods are called on the observer's thread."""

    def dispatch(self, event: FileSystemEvent) -> None:
        """Calls on_any_event(), then the method of the event's type."""
        self.on_any_event(event)
        getattr(self, _HANDLER_NAMES.get(event.event_type) or "on_" + event.event_type)(event)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called for every event."""

    def on_moved(self, event: FileSystemEvent) -> None:
        """Called when a file or directory moved."""

    def on_created(self, event: FileSystemEvent) -> None:
        """Called when a file or directory appeared."""

    def on_deleted(self, event: FileSystemEvent) -> None:
        """Called when a file or directory vanished."""

    def on_modified(self, event: FileSystemEvent) -> None:
        """Called when a file or directory changed."""

    def on_closed(self, event: FileSystemEvent) -> None:
        """Called when a file that was open for writing was closed."""

    def on_closed_no_write(self, event: FileSystemEvent) -> None:
        """Called when a file that was open for reading only was closed. No observer of vigil tells it."""

    def on_opened(self, event: FileSystemEvent) -> None:
        """Called when a file was opened."""


def _texts(event: FileSystemEvent) -> List[str]:
    """The paths of an event as texts, the destination first."""
    texts = [os.fsdecode(event.dest_path)] if event.dest_path else []
    if event.src_path:
        texts.append(os.fsdecode(event.src_path))
    return texts


class _MatchingEventHandler(FileSystemEventHandler):
    """Passes on the events that its class matches; none of directories, if so asked."""

    def __init__(self, ignore_directories: bool, case_sensitive: bool) -> None:
        super().__init__()
        self._ignore_directories = ignore_directories
        self._case_sensitive = case_sensitive

    @property
    def ignore_directories(self) -> bool:
        return self._ignore_directories

    @property
    def case_sensitive(self) -> bool:
        return self._case_sensitive

    def _lets_pass(self, texts: List[str]) -> bool:
        raise NotImplementedError

    def dispatch(self, event: FileSystemEvent) -> None:
        if self.ignore_directories and event.is_directory:
            return
        if self._lets_pass(_texts(event)):
            super().dispatch(event)


class PatternMatchingEventHandler(_MatchingEventHandler):
    """Passes on the events of which a path matches one of `patterns` and none of `ignore_patterns`.

    A pattern is matched as by `pathlib.PurePath.match`: from the right, component by component. Without `patterns`
    every path matches. With compat="7" the whole path has to match, and `**` stands for any number of directories.
    """

    def __init__(
        self,
        patterns: Optional[List[str]] = None,
        ignore_patterns: Optional[List[str]] = None,
        ignore_directories: bool = False,
        case_sensitive: bool = False,
        *,
        compat: Optional[str] = None,
    ) -> None:
        super().__init__(ignore_directories, case_sensitive)
        self._patterns = patterns
        self._ignore_patterns = ignore_patterns
        self._compat = compat

    @property
    def patterns(self) -> Optional[List[str]]:
        return self._patterns

    @property
    def ignore_patterns(self) -> Optional[List[str]]:
        return self._ignore_patterns

    def _lets_pass(self, texts: List[str]) -> bool:
        return match_any_paths(texts, self.patterns, self.ignore_patterns, self.case_sensitive, compat=self._compat)


class RegexMatchingEventHandler(_MatchingEventHandler):
    """Passes on the events of which a path begins with a match of `regexes`, and none with one of `ignore_regexes`."""

    def __init__(
        self,
        regexes: Union[None, str, List[Any]] = None,
        ignore_regexes: Union[None, str, List[Any]] = None,
        ignore_directories: bool = False,
        case_sensitive: bool = False,
    ) -> None:
        super().__init__(ignore_directories, case_sensitive)
        flags = 0 if case_sensitive else re.IGNORECASE
        self._regexes = _compiled([r".*"] if regexes is None else regexes, flags)
        self._ignore_regexes = _compiled([] if ignore_regexes is None else ignore_regexes, flags)

    @property
    def regexes(self) -> List[Pattern[str]]:
        return self._regexes

    @property
    def ignore_regexes(self) -> List[Pattern[str]]:
        return self._ignore_regexes

    def _lets_pass(self, texts: List[str]) -> bool:
        if any(regex.match(text) for regex in self.ignore_regexes for text in texts):
            return False
        return any(regex.match(text) for regex in self.regexes for text in texts)


def _compiled(regexes: Union[str, List[Any]], flags: int) -> List[Pattern[str]]:
    if isinstance(regexes, str):
        regexes = [regexes]
    return [regex if isinstance(regex, re.Pattern) else re.compile(regex, flags) for regex in regexes]


class LoggingEventHandler(FileSystemEventHandler):
    """Logs every event, on `logger` or the root logger."""

    def __init__(self, logger: Optional[logging.Logger] = None) -> None:
        super().__init__()
        self.logger = logger or logging.root

    def on_moved(self, event: FileSystemEvent) -> None:
        super().on_moved(event)
        self.logger.info("Moved %s: from %s to %s", _what(event), event.src_path, event.dest_path)

    def on_created(self, event: FileSystemEvent) -> None:
        super().on_created(event)
        self.logger.info("Created %s: %s", _what(event), event.src_path)

    def on_deleted(self, event: FileSystemEvent) -> None:
        super().on_deleted(event)
        self.logger.info("Deleted %s: %s", _what(event), event.src_path)

    def on_modified(self, event: FileSystemEvent) -> None:
        super().on_modified(event)
        self.logger.info("Modified %s: %s", _what(event), event.src_path)

    def on_closed(self, event: FileSystemEvent) -> None:
        super().on_closed(event)
        self.logger.info("Closed modified %s: %s", _what(event), event.src_path)

    def on_closed_no_write(self, event: FileSystemEvent) -> None:
        super().on_closed_no_write(event)
        self.logger.info("Closed read %s: %s", _what(event), event.src_path)

    def on_opened(self, event: FileSystemEvent) -> None:
        super().on_opened(event)
        self.logger.info("Opened %s: %s", _what(event), event.src_path)


def _what(event: FileSystemEvent) -> str:
    return "directory" if event.is_directory else "file"


def _below(directory: AnyStr) -> Iterator[Tuple[AnyStr, bool]]:
    """Each path below a directory, and whether it is one itself: of each directory first those, then the rest."""
    for parent, directories, files in os.walk(directory):
        for name in directories:
            yield os.path.join(parent, name), True
        for name in files:
            yield os.path.join(parent, name), False


def generate_sub_moved_events(src_dir_path: Optional[AnyStr], dest_dir_path: AnyStr) -> Iterator[FileSystemEvent]:
    """A synthetic moved event for each entry of a directory that moved, as the disk has it now below `dest_dir_path`.

    Without `src_dir_path` (empty, or None) the events have an empty `src_path`.
    """
    for dest_path, is_directory in _below(dest_dir_path):
        moved = DirMovedEvent if is_directory else FileMovedEvent
        src_path: AnyPath = src_dir_path + dest_path[len(dest_dir_path) :] if src_dir_path else ""
        yield moved(src_path, dest_path, is_synthetic=True)


def generate_sub_created_events(src_dir_path: AnyStr) -> Iterator[FileSystemEvent]:
    """A synthetic created event for each entry of a directory that appeared, as the disk has it now."""
    for src_path, is_directory in _below(src_dir_path):
        yield (DirCreatedEvent if is_directory else FileCreatedEvent)(src_path, is_synthetic=True)


def passes(event_class: type, event_filter: Optional[Iterable[type]]) -> bool:
    """Whether events of a class pass an observed watch's `event_filter`; without one all do."""
    return event_filter is None or issubclass(event_class, tuple(event_filter))
