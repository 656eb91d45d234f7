"""Runs tests under Wine with a trace of its calls for files, and looks which of them cancelled reads.

  cancel_trace.py RUNNER PROGRAM ARGUMENT...

Every way to cancel ends in one of two calls of the system: NtCancelIoFile, which is CancelIo, or NtCancelIoFileEx,
which is CancelIoEx and does not exist before NT 6. The first must be there, or nothing was traced; the second must not.
"""

import os
import re
import subprocess
import sys


def main():
    environment = dict(os.environ, VIGIL_WINE_DEBUG="trace+file")
    done = subprocess.run(sys.argv[1:], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")
    calls = re.findall(r"\bNtCancel\w*", done.stdout)
    counts = {name: calls.count(name) for name in sorted(set(calls))}
    print(f"exit code {done.returncode}; calls: {counts}")
    if done.returncode == 77:
        print("[  SKIPPED ] no Wine")
        return 0
    if done.returncode != 0:
        print(done.stdout[-3000:])
        return 1
    if not counts.get("NtCancelIoFile"):
        print("no NtCancelIoFile: the trace shows nothing")
        return 1
    others = set(counts) - {"NtCancelIoFile"}
    if others:
        print(f"called: {', '.join(sorted(others))}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
