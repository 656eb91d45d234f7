"""Handlers that do something: `watchdog.tricks`. What `watchmedo` runs.

A trick is a PatternMatchingEventHandler that can be named in a file of tricks.
"""

from __future__ import annotations

import functools
import logging
import os
import signal
import string
import subprocess
import sys
import threading
import time
from typing import Any, Dict, List, Optional, Sequence, Union

from vigil.watchdog.events import (
    EVENT_TYPE_CLOSED_NO_WRITE,
    EVENT_TYPE_OPENED,
    FileSystemEvent,
    PatternMatchingEventHandler,
)
from vigil.watchdog.utils import echo
from vigil.watchdog.utils.event_debouncer import EventDebouncer
from vigil.watchdog.utils.process_watcher import ProcessWatcher

logger = logging.getLogger("watchdog.tricks")
echo_events = functools.partial(echo.echo, write=lambda text: logger.info(text.rstrip("\n")))

# Looking at a file changes nothing, and a command that looks at what it is told of must not start itself again.
_CHANGES_NOTHING = (EVENT_TYPE_OPENED, EVENT_TYPE_CLOSED_NO_WRITE)

# A command that ends by itself is started again at once, unless it ran for less than this: then only so much later, and
# each time twice as late, so that one that cannot run does not take the machine.
_RAN_SECONDS = 1.0
_LATER_SECONDS_MAX = 30.0


class Trick(PatternMatchingEventHandler):
    """The base of tricks."""

    @classmethod
    def generate_yaml(cls) -> str:
        """An entry for a file of tricks, to be edited."""
        # By the name that other installations know as well.
        module = cls.__module__
        if module.startswith("vigil.watchdog"):
            module = module[len("vigil.") :]
        return _YAML % {"module": module, "name": cls.__name__}


_YAML = """- %(module)s.%(name)s:
  args:
  - argument1
  - argument2
  kwargs:
    patterns:
    - "*.py"
    - "*.js"
    ignore_patterns:
    - "version.py"
    ignore_directories: false
"""


class LoggerTrick(Trick):
    """Logs every event, as a call of the method for it."""

    @echo_events
    def on_modified(self, event: FileSystemEvent) -> None:
        pass

    @echo_events
    def on_deleted(self, event: FileSystemEvent) -> None:
        pass

    @echo_events
    def on_created(self, event: FileSystemEvent) -> None:
        pass

    @echo_events
    def on_moved(self, event: FileSystemEvent) -> None:
        pass

    @echo_events
    def on_closed(self, event: FileSystemEvent) -> None:
        pass

    @echo_events
    def on_closed_no_write(self, event: FileSystemEvent) -> None:
        pass

    @echo_events
    def on_opened(self, event: FileSystemEvent) -> None:
        pass


class ShellCommandTrick(Trick):
    """Runs a command of the shell for each event.

    In the command `${watch_src_path}`, `${watch_dest_path}`, `${watch_event_type}` and `${watch_object}` (`file` or
    `directory`) stand for the event. They are variables of the environment, so that no name of a file is ever read as a
    command; only on Windows, whose shell knows no `${...}`, are they put into the text. With `wait_for_process` the
    next event waits until the command has ended; with `drop_during_process` events that come meanwhile are dropped.
    """

    def __init__(
        self,
        shell_command: Optional[str] = None,
        patterns: Optional[List[str]] = None,
        ignore_patterns: Optional[List[str]] = None,
        ignore_directories: bool = False,
        wait_for_process: bool = False,
        drop_during_process: bool = False,
    ) -> None:
        super().__init__(patterns, ignore_patterns, ignore_directories)
        self.shell_command = shell_command
        self.wait_for_process = wait_for_process
        self.drop_during_process = drop_during_process
        self.process: Optional[subprocess.Popen[bytes]] = None
        self._process_watchers: List[ProcessWatcher] = []

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _CHANGES_NOTHING:
            return
        if self.drop_during_process and self.is_process_running():
            return
        environment = dict(
            os.environ,
            watch_object="directory" if event.is_directory else "file",
            watch_event_type=event.event_type,
            watch_src_path=os.fsdecode(event.src_path),
            watch_dest_path=os.fsdecode(event.dest_path),
        )
        command = self.shell_command if self.shell_command is not None else _usual_command(event)
        if sys.platform == "win32":
            command = string.Template(command).safe_substitute(environment)
        self.process = subprocess.Popen(command, shell=True, env=environment)
        if self.wait_for_process:
            self.process.wait()
        else:
            # Somebody has to wait for it in the end, or it stays as a zombie.
            self._process_watchers = [watcher for watcher in self._process_watchers if watcher.is_alive()]
            watcher = ProcessWatcher(self.process, None)
            self._process_watchers.append(watcher)
            watcher.start()

    def is_process_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def _usual_command(event: FileSystemEvent) -> str:
    """Says what happened."""
    if sys.platform == "win32":
        text = "%watch_event_type% %watch_object% %watch_src_path%"
        return "echo " + text + (" to %watch_dest_path%" if event.dest_path else "")
    text = "${watch_event_type} ${watch_object} "
    text += "from ${watch_src_path} to ${watch_dest_path}" if event.dest_path else "${watch_src_path}"
    return 'echo "%s"' % text


