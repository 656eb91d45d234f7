"""A stand-in for `watchdog.observers.read_directory_changes`: the native observer by the names of that module."""

from vigil.watchdog.observers._native import NativeEmitter, NativeObserver

WindowsApiObserver = NativeObserver
WindowsApiEmitter = NativeEmitter
