"""A program written for watchdog: does file operations under a watch and prints what its handlers receive.

    scenarios.py SCENARIO DIRECTORY

It imports `watchdog` and nothing that the watchdog of Debian 12 (2.2.1) lacks, so that the same file runs with that one
and, by `python -m vigil.watchdog`, with the drop-in. It prints one JSON list: for each step of the scenario its name
and the events, each as [class, source, destination, is_synthetic], with paths below DIRECTORY.

A step ends when a change of the mode of the file .cookie, which is made last, has been received, and what may come
after it: a move of which only one half is seen is told a moment late by both. Scenarios that watch one file, or lose
their root, have no cookie and wait until it is quiet.
"""
import json
import os
import shutil
import sys
import threading

from watchdog.events import FileSystemEventHandler, PatternMatchingEventHandler, RegexMatchingEventHandler
from watchdog.observers import Observer

COOKIE = ".cookie"
DEADLINE = 20.0
QUIET = 1.5
LATE = 0.1


class Recorder(FileSystemEventHandler):
    def __init__(self, directory):
        super().__init__()
        self.directory = directory
        self.events = []
        self.cookies = 0
        self.changed = threading.Condition()

    def on_any_event(self, event):
        with self.changed:
            if os.path.basename(os.fsdecode(event.src_path)) == COOKIE:
                # A change of mode is one event; more that concerns the cookie is not of interest.
                self.cookies += event.event_type == "modified"
            else:
                self.events.append(self.describe(event))
            self.changed.notify_all()

    def describe(self, event):
        destination = getattr(event, "dest_path", "")
        return [
            type(event).__name__,
            self.relative(event.src_path),
            self.relative(destination) if destination else "",
            bool(event.is_synthetic),
        ]

    def relative(self, path):
        kind = "bytes:" if isinstance(path, bytes) else ""
        return kind + os.path.relpath(os.fsdecode(path), self.directory)

    def take(self):
        events, self.events = self.events, []
        return events


class Stage:
    """What a scenario acts on."""

    def __init__(self, directory):
        self.directory = directory
        self.root = os.path.join(directory, "root")
        self.outside = os.path.join(directory, "outside")
        os.mkdir(self.root)
        os.mkdir(self.outside)
        self.cookie = os.path.join(self.root, COOKIE)
        self.mode = 0o600
        write(self.cookie, "")
        os.chmod(self.cookie, self.mode)
        self.recorder = Recorder(directory)
        self.observer = Observer()
        self.steps = []

    def path(self, *names):
        return os.path.join(self.root, *names)

    def away(self, *names):
        return os.path.join(self.outside, *names)

    def watch(self, path=None, recursive=True, handler=None):
        return self.observer.schedule(handler or self.recorder, path or self.root, recursive=recursive)

    def start(self):
        self.observer.start()

    def settle(self):
        """Ends what belongs to the beginning."""
        self.step("begin")
        self.steps.pop()

    def step(self, name):
        """Ends a step: everything done so far has been received."""
        self.mode ^= 0o040
        with self.recorder.changed:
            seen = self.recorder.cookies
            os.chmod(self.cookie, self.mode)
            if not self.recorder.changed.wait_for(lambda: self.recorder.cookies > seen, DEADLINE):
                raise SystemExit("the cookie of step %r was not received" % name)
            while self.recorder.changed.wait(LATE):
                pass
            self.steps.append([name, self.recorder.take()])

    def quiet_step(self, name):
        with self.recorder.changed:
            while self.recorder.changed.wait(QUIET):
                pass
            self.steps.append([name, self.recorder.take()])


def write(path, text, mode="w"):
    with open(path, mode) as file:
        file.write(text)


def make(path):
    os.makedirs(path)
    return path


def files(stage):
    stage.watch()
    stage.start()
    os.close(os.open(stage.path("empty"), os.O_CREAT | os.O_WRONLY))
    stage.step("make an empty file")
    write(stage.path("a"), "text")
    stage.step("write a new file")
    write(stage.path("a"), "more", "a")
    stage.step("append")
    os.chmod(stage.path("a"), 0o600)
    stage.step("change its mode")
    os.utime(stage.path("a"))
    stage.step("touch it")
    os.rename(stage.path("a"), stage.path("b"))
    stage.step("rename it")
    os.rename(stage.path("b"), stage.path("empty"))
    stage.step("rename it over another")
    os.link(stage.path("empty"), stage.path("second"))
    stage.step("make a hard link")
    os.symlink("second", stage.path("link"))
    stage.step("make a symbolic link")
    os.mkfifo(stage.path("pipe"))
    stage.step("make a pipe")
    os.remove(stage.path("link"))
    stage.step("remove the link")
    os.remove(stage.path("second"))
    stage.step("remove a file")
    os.truncate(stage.path("empty"), 0)
    stage.step("cut a file off")


