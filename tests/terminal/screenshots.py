"""Takes the screenshots of a document anew: screenshots.py VIGIL DOCUMENT.

Each stands behind a line "<!-- screenshot: NAME -->", in a block of its own. As root, for the processes.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from terminal import Terminal

COLUMNS = 100
LINES = 18


def work(folder):
    """What happens in the picture: a build, a log, an editor, and a file with an odd name."""
    (folder / "build" / "objects").mkdir(parents=True)
    (folder / "src" / "net").mkdir(parents=True)
    (folder / "log").mkdir()
    script = r"""
      for round in 1 2 3 4 5 6; do
        for file in socket timer queue cache; do echo object > build/objects/$file.o; done
        echo program > build/program
        for line in 1 2 3 4 5; do echo "a line" >> log/server.log; done
        sleep 0.4
      done
      echo text > src/net/.socket.cpp.swp
      mv src/net/.socket.cpp.swp src/net/socket.cpp
      echo text > "src/日本語のファイル.txt"
      echo odd > "$(printf 'src/odd\nname')"
    """
    subprocess.run(["bash", "-c", script], cwd=folder, check=True)


def take(vigil):
    pictures = {}
    folder = Path(tempfile.mkdtemp(prefix="vigil_")) / "project"
    folder.mkdir()
    try:
        with Terminal([vigil, "top"], COLUMNS, LINES, folder) as terminal:
            terminal.wait_for_text("q quit")
            work(folder)
            terminal.wait_for_text("src/net/")
            time.sleep(0.6)  # for the last of it
            pictures["directories"] = terminal.shown()
            terminal.type("s", "s")
            terminal.wait_for_text("by name")  # ./, build/, build/objects/, log/, src/
            terminal.type("Down", "Down", "Down", "Down", "Enter")
            terminal.wait_for_text("below src/")
            terminal.type("s", "2")
            pictures["opened"] = terminal.wait_for_text("src/odd")
            terminal.type("q")
            terminal.wait_for_end()
        shutil.rmtree(folder)
        folder.mkdir()
        with Terminal([vigil, "top", "--backend", "fanotify"], COLUMNS, LINES, folder) as terminal:
            terminal.wait_for_text("q quit")
            work(folder)
            terminal.type("3")
            pictures["processes"] = terminal.wait_for_text("bash (")
            terminal.type("q")
            terminal.wait_for_end()
    finally:
        shutil.rmtree(folder.parent)
    return pictures


def main(vigil, document):
    pictures = take(str(Path(vigil).resolve()))
    text = Path(document).read_text(encoding="utf-8")
    for name, lines in pictures.items():
        block = "\n".join(lines)
        text, found = re.subn(rf"(<!-- screenshot: {name} -->\n)(?:\n```text\n.*?\n```\n)?",
                              lambda match, block=block: f"{match[1]}\n```text\n{block}\n```\n", text, flags=re.DOTALL)
        if found != 1:
            sys.exit(f"{document} has {found} places for the screenshot {name}")
    Path(document).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
