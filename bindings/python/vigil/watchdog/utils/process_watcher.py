"""The end of a process as a call: `watchdog.utils.process_watcher`."""

from __future__ import annotations

import subprocess
from typing import Any, Callable, Optional

from vigil.watchdog.utils import BaseThread

# How often stop() is looked for: the end of the process itself is told at once.
_STOP_INTERVAL = 0.2


class ProcessWatcher(BaseThread):
    """Waits for a process and then calls `process_termination_callback()`, unless stopped before."""

    def __init__(
        self, popen_obj: "subprocess.Popen[Any]", process_termination_callback: Optional[Callable[[], None]]
    ) -> None:
        super().__init__()
        self.popen_obj = popen_obj
        self.process_termination_callback = process_termination_callback

    def run(self) -> None:
        while self.should_keep_running():
            try:
                self.popen_obj.wait(timeout=_STOP_INTERVAL)
                break
            except subprocess.TimeoutExpired:
                continue
        if self.should_keep_running() and self.process_termination_callback:
            self.process_termination_callback()