def read(stage):
    write(stage.path("a"), "text")
    stage.watch()
    stage.start()
    with open(stage.path("a")) as file:
        file.read()
    stage.step("read a file")
    os.listdir(stage.root)
    stage.step("list the directory")


def save_by_rename(stage):
    write(stage.path("a"), "old")
    stage.watch()
    stage.start()
    write(stage.path("a.tmp"), "new")
    os.rename(stage.path("a.tmp"), stage.path("a"))
    stage.step("save through a temporary file")


def directories(stage):
    stage.watch()
    stage.start()
    os.mkdir(stage.path("d"))
    stage.step("make a directory")
    write(stage.path("d", "f"), "text")
    stage.step("write a file in it")
    os.mkdir(stage.path("d", "e"))
    stage.step("make a directory in it")
    write(stage.path("d", "e", "g"), "text")
    stage.step("write a file in that")
    os.chmod(stage.path("d"), 0o700)
    stage.step("change the mode of the directory")
    os.rename(stage.path("d"), stage.path("n"))
    stage.step("rename the directory")
    write(stage.path("n", "f"), "more", "a")
    stage.step("write in the renamed directory")
    os.rename(stage.path("n", "f"), stage.path("f"))
    stage.step("move a file out of it")
    shutil.rmtree(stage.path("n", "e"))
    stage.step("remove a directory with a file")
    os.rmdir(stage.path("n"))
    stage.step("remove an empty directory")


def in_and_out(stage):
    write(stage.away("f"), "text")
    make(stage.away("t", "s"))
    write(stage.away("t", "s", "g"), "text")
    write(stage.away("t", "h"), "text")
    stage.watch()
    stage.start()
    os.rename(stage.away("f"), stage.path("f"))
    stage.step("move a file in")
    os.rename(stage.away("t"), stage.path("t"))
    stage.step("move a tree in")
    write(stage.path("t", "s", "g"), "more", "a")
    stage.step("write in the tree that moved in")
    os.rename(stage.path("f"), stage.away("f"))
    stage.step("move a file out")
    os.rename(stage.path("t"), stage.away("t"))
    stage.step("move a tree out")
    write(stage.away("t", "h"), "more", "a")
    stage.step("write in the tree that moved out")


def over_directory(stage):
    os.mkdir(stage.path("a"))
    os.mkdir(stage.path("b"))
    stage.watch()
    stage.start()
    os.rename(stage.path("a"), stage.path("b"))
    stage.step("rename a directory over an empty one")


def flat(stage):
    make(stage.path("d", "e"))
    write(stage.path("d", "f"), "text")
    stage.watch(recursive=False)
    stage.start()
    write(stage.path("a"), "text")
    stage.step("write a new file")
    write(stage.path("d", "f"), "more", "a")
    stage.step("write in a directory below")
    os.rename(stage.path("d", "f"), stage.path("f"))
    stage.step("move a file up")
    os.rename(stage.path("f"), stage.path("d", "f"))
    stage.step("move a file down")
    os.mkdir(stage.path("n"))
    stage.step("make a directory")
    write(stage.path("n", "x"), "text")
    stage.step("write a file in it")
    os.rename(stage.path("d"), stage.path("e"))
    stage.step("rename a directory")
    shutil.rmtree(stage.path("e"))
    stage.step("remove it with all in it")


def bytes_path(stage):
    stage.watch(os.fsencode(stage.root))
    stage.start()
    write(stage.path("a"), "text")
    stage.step("write a new file")


def surrogates(stage):
    stage.watch()
    stage.start()
    write(stage.path("caf\udce9"), "text")
    stage.step("write a file whose name is not UTF-8")


def relative_path(stage):
    os.chdir(stage.directory)
    stage.watch("root")
    stage.start()
    write(stage.path("a"), "text")
    stage.step("write a new file")


def trailing_slash(stage):
    stage.watch(stage.root + os.sep)
    stage.start()
    os.mkdir(stage.path("d"))
    stage.step("make a directory")
    write(stage.path("d", "f"), "text")
    stage.step("write a file in it")
    os.chmod(stage.root, 0o700)
    stage.step("change the mode of the root")


