"""Checks of the repository itself: check.py CHECK ARGUMENTS... prints each fault found and exits 1 if there is any.

  layers ROOT                  includes in src/ and include/ point down only; the system's headers stay in their place
  text ROOT                    no traces of one machine, trailing space, long lines, nameless TO-DOs
  links ROOT                   links from one document to another file lead somewhere
  sources ROOT BUILD           every C++ file is part of the build
  headers FOLDER CC CXX        every public header compiles alone, and those for C as C too
  examples FILE INCLUDE CXX    every C++ example of a document compiles
  exports LIBRARY LIST         the shared library exports exactly the symbols listed (--update writes the list)
  dll LIBRARY LIST OBJDUMP     the one for Windows exports the same C functions
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

# From low to high. A layer sees itself and those below.
LAYERS = ["base", "sys", "tree", "event", "snapshot", "backend", "core", "cabi", "cli"]
# Of these neither sees the other.
LEAVES = {"cabi", "cli"}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:<([^>]+)>|"([^"]+)")', re.MULTILINE)
SYSTEM_HEADER = re.compile(
    r"(sys|linux|asm|netinet|arpa)/.+|"
    r"(unistd|fcntl|dirent|poll|pthread|signal|sched|dlfcn|termios|windows|winsock2)\.h")

CXX_SUFFIXES = {".hpp", ".cpp", ".h", ".c"}
COLUMNS_MAX = 120

# In pieces, so that this file passes its own check.
FORBIDDEN = re.compile(
    r"(?<![\w.}])/(wo" r"rk/|ro" r"ot/|ho" r"me/(?!(me|ada)\b)\w|Us" r"ers/\w)")
NAMELESS_TODO = re.compile(r"\b(TO" r"DO(?!\((?:now|soon|someday|perf|port)\))|FIX" r"ME|X" r"XX)\b")

LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


def files_of(root, *folders):
    for folder in folders:
        yield from sorted(path for path in (root / folder).rglob("*") if path.suffix in CXX_SUFFIXES)


def check_layers(root):
    root = Path(root)
    faults = []
    for path in files_of(root, "src", "include"):
        for match in INCLUDE.finditer(path.read_text()):
            fault = layer_fault(root, path.relative_to(root), match[1], match[2])
            if fault:
                faults.append(f"{path.relative_to(root)}: {fault}")
    return faults


def layer_fault(root, path, in_brackets, in_quotes):
    if in_brackets:
        if SYSTEM_HEADER.fullmatch(in_brackets) and not may_see_the_system(path):
            return f"<{in_brackets}> belongs in src/sys, a backend, the command or a file named for its system"
        return None
    if path.parts[0] == "include":
        return f'"{in_quotes}" is not public'
    if not (root / "src" / in_quotes).exists():
        return f'"{in_quotes}" is not a path below src/'
    own, other = path.parts[1], in_quotes.split("/")[0]
    if own not in LAYERS:
        return f"{own} is not a layer"
    if other not in LAYERS or LAYERS.index(other) > LAYERS.index(own) or (own != other and {own, other} <= LEAVES):
        return f'"{in_quotes}" is not below {own}'
    if own == other == "backend" and "/" in in_quotes[len("backend/"):] and in_quotes.split("/")[1] != path.parts[2]:
        if not path.stem.startswith("open_"):  # Which chooses among them.
            return f'"{in_quotes}" belongs to another backend'
    return None


def may_see_the_system(path):
    if path.parts[0] != "src" or path.stem == "decode":
        return False  # Decoders are portable, so that every system tests them.
    in_backend = path.parts[1] == "backend" and len(path.parts) > 3
    return in_backend or path.parts[1] in ("sys", "cli") or path.stem.endswith(("_linux", "_posix", "_windows"))


def texts_of(root):
    """Path and text of every file of the repository that is text, whether git knows it yet or not."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=root, capture_output=True, text=True, check=True).stdout
    for name in sorted(set(listed.split("\0")) - {""}):
        path = root / name
        if name.startswith("fuzz/corpus/") or path.is_symlink() or not path.is_file():
            continue
        try:
            yield name, path.read_bytes().decode()
        except UnicodeDecodeError:
            continue


def check_text(root):
    root = Path(root)
    faults = []
    for name, text in texts_of(root):
        if text.startswith("#!") and not os.access(root / name, os.X_OK):
            faults.append(f"{name}: is a program, but not executable")
        if text and not text.endswith("\n"):
            faults.append(f"{name}: does not end with a line break")
        for number, line in enumerate(text.split("\n"), 1):
            faults.extend(f"{name}:{number}: {fault}" for fault in line_faults(name, line))
    return faults


