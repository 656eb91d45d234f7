"""A stand-in for `watchdog.observers.kqueue`: the native observer by the names of that module."""

from vigil.watchdog.observers._native import NativeEmitter, NativeObserver

KqueueObserver = NativeObserver
KqueueEmitter = NativeEmitter