def linked_root(stage):
    os.symlink("root", os.path.join(stage.directory, "link"))
    make(stage.path("d"))
    os.symlink("d", stage.path("e"))
    stage.watch(os.path.join(stage.directory, "link"))
    stage.start()
    write(stage.path("d", "f"), "text")
    stage.quiet_step("write a file below a linked root")
    write(stage.path("g"), "text")
    stage.quiet_step("write a file in a linked root")


def nested_watches(stage):
    make(stage.path("d"))
    inner = Recorder(stage.directory)
    stage.watch()
    stage.watch(stage.path("d"), handler=inner)
    stage.start()
    stage.settle()
    inner.take()
    write(stage.path("d", "f"), "text")
    stage.step("write a file that two watches see")
    with inner.changed:
        inner.changed.wait_for(lambda: any(e[0] == "FileClosedEvent" for e in inner.events), DEADLINE)
        inner.changed.wait(0.3)
        stage.steps.append(["what the inner watch told", inner.take()])


def two_handlers(stage):
    second = Recorder(stage.directory)
    watch = stage.watch()
    again = stage.watch(handler=second)
    stage.steps.append(["the same watch", [[str(watch == again), str(len(stage.observer.emitters)), "", False]]])
    stage.start()
    os.mkdir(stage.path("d"))
    stage.step("make a directory")
    stage.steps.append(["the second handler", second.take()])
    stage.observer.remove_handler_for_watch(second, watch)
    os.mkdir(stage.path("e"))
    stage.step("make another")
    stage.steps.append(["the second handler, removed", second.take()])


def patterns(stage):
    class Patterns(PatternMatchingEventHandler):
        def on_any_event(self, event):
            stage.recorder.on_any_event(event)

    class Expressions(RegexMatchingEventHandler):
        def on_any_event(self, event):
            expressions.on_any_event(event)

    expressions = Recorder(stage.directory)
    stage.watch(handler=Patterns(patterns=["*.txt", "*/" + COOKIE], ignore_patterns=["*/no*"], ignore_directories=True))
    stage.watch(handler=Expressions(regexes=[r".*\.txt$"], ignore_regexes=[r".*/no[^/]*$"]))
    stage.start()
    for name in ("a.txt", "b.c", "no.txt"):
        write(stage.path(name), "text")
    os.mkdir(stage.path("d.txt"))
    stage.step("write files of which one matches")
    os.rename(stage.path("b.c"), stage.path("b.txt"))
    stage.step("rename one to a name that matches")
    stage.steps.append(["by expressions", expressions.take()])


def unscheduled(stage):
    os.mkdir(stage.path("d"))
    inner = Recorder(stage.directory)
    stage.watch()
    watch = stage.watch(stage.path("d"), handler=inner)
    stage.start()
    stage.observer.unschedule(watch)
    write(stage.path("d", "f"), "text")
    stage.step("write a file that one watch saw before")
    stage.steps.append(["the watch that was given up", inner.take()])


def one_file(stage):
    path = stage.path("a")
    write(path, "text")
    stage.watch(path, recursive=False)
    stage.start()
    write(path, "more", "a")
    stage.quiet_step("append to the watched file")
    write(stage.path("b"), "text")
    stage.quiet_step("write another")
    os.chmod(path, 0o600)
    stage.quiet_step("change its mode")
    os.remove(path)
    stage.quiet_step("remove the watched file")


def root_removed(stage):
    stage.watch()
    stage.start()
    write(stage.path("a"), "text")
    stage.step("write a new file")
    os.remove(stage.cookie)
    os.remove(stage.path("a"))
    os.rmdir(stage.root)
    stage.quiet_step("remove the root")


def root_returns(stage):
    stage.watch()
    stage.start()
    shutil.rmtree(stage.root)
    stage.quiet_step("remove the root")
    os.mkdir(stage.away("new"))
    write(stage.away("new", "b"), "text")
    os.rename(stage.away("new"), stage.root)
    stage.quiet_step("move another one there")


def root_moved(stage):
    stage.watch()
    stage.start()
    os.rename(stage.root, stage.away("moved"))
    stage.quiet_step("move the root away")


SCENARIOS = {
    function.__name__: function
    for function in (
        files, read, save_by_rename, directories, in_and_out, over_directory, flat, bytes_path, surrogates,
        relative_path, trailing_slash, linked_root, nested_watches, two_handlers, patterns, unscheduled, one_file,
        root_removed, root_returns, root_moved,
    )
}  # fmt: skip


def main():
    name, directory = sys.argv[1:]
    stage = Stage(os.path.realpath(directory))
    SCENARIOS[name](stage)
    stage.observer.stop()
    stage.observer.join()
    json.dump(stage.steps, sys.stdout)


if __name__ == "__main__":
    main()
