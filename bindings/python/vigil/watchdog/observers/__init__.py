"""Observers: `watchdog.observers`. `Observer` is native wherever the system can, and never polls in silence."""

from vigil.watchdog.observers._native import NativeObserver as Observer

__all__ = ["Observer"]
