"""The completions in the shells themselves, and the manual pages: shells_test.py VIGIL SHARE [TEST...]."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from terminal import Terminal

VIGIL = ""
SHARE = Path()


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return unittest.skipIf(missing, f"{', '.join(missing)} is missing")


def commands():
    text = subprocess.run([VIGIL, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  (\w+)  ", text[text.index("Commands:"):text.index("Options:")], re.MULTILINE)


def options_of(command):
    text = subprocess.run([VIGIL, command, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^ {2,6}(?:-\w, )?(--[\w-]+)", text, re.MULTILINE))


class Bash(unittest.TestCase):
    script = "bash-completion/completions/vigil"

    def complete(self, *words, setup=""):
        """What bash has to offer for the last of the words."""
        line = " ".join(f"'{word}'" for word in ("vigil", *words))
        code = (f"{setup}\nsource '{SHARE / self.script}'\ncompopt() {{ :; }}\nCOMP_WORDS=({line})\n"
                f"COMP_CWORD={len(words)}\n_vigil\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"")
        done = subprocess.run(["bash", "--norc", "--noprofile", "-euc", code], capture_output=True, text=True,
                              check=True)
        self.assertEqual("", done.stderr)
        return [word for word in done.stdout.split("\n") if word]

    def test_has_no_errors(self):
        subprocess.run(["bash", "-n", SHARE / self.script], check=True)

    def test_completes_commands_and_options(self):
        self.assertEqual({*commands(), "--help", "--version"}, set(self.complete("")))
        self.assertEqual(["watch"], self.complete("wa"))
        for command in commands():
            offered = {word for word in self.complete(command, "-") if word.startswith("--")}
            self.assertEqual(options_of(command), offered)

    def test_completes_values(self):
        self.assertEqual({"auto", "inotify", "fanotify", "poll"}, set(self.complete("watch", "--backend", "")))
        self.assertEqual(["inotify"], self.complete("watch", "--backend", "=", "in"))
        self.assertEqual({"auto", "inotify", "fanotify", "poll"}, set(self.complete("watch", "--backend", "=")))
        self.assertEqual(["created,removed", "created,renamed"], self.complete("stat", "--events", "created,re"))
        self.assertEqual([], self.complete("stat", "--for", ""))
        self.assertEqual(["fish"], self.complete("completions", "f"))
        self.assertEqual(["stat"], self.complete("config", "st"))

    def test_completes_paths(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "with space").touch()
            self.assertEqual(["with space"], self.complete("watch", "wi", setup=f"cd '{folder}'"))
            self.assertEqual(["with space"], self.complete("watch", "--no-recursive", "wi", setup=f"cd '{folder}'"))
            self.assertEqual(["with space"], self.complete("watch", "--", "wi", setup=f"cd '{folder}'"))
            self.assertEqual(["with space"], self.complete("watch", "--config", "wi", setup=f"cd '{folder}'"))

    def test_completes_the_command_to_run(self):
        self.assertIn("printf", self.complete("run", "--", "prin"))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "printable").touch()
            self.assertEqual(["printable"], self.complete("run", "src", "--", "cat", "prin", setup=f"cd '{folder}'"))

    @needs("tmux")
    def test_works_on_a_terminal(self):
        with Terminal(["bash", "--norc", "--noprofile", "-i"], environment={"PATH": path_with_vigil()}) as terminal:
            terminal.type(f". {SHARE / self.script}", "Enter", "vigil doc", "Tab", "--no-pr", "Tab")
            terminal.wait_for_text("vigil doctor --no-probe")


class Zsh(unittest.TestCase):
    folder = "zsh/site-functions"

    @needs("zsh")
    def test_has_no_errors(self):
        subprocess.run(["zsh", "-n", SHARE / self.folder / "_vigil"], check=True)

    @needs("zsh", "tmux")
    def test_works_on_a_terminal(self):
        with Terminal(["zsh", "-f", "-i"], 100, 40, environment={"PATH": path_with_vigil()}) as terminal:
            terminal.type(f"fpath=({SHARE / self.folder} $fpath); PS1=", "Enter")
            terminal.type("autoload -U compinit; compinit -u -D; clear", "Enter")
            terminal.type("vigil doc", "Tab", "--no-pr", "Tab")
            terminal.wait_for_text("vigil doctor --no-probe")
            terminal.type("C-u", "vigil watch --backend=in", "Tab")
            terminal.wait_for_text("vigil watch --backend=inotify")
            terminal.type("C-u", "vigil watch --events=cre", "Tab")
            terminal.wait_for_text("vigil watch --events=created")
            terminal.type("C-u", "vigil config st", "Tab")
            terminal.wait_for_text("vigil config stat")
            # What it says to the options of each command, all of them listed.
            for command in commands():
                terminal.type("C-u", "C-l", f"vigil {command} --", "Tab", "Tab")
                terminal.wait_for_text("show this help")
                self.assertFalse(any("_arguments:" in line for line in terminal.shown()))


class Fish(unittest.TestCase):
    script = "fish/vendor_completions.d/vigil.fish"

    def complete(self, line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source '{SHARE / self.script}'; complete -C '{line}'"],
                              capture_output=True, text=True, check=True)
        self.assertEqual("", done.stderr)
        return {word.split("\t")[0] for word in done.stdout.splitlines()}

    @needs("fish")
    def test_has_no_errors(self):
        subprocess.run(["fish", "--no-execute", SHARE / self.script], check=True)

    @needs("fish")
    def test_completes(self):
        self.assertEqual(set(commands()), self.complete("vigil "))
        self.assertEqual({"auto", "inotify", "fanotify", "poll"}, self.complete("vigil watch --backend "))
        self.assertEqual({"created,removed", "created,renamed"}, self.complete("vigil stat --events created,re"))
        self.assertEqual({"bash", "fish", "zsh"}, self.complete("vigil completions "))
        for command in commands():
            offered = self.complete(f"vigil {command} --")
            self.assertLessEqual(options_of(command), offered)


class Manual(unittest.TestCase):
    def pages(self):
        pages = sorted((SHARE / "man" / "man1").glob("*.1"))
        self.assertEqual({"vigil.1", *(f"vigil-{command}.1" for command in commands())}, {page.name for page in pages})
        return pages

    @needs("man")
    def test_has_no_errors(self):
        for page in self.pages():
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], capture_output=True,
                                  text=True, check=True)
            self.assertEqual("", done.stderr)

    @needs("man")
    def test_has_every_option_and_nothing_else(self):
        self.pages()
        for command in commands():
            page = SHARE / "man" / "man1" / f"vigil-{command}.1"
            done = subprocess.run(["man", "-E", "ascii", "-l", page], capture_output=True, text=True, check=True,
                                  env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
            shown = set(re.findall(r"^ {7}(?:-\w, )?(--[\w-]+)", done.stdout, re.MULTILINE))
            self.assertEqual(options_of(command), shown, command)

    def test_names_begin_no_request(self):
        for page in self.pages():
            for line in page.read_text(encoding="utf-8").splitlines():
                self.assertRegex(line, r"^(?:\.(?:\\\"|TH|SH|SS|TP|BR|B|I|br|nf|fi|sp)\b|\.\\\"|[^.'])|^$")


def path_with_vigil():
    return f"{Path(VIGIL).parent}:{os.environ['PATH']}"


if __name__ == "__main__":
    VIGIL = os.path.abspath(sys.argv.pop(1))
    SHARE = Path(sys.argv.pop(1)).resolve()
    unittest.main()
