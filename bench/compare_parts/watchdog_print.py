"""The least a Python program does with watchdog: prints a line for each event. Run by bench/compare."""

import os
import sys
import threading

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer


class Printer(FileSystemEventHandler):
    def on_any_event(self, event):
        os.write(1, f"{event.event_type} {event.src_path}\n".encode("utf-8", "surrogateescape"))


observer = Observer()
observer.schedule(Printer(), sys.argv[1], recursive=True)
observer.start()
print("ready", file=sys.stderr, flush=True)
threading.Event().wait()
