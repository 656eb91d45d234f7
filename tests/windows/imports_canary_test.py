"""The check of import tables finds what it looks for: imports_canary_test.py LIST PROGRAM

PROGRAM imports functions that are newer than NT 5.2, and asks for a newer system.
"""

import sys
from pathlib import Path

import imports


def main():
    allowed = imports.read_list(Path(sys.argv[1]).read_text())
    program = Path(sys.argv[2]).read_bytes()
    found = list(imports.faults(program, allowed))
    missing = [what for what in ("imports CancelIoEx of kernel32.dll", "imports GetTickCount64 of kernel32.dll",
                                 "subsystem version 6.1")
               if not any(what in fault for fault in found)]
    for what in missing:
        print(f"not found: {what}")
    without_libraries = list(imports.faults(program, {}))
    if not any("msvcrt.dll, a library that is not in the list" in fault for fault in without_libraries):
        missing.append("a library that is not in the list")
    if any(name in allowed["kernel32.dll"] for name in ("CancelIoEx", "GetTickCount64")):
        missing.append("the list itself")
    print(f"{len(missing)} faults were not found")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
