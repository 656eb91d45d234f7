"""A command in a real terminal, kept by tmux: what is typed there, and what is to be seen."""

import os
import shutil
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds


class Terminal:
    """Runs `command` (words) in a terminal of its own; ends it with the block."""

    def __init__(self, command, columns=80, lines=24, directory=None, environment=None):
        self._folder = tempfile.mkdtemp(prefix="vigil_terminal_")
        self._tmux = ["tmux", "-S", os.path.join(self._folder, "socket"), "-f", os.devnull]
        self._status = os.path.join(self._folder, "status")
        # What the terminal is like afterwards is asked of the terminal itself, by a shell that goes on in it.
        # Ctrl-C gets to both, and is not to end the shell.
        script = (f'trap : INT; "$@"; echo "$? $(stty -g)" > "{self._status}.new"; '
                  f'mv "{self._status}.new" "{self._status}"; exec cat')
        before = f'stty -g > "{self._folder}/before"; '
        # The server's own environment, so that nothing of a tmux around it gets in.
        variables = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
        variables["LC_ALL"] = "C.UTF-8"
        added = [word for name, value in (environment or {}).items() for word in ("-e", f"{name}={value}")]
        subprocess.run([*self._tmux, "new-session", "-d", "-x", str(columns), "-y", str(lines), *added,
                        *(["-c", str(directory)] if directory else []),
                        "sh", "-c", before + script, "sh", *map(str, command)],
                       check=True, env=variables, stdin=subprocess.DEVNULL)
        self._call("set-option", "-g", "status", "off")
        self._call("resize-window", "-x", str(columns), "-y", str(lines))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        # Ends all that runs in it, with the terminal itself.
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, *arguments):
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True).stdout

    def shown(self):
        """The lines that are to be seen, without spaces at their ends."""
        return [line.rstrip() for line in self._call("capture-pane", "-p").splitlines()]

    def type(self, *keys):
        """Keys as tmux calls them: "q", "Enter", "C-c"."""
        self._call("send-keys", *keys)

    def resize(self, columns, lines):
        self._call("resize-window", "-x", str(columns), "-y", str(lines))

    def wait_for(self, condition, what):
        """Until `condition` holds of what is to be seen, which is returned."""
        deadline = time.monotonic() + PATIENCE
        while True:
            lines = self.shown()
            if condition(lines):
                return lines
            if time.monotonic() > deadline:
                raise AssertionError("\n".join([f"not to be seen: {what}", *lines]))
            time.sleep(0.02)

    def wait_for_text(self, text):
        return self.wait_for(lambda lines: any(text in line for line in lines), text)

    def process(self):
        """The number of the process that the command is."""
        shell = self._call("display-message", "-p", "#{pane_pid}").strip()
        with open(f"/proc/{shell}/task/{shell}/children", encoding="ascii") as children:
            return int(children.read().split()[0])

    def wait_for_end(self):
        """The exit code of the command; and whether the terminal is set as it was before."""
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(self._status):
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(["it does not end", *self.shown()]))
            time.sleep(0.02)
        with open(self._status, encoding="ascii") as status:
            code, settings = status.read().split()
        with open(os.path.join(self._folder, "before"), encoding="ascii") as before:
            is_clean = before.read().strip() == settings
        # The other screen of the terminal and a hidden cursor are no settings of the system's.
        flags = self._call("display-message", "-p", "#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}").split()
        return int(code), is_clean and flags == ["0", "1", "0"]
