"""Runs the examples that were built in a folder: each tells of a file that is made, and ends with its input."""

import subprocess
import sys
import tempfile
from pathlib import Path


def run(program):
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        first = process.stdout.readline().split()
        if first[:1] != ["ready"]:
            return f"begins with {first}"
        path = Path(folder, "made")
        path.touch()
        told = process.stdout.readline().strip()
        if told not in (f"created {path}", "added made"):
            return f"tells {told!r}"
        process.stdin.close()
        process.stdout.read()
        status = process.wait(30)
        return None if status == 0 else f"ends with {status}"


def refuses(program):
    done = subprocess.run([program, "missing/directory"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          check=False)
    return None if done.returncode == 1 and "missing/directory" in done.stderr else f"takes a missing directory: {done}"


def main():
    folder = Path(sys.argv[1]).resolve()
    programs = sorted(path for path in folder.glob("c*_*") if path.is_file() and path.stat().st_mode & 0o100)
    faults = [f"{program.name}: {fault}" for program in programs for fault in (run(program), refuses(program)) if fault]
    print("\n".join(faults) or f"{len(programs)} examples do as they say")
    sys.exit(1 if faults or len(programs) != 6 else 0)


if __name__ == "__main__":
    main()
