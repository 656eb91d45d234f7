"""Prints what Python's watchdog reports below the directories given: a JSON object a line.

Paths are base64 of their bytes, as they need not be text. The first line says that the watches are set.
"""
import argparse
import base64
import json
import os
import sys
import threading

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

lock = threading.Lock()


def encoded(path):
    return base64.b64encode(os.fsencode(path)).decode("ascii")


def write(line):
    with lock:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


class Printer(FileSystemEventHandler):
    def on_any_event(self, event):
        line = {"event": event.event_type, "directory": event.is_directory, "path": encoded(event.src_path)}
        if event.event_type == "moved":
            line["to"] = encoded(event.dest_path)
        write(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-recursive", action="store_true")
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args()

    observer = Observer()
    for path in arguments.paths:
        observer.schedule(Printer(), path, recursive=not arguments.no_recursive)
    observer.start()
    write({"event": "ready"})
    observer.join()


main()