def line_faults(name, line):
    suffix = Path(name).suffix
    if line != line.rstrip():
        yield "space at the end"
    if FORBIDDEN.search(line):
        yield "names a place on one machine"
    if suffix in CXX_SUFFIXES | {".py"} and len(line) > COLUMNS_MAX:
        yield f"{len(line)} columns"
    if suffix in CXX_SUFFIXES and "\t" in line:
        yield "tab"
    if suffix != ".md" and NAMELESS_TODO.search(line):
        yield "a note for later has a type: (now), (soon), (someday), (perf) or (port)"


def check_links(root):
    root = Path(root)
    faults = []
    for name, text in texts_of(root):
        if not name.endswith(".md"):
            continue
        for match in LINK.finditer(text):
            target = match[1]
            if "://" not in target and not (root / name).parent.joinpath(target).exists():
                faults.append(f"{name}: {target} does not exist")
    return faults


def check_sources(root, build):
    root = Path(root).resolve()
    commands = json.loads((Path(build) / "compile_commands.json").read_text())
    compiled = {Path(command["directory"], command["file"]).resolve() for command in commands}
    faults = []
    for path in files_of(root, "src", "tests", "fuzz", "bench"):
        name = path.relative_to(root)
        for_windows = path.stem.endswith(("_windows", "_windows_test")) or name.parts[:2] == ("tests", "windows")
        elsewhere = for_windows or name.parts[:2] == ("tests", "consumer")
        if path.suffix in (".cpp", ".c") and path not in compiled and not elsewhere:
            faults.append(f"{name}: no target compiles it")
    return faults


def check_headers(folder, c_compiler, cxx_compiler):
    faults = []
    headers = [path for path in files_of(Path(folder), ".")]
    for header in headers:
        commands = [[cxx_compiler, "-x", "c++", "-std=c++20"]]
        if header.suffix == ".h":
            commands.append([c_compiler, "-x", "c", "-std=c99"])
        for command in commands:
            # From a source of its own: #pragma once in a main file is warned about, and so is a source without any
            # declaration.
            done = subprocess.run([*command, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                                   "-I", folder, "-"],
                                  input=f'#include "{header.resolve()}"\nextern int nothing;\n',
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                faults.append(f"{header}: does not compile alone\n{done.stderr}")
    return faults if headers else [f"{folder} holds no header"]


def check_examples(document, include, cxx_compiler):
    faults = []
    examples = re.findall(r"^```cpp\n(.*?)^```", Path(document).read_text(), re.MULTILINE | re.DOTALL)
    for number, example in enumerate(examples, 1):
        done = subprocess.run([cxx_compiler, "-x", "c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                               "-I", include, "-"], input=example, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            faults.append(f"{document}: example {number} does not compile\n{done.stderr}")
    return faults if examples else [f"{document} holds no example"]


def exported(library):
    listed = subprocess.run(["nm", "--dynamic", "--defined-only", "--demangle", "--format=posix", library],
                            capture_output=True, text=True, check=True).stdout
    # "name type value size": the name may hold spaces, the rest may not.
    return sorted({re.sub(r" [A-Za-z?] ([0-9a-f]+ ?)*$", "", line) for line in listed.splitlines()})


def check_exports(library, listing, *flags):
    found = exported(library)
    if "--update" in flags:
        Path(listing).write_text("".join(f"{symbol}\n" for symbol in found))
    wanted = Path(listing).read_text().splitlines()
    return ([f"{symbol}: exported, but not listed" for symbol in found if symbol not in wanted] +
            [f"{symbol}: listed, but not exported" for symbol in wanted if symbol not in found])


def check_dll(library, listing, objdump):
    headers = subprocess.run([objdump, "--private-headers", library], capture_output=True, text=True, check=True).stdout
    table = headers.partition("[Ordinal/Name Pointer] Table")[2]
    found = set(re.findall(r"^\s*\[ *\d+\] (?:\+base\[ *\d+\] +[0-9a-f]+ )?(vigil_\w+)$", table, re.MULTILINE))
    wanted = {name for name in Path(listing).read_text().splitlines() if re.fullmatch(r"vigil_\w+", name)}
    return ([f"{name}: exported by the DLL alone" for name in sorted(found - wanted)] +
            [f"{name}: not exported by the DLL" for name in sorted(wanted - found)])


CHECKS = {"layers": check_layers, "text": check_text, "links": check_links, "sources": check_sources,
          "headers": check_headers, "examples": check_examples, "exports": check_exports,
          "dll": check_dll}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    faults = CHECKS[sys.argv[1]](*sys.argv[2:])
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
