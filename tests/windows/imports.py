"""What Windows programs ask of the system: imports.py LIST FILE...

Reads the headers and import tables of programs and libraries, and prints each fault found: a function that LIST does
not have, a library that it does not have, a system or subsystem version above 5.2. Exits 1 if there is any.

LIST holds what NT 5.2 exports and vigil may import: a line "[library.dll]", then names, one a line, an architecture
behind those that only one has; "#" begins a comment.
"""

import struct
import sys
from pathlib import Path

NT_5_2 = (5, 2)
MACHINES = {0x8664: "x64", 0x014C: "x86"}


class Image:
    """The parts of a PE file that tell what it needs."""

    def __init__(self, data):
        self.data = data
        header = self.number("<I", 0x3C)
        if data[:2] != b"MZ" or data[header:header + 4] != b"PE\0\0":
            raise ValueError("no PE file")
        self.machine = MACHINES[self.number("<H", header + 4)]
        sections, optional_size = self.number("<H", header + 6), self.number("<H", header + 20)
        optional = header + 24
        self.is_64 = self.number("<H", optional) == 0x20B
        self.system_version = struct.unpack_from("<HH", data, optional + 40)
        self.subsystem_version = struct.unpack_from("<HH", data, optional + 48)
        directories = optional + (112 if self.is_64 else 96)
        self.imports_at = self.number("<I", directories + 8)
        self.delayed_at = self.number("<I", directories + 13 * 8)
        table = optional + optional_size
        self.sections = [struct.unpack_from("<IIII", data, table + 40 * index + 8) for index in range(sections)]

    def number(self, layout, offset):
        return struct.unpack_from(layout, self.data, offset)[0]

    def offset(self, address):
        """Where in the file an address relative to the image is."""
        for virtual_size, virtual, raw_size, raw in self.sections:
            if virtual <= address < virtual + max(virtual_size, raw_size):
                return address - virtual + raw
        raise ValueError(f"no section has address {address:#x}")

    def text(self, address):
        begin = self.offset(address)
        return self.data[begin:self.data.index(b"\0", begin)].decode("ascii")

    def names(self, address):
        layout, size, ordinal = ("<Q", 8, 1 << 63) if self.is_64 else ("<I", 4, 1 << 31)
        place = self.offset(address)
        while entry := self.number(layout, place):
            yield f"ordinal {entry & 0xFFFF}" if entry & ordinal else self.text(entry + 2)
            place += size

    def imports(self):
        """Pairs of a library, in lower case, and a function."""
        yield from self.table(self.imports_at, 20, 12, 0)
        yield from self.table(self.delayed_at, 32, 4, 16)

    def table(self, address, size, library_at, names_at):
        place = self.offset(address) if address else None
        while place is not None and self.number("<I", place + library_at):
            library = self.text(self.number("<I", place + library_at)).lower()
            # Some linkers leave the table of names out; that of addresses holds them as well until it is bound.
            names = self.number("<I", place + names_at) or self.number("<I", place + 16)
            for name in self.names(names):
                yield library, name
            place += size


def read_list(text):
    """Of each library the names it may be asked for, with the architectures."""
    allowed, library = {}, None
    for line in text.split("\n"):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0].startswith("["):
            library = words[0].strip("[]").lower()
            allowed[library] = {}
        else:
            allowed[library][words[0]] = set(words[1:]) or set(MACHINES.values())
    return allowed


def faults(data, allowed):
    image = Image(data)
    for what, version in (("system", image.system_version), ("subsystem", image.subsystem_version)):
        if version > NT_5_2:
            yield f"asks for {what} version {version[0]}.{version[1]}, and NT 5.2 refuses it"
    count = 0
    for library, name in image.imports():
        count += 1
        if library not in allowed:
            yield f"imports {name} of {library}, a library that is not in the list"
        elif image.machine not in allowed[library].get(name, set()):
            yield f"imports {name} of {library}, which NT 5.2 on {image.machine} has not, as far as the list knows"
    if count == 0:
        yield "imports nothing, which cannot be"


def main():
    allowed = read_list(Path(sys.argv[1]).read_text())
    found = [f"{path}: {fault}" for path in sys.argv[2:] for fault in faults(Path(path).read_bytes(), allowed)]
    print("\n".join(found) if found else f"{len(sys.argv) - 2} files ask for nothing that NT 5.2 has not")
    return 1 if found or len(sys.argv) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
