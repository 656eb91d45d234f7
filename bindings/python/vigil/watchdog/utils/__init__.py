"""Threads, and modules found by name: `watchdog.utils`."""

from __future__ import annotations

import importlib
import threading
from types import ModuleType
from typing import Any


class UnsupportedLibcError(Exception):
    """Kept for programs that name it; never raised."""


class WatchdogShutdownError(Exception):
    """What watchmedo ends with when a signal asks it to."""


# The names before version 5.
UnsupportedLibc = UnsupportedLibcError
WatchdogShutdown = WatchdogShutdownError


class BaseThread(threading.Thread):
    """A daemon thread that can be asked to stop."""

    def __init__(self) -> None:
        threading.Thread.__init__(self)
        self.daemon = True
        self._stopped_event = threading.Event()

    @property
    def stopped_event(self) -> threading.Event:
        return self._stopped_event

    def should_keep_running(self) -> bool:
        return not self._stopped_event.is_set()

    def on_thread_stop(self) -> None:
        """Override: called by stop(), on the thread that calls it."""

    def stop(self) -> None:
        """Asks the thread to end. May be called more than once, and from any thread."""
        self._stopped_event.set()
        self.on_thread_stop()

    def on_thread_start(self) -> None:
        """Override: called by start() before the thread runs. What it raises, start() does."""

    def start(self) -> None:
        self.on_thread_start()
        threading.Thread.start(self)


def load_module(module_name: str) -> ModuleType:
    """The module of that name. ImportError if there is none."""
    try:
        return importlib.import_module(module_name)
    except Exception as error:
        raise ImportError("No module named %s" % module_name) from error


def load_class(dotted_path: str) -> Any:
    """The class `package.module.Class`. ImportError, or AttributeError if the module has no such name; ValueError when
    the path has no dot."""
    module_name, dot, class_name = dotted_path.rpartition(".")
    if not dot:
        raise ValueError("Dotted module path %s must contain a module name and a classname" % dotted_path)
    module = load_module(module_name)
    if not hasattr(module, class_name):
        raise AttributeError("Module %s does not have class attribute %s" % (module_name, class_name))
    return getattr(module, class_name)
