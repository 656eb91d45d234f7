"""The end of a process as a call: `watchdog.utils.process_watcher`."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from typing import Any, Callable, Optional

from vigil.watchdog.utils import BaseThread

# Where no descriptor tells of the end of a process: how often stop() is looked for.
_STOP_INTERVAL = 0.2


class ProcessWatcher(BaseThread):
    """Waits for a process and then calls `process_termination_callback()`, unless stopped before."""

    def __init__(
        self, popen_obj: "subprocess.Popen[Any]", process_termination_callback: Optional[Callable[[], None]]
    ) -> None:
        super().__init__()
        self.popen_obj = popen_obj
        self.process_termination_callback = process_termination_callback
        self._lock = threading.Lock()
        self._wake: Optional[int] = None  # Written to by stop().

    def on_thread_stop(self) -> None:
        with self._lock:
            if self._wake is not None:
                os.write(self._wake, b"\0")

    def run(self) -> None:
        if not self._wait_by_descriptor():
            self._wait_by_looking()
        if self.should_keep_running() and self.process_termination_callback:
            self.process_termination_callback()

    def _wait_by_descriptor(self) -> bool:
        """Sleeps until the process ended or stop() was called. False where the system cannot."""
        if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
            return False
        try:
            process = os.pidfd_open(self.popen_obj.pid)
        except OSError:
            return False  # An old kernel, or it has ended and was waited for.
        woken, wake = os.pipe()
        try:
            with self._lock:
                self._wake = wake
            if self.should_keep_running():
                poll = select.poll()
                poll.register(process, select.POLLIN)
                poll.register(woken, select.POLLIN)
                poll.poll()
            if self.should_keep_running():
                self.popen_obj.wait()
            return True
        finally:
            with self._lock:
                self._wake = None
            for descriptor in (process, woken, wake):
                os.close(descriptor)

    def _wait_by_looking(self) -> None:
        while self.should_keep_running():
            try:
                self.popen_obj.wait(timeout=_STOP_INTERVAL)
                return
            except subprocess.TimeoutExpired:
                continue
