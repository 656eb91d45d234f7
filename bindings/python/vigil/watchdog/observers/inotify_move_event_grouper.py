"""A stand-in for `watchdog.observers.inotify_move_event_grouper`: the library pairs the halves of moves."""

from vigil.watchdog.observers.inotify_buffer import InotifyBuffer

InotifyMoveEventGrouper = InotifyBuffer
