"""A stand-in for `watchdog.observers.fsevents`: the native observer by the names of that module."""

from vigil.watchdog.observers._native import NativeEmitter, NativeObserver

FSEventsObserver = NativeObserver
FSEventsEmitter = NativeEmitter
