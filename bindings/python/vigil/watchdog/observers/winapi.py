"""A stand-in for `watchdog.observers.winapi`: see vigil.winapi."""

from vigil.winapi import *  # noqa: F401, F403
