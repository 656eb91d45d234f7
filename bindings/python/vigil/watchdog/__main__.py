"""`python -m vigil.watchdog [--compat 6|7] PROGRAM [ARGS]`, or `-m MODULE [ARGS]`: runs a program written for watchdog.

The program is not changed: where it imports `watchdog`, it gets the drop-in.
"""

from __future__ import annotations

import os
import runpy
import sys
from typing import List, NoReturn

import vigil.watchdog
from vigil.watchdog import _install

USAGE = "usage: python -m vigil.watchdog [--compat 6|7] PROGRAM [ARGS] | -m MODULE [ARGS]"


def _refuse(reason: str) -> NoReturn:
    print("vigil.watchdog: %s\n%s" % (reason, USAGE), file=sys.stderr)
    raise SystemExit(2)


def main(arguments: List[str]) -> None:
    if arguments[:1] == ["--compat"]:
        try:
            vigil.watchdog.set_compat(arguments[1])
        except (IndexError, ValueError):
            _refuse("--compat takes 6 or 7")
        # For programs that the program starts.
        os.environ["VIGIL_WATCHDOG_COMPAT"] = arguments[1]
        arguments = arguments[2:]
    if arguments[:1] in (["-h"], ["--help"]):
        print(USAGE)
        return
    as_module = arguments[:1] == ["-m"]
    if as_module:
        arguments = arguments[1:]
    if not arguments:
        _refuse("which program?")
    if arguments[0].startswith("-"):
        _refuse("unknown option %s" % arguments[0])
    _install.install()
    sys.argv = arguments
    if as_module:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        if not os.path.exists(arguments[0]):
            _refuse("no such program: %s" % arguments[0])
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
