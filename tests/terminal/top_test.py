"""`vigil top` in a real terminal: top_test.py VIGIL [TEST...]."""

import contextlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from terminal import Terminal

VIGIL = ""


class TopTest(unittest.TestCase):
    def setUp(self):
        if not shutil.which("tmux"):
            self.skipTest("tmux is missing")
        self.folder = Path(tempfile.mkdtemp(prefix="vigil_top_"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "src" / "deep").mkdir(parents=True)
        (self.folder / "lib").mkdir()

    def top(self, *arguments, **settings):
        return Terminal([VIGIL, "top", *arguments], directory=self.folder, **settings)

    def begun(self, *arguments, **settings):
        terminal = self.top(*arguments, **settings)
        self.addCleanup(terminal.__exit__)
        terminal.wait_for_text("q quit")
        return terminal

    def write(self, name, times=1):
        for _ in range(times):
            (self.folder / name).write_text("text")

    def test_shows_what_changes_and_opens_it(self):
        terminal = self.begun()
        self.write("lib/a")
        self.write("src/b", 3)
        self.write("src/deep/c", 9)
        lines = terminal.wait_for(lambda lines: any(line.endswith("lib/") for line in lines), "lib/")
        self.assertIn("inotify", lines[0])
        terminal.type("Tab")
        terminal.wait_for(lambda lines: any(line.endswith("src/deep/c") for line in lines), "the paths")
        terminal.type("1")
        terminal.wait_for_text("directory")
        terminal.type("Enter")
        terminal.wait_for_text("below src/deep/")
        self.assertFalse(any(line.endswith("lib/") for line in terminal.shown()))
        terminal.type("BSpace")
        terminal.wait_for(lambda lines: any(line.endswith("lib/") for line in lines), "lib/ again")
        terminal.type("s")
        terminal.wait_for_text("by changes")
        terminal.type("Down", "Right")
        terminal.wait_for_text("below src/")
        terminal.type("Left", "p")
        terminal.wait_for_text("PAUSED")
        terminal.type("p", "r")
        terminal.wait_for_text("nothing changed yet")
        terminal.type("?")
        terminal.wait_for_text("any key goes back")
        terminal.type("x", "q")
        self.assertEqual((0, True), terminal.wait_for_end())
        self.assertFalse(any("vigil top" in line for line in terminal.shown()))

    def test_follows_the_size(self):
        terminal = self.begun()
        self.write("src/" + "a" * 60)
        terminal.wait_for_text("src/")
        terminal.resize(120, 40)
        terminal.wait_for(lambda lines: "q quit" in lines[39], "the last line")
        terminal.resize(30, 8)
        terminal.wait_for(lambda lines: len(lines) >= 8 and lines[7].startswith("arrows select"), "a small one")
        terminal.resize(3, 2)
        terminal.resize(80, 24)
        terminal.wait_for(lambda lines: len(lines) == 24 and "q quit" in lines[23], "as before")
        terminal.type("q")
        self.assertEqual((0, True), terminal.wait_for_end())

    def test_every_end_leaves_the_terminal_clean(self):
        for how in ("C-c", signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(how=how):
                terminal = self.begun()
                if isinstance(how, str):
                    terminal.type(how)
                else:
                    os.kill(terminal.process(), how)
                self.assertEqual((0, True), terminal.wait_for_end())

    def test_a_crash_leaves_the_terminal_clean(self):
        for how in (signal.SIGSEGV, signal.SIGABRT):
            with self.subTest(how=how):
                terminal = self.begun()
                os.kill(terminal.process(), how)
                code, clean = terminal.wait_for_end()
                self.assertNotEqual(0, code)
                self.assertTrue(clean)

    def test_a_terminal_that_is_held_up_does_not_hold_up_the_end(self):
        terminal = self.begun()
        terminal.type("C-s")
        self.write("src/a", 50)
        os.kill(terminal.process(), signal.SIGTERM)
        self.assertEqual(0, terminal.wait_for_end()[0])

    def test_names_do_not_drive_the_terminal(self):
        terminal = self.begun(columns=100)
        self.write("src/\x1b[2J\x1b[31m\r\n")
        self.write("src/" + "日本語" * 25)
        self.write(b"src/\xff".decode(errors="surrogateescape"))
        terminal.type("2")
        terminal.wait_for_text("src/\\x1b[2J\\x1b[31m\\r\\n")
        terminal.wait_for_text("src/\\xff")
        lines = terminal.wait_for(lambda lines: any(line.endswith("日本語") for line in lines), "wide names")
        self.assertIn("vigil top", lines[0])
        self.assertIn("q quit", lines[-1])

    def test_stops_and_goes_on(self):
        with Terminal(["sh", "-i"], directory=self.folder) as terminal:
            terminal.type(f"{VIGIL} top; echo gone $?", "Enter")
            terminal.wait_for_text("q quit")
            terminal.type("C-z")
            terminal.wait_for(lambda lines: not any("q quit" in line for line in lines), "the shell")
            terminal.wait_for_text("gone 148")
            terminal.type("fg", "Enter")
            terminal.wait_for_text("q quit")
            terminal.type("q")
            terminal.wait_for(lambda lines: not any("q quit" in line for line in lines), "the shell")
            terminal.type("exit", "Enter")
            self.assertEqual((0, True), terminal.wait_for_end())

    def test_says_what_it_needs(self):
        def run(environment=None, **streams):
            return subprocess.run([VIGIL, "top"], cwd=self.folder, stderr=subprocess.PIPE, text=True, check=False,
                                  env={**os.environ, **(environment or {})}, **streams)

        refused = run(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.assertEqual(2, refused.returncode)
        self.assertIn("the standard output is none", refused.stderr)
        main, terminal = pty.openpty()
        self.addCleanup(os.close, main)
        self.addCleanup(os.close, terminal)
        refused = run(stdin=subprocess.DEVNULL, stdout=terminal)
        self.assertEqual(2, refused.returncode)
        self.assertIn("the standard input is none", refused.stderr)
        for kind, words in (("", "TERM"), ("dumb", "cannot be placed"), ("no-such-terminal", "'no-such-terminal'")):
            refused = run({"TERM": kind}, stdin=terminal, stdout=terminal)
            self.assertEqual(2, refused.returncode)
            self.assertIn(words, refused.stderr)

    def test_says_what_cannot_be_watched(self):
        terminal = self.top("missing")
        self.addCleanup(terminal.__exit__)
        self.assertEqual((1, True), terminal.wait_for_end())
        terminal.wait_for_text("cannot watch")

    def test_sleeps_while_nothing_happens(self):
        main, other = pty.openpty()
        self.addCleanup(os.close, main)
        process = subprocess.Popen([VIGIL, "top"], cwd=self.folder, stdin=other, stdout=other, start_new_session=True,
                                   env={**os.environ, "TERM": "xterm"})
        os.close(other)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        text = b""
        while b"q quit" not in text:
            text += os.read(main, 65536)
        # It may have something to draw yet; but some time it neither draws nor wakes for a second.
        deadline = time.monotonic() + 60
        while not self.sleeps_for_a_second(process.pid, main):
            self.assertLess(time.monotonic(), deadline, "it never sleeps")
        os.write(main, b"q")
        with contextlib.suppress(OSError):  # the end, to Linux
            while os.read(main, 65536):
                pass
        self.assertEqual(0, process.wait(timeout=60))

    @staticmethod
    def sleeps_for_a_second(pid, main):
        # Of the thread that draws: a sanitizer may have one that wakes for itself.
        def wakings():
            status = Path(f"/proc/{pid}/task/{pid}/status").read_text()
            return int(re.search(r"^voluntary_ctxt_switches:\s(\d+)", status, re.MULTILINE)[1])

        before = wakings()
        if select.select([main], [], [], 1)[0]:
            os.read(main, 65536)
            return False
        return wakings() == before


if __name__ == "__main__":
    VIGIL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
