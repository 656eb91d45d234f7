"""A stand-in for `watchdog.observers.inotify`: the native observer and its emitter by the names of that module."""

from vigil.watchdog.observers._native import NativeEmitter, NativeObserver

InotifyObserver = NativeObserver
InotifyEmitter = NativeEmitter
InotifyFullEmitter = NativeEmitter
