"""Locks in the child of a fork: whoever held one in the parent is not there to let it go, so each is a new one."""

import os
import weakref
from typing import Any

_with_locks: "weakref.WeakSet[Any]" = weakref.WeakSet()


def renew_locks_in_child(owner: Any) -> None:
    """Has `owner._make_locks()` called in the child of a fork, as long as the owner is there."""
    _with_locks.add(owner)


def _renew() -> None:
    for owner in list(_with_locks):
        owner._make_locks()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