class AutoRestartTrick(Trick):
    """Starts a long-running command and starts it again after events, or when it ends by itself.

    To stop it, its group of processes gets `stop_signal`, and SIGKILL after `kill_after` seconds. With a
    `debounce_interval_seconds` a burst of events is one restart, so long after the last of them.
    """

    def __init__(
        self,
        command: Union[str, Sequence[str]],
        patterns: Optional[List[str]] = None,
        ignore_patterns: Optional[List[str]] = None,
        ignore_directories: bool = False,
        stop_signal: Union[int, signal.Signals] = signal.SIGINT,
        kill_after: float = 10,
        debounce_interval_seconds: float = 0,
        restart_on_command_exit: bool = True,
    ) -> None:
        if kill_after < 0:
            raise ValueError("kill_after must be non-negative.")
        if debounce_interval_seconds < 0:
            raise ValueError("debounce_interval_seconds must be non-negative.")
        super().__init__(patterns, ignore_patterns, ignore_directories)
        self.command = command
        self.stop_signal = stop_signal
        self.kill_after = kill_after
        self.debounce_interval_seconds = debounce_interval_seconds
        self.restart_on_command_exit = restart_on_command_exit
        self.process: Optional[subprocess.Popen[bytes]] = None
        self.process_watcher: Optional[ProcessWatcher] = None
        self.event_debouncer: Optional[EventDebouncer] = None
        if debounce_interval_seconds:
            self.event_debouncer = EventDebouncer(debounce_interval_seconds, lambda events: self._restart_process())
        self.restart_count = 0
        # Held while the process is started or stopped; whoever waits for it to end does not hold it.
        self._changing = threading.RLock()
        self._stopping = threading.Event()
        self._started_at = 0.0
        self._later = 0.0

    def start(self) -> None:
        """Starts the command."""
        if self.event_debouncer:
            self.event_debouncer.start()
        self._start_process()

    def stop(self) -> None:
        """Stops the command for good."""
        self._stopping.set()
        if self.event_debouncer:
            self.event_debouncer.stop()
        self._stop_process()
        if self.event_debouncer and self.event_debouncer.is_alive():
            self.event_debouncer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _CHANGES_NOTHING:
            return
        logger.info("%s: restarts because of %r", type(self).__name__, event)
        if self.event_debouncer:
            self.event_debouncer.handle_event(event)
        else:
            self._restart_process()

    def _restart_process(self) -> None:
        if self._stopping.is_set():
            return
        with self._changing:
            self._stop_process()
            self._start_process()
            self.restart_count += 1

    def _start_process(self) -> None:
        with self._changing:
            if self._stopping.is_set():
                return
            options: Dict[str, Any] = {} if sys.platform == "win32" else {"start_new_session": True}
            self.process = subprocess.Popen(self.command, **options)
            self._started_at = time.monotonic()
            if self.restart_on_command_exit:
                self.process_watcher = ProcessWatcher(self.process, functools.partial(self._ended, self.process))
                self.process_watcher.start()

    def _ended(self, process: "subprocess.Popen[bytes]") -> None:
        """Called by the watcher of a process that ended by itself."""
        ran = time.monotonic() - self._started_at
        self._later = 0.0 if ran >= _RAN_SECONDS else min(max(2 * self._later, 0.1), _LATER_SECONDS_MAX)
        if self._later and self._stopping.wait(self._later):
            return
        with self._changing:
            # Unless it was started again meanwhile because of an event.
            if self.process is process:
                self._restart_process()

    def _stop_process(self) -> None:
        with self._changing:
            if self.process_watcher is not None:
                self.process_watcher.stop()
                self.process_watcher = None
            process, self.process = self.process, None
            if process is None or process.poll() is not None:
                return
            _signal_all(process, self.stop_signal)
            try:
                process.wait(self.kill_after)
            except subprocess.TimeoutExpired:
                _signal_all(process, None)
                process.wait()


def _signal_all(process: "subprocess.Popen[bytes]", number: Optional[int]) -> None:
    """Sends a signal (None: the one that cannot be ignored) to a process and all it started."""
    if sys.platform == "win32":
        process.kill() if number is None else process.terminate()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL if number is None else number)
    except ProcessLookupError:
        pass
