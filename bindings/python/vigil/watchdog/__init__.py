"""A drop-in for programs written for the package `watchdog`, version 6.

Write `from vigil.watchdog.observers import Observer` where `from watchdog.observers import Observer` was, or run an
unchanged program with `python -m vigil.watchdog PROGRAM [ARGS]`. docs/watchdog.md says what differs.

`compat` says whose rules hold where the generations of watchdog disagree: "6", the default, or "7". It is a matter of
the patterns of `PatternMatchingEventHandler` and of `utils.patterns`: see there. Everything that version 7 adds
(`follow_symlink`, observers as context managers) is accepted with either.
"""

from __future__ import annotations

import os

COMPATIBLE = ("6", "7")


def set_compat(compat: str) -> None:
    """Chooses the generation for all that does not choose for itself (`compat=`)."""
    global _compat
    _compat = checked_compat(compat)


def get_compat() -> str:
    """The generation that holds: that of set_compat(), or of the environment's VIGIL_WATCHDOG_COMPAT, or "6"."""
    return _compat


def install() -> None:
    """From now on `import watchdog` imports the drop-in, for whatever of this program does it.

    RuntimeError when another watchdog is imported already.
    """
    from vigil.watchdog import _install

    _install.install()


def checked_compat(compat: str) -> str:
    if str(compat) not in COMPATIBLE:
        raise ValueError("compat is %r, not one of %s" % (compat, ", ".join(map(repr, COMPATIBLE))))
    return str(compat)


_compat = checked_compat(os.environ.get("VIGIL_WATCHDOG_COMPAT") or "6")
