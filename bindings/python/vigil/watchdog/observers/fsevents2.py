"""A stand-in for `watchdog.observers.fsevents2`: the native observer by the names of that module."""

from vigil.watchdog.observers._native import NativeEmitter, NativeObserver

FSEventsObserver2 = NativeObserver
FSEventsEmitter = NativeEmitter
