"""Makes the wheel: the package, the library and the command, which CMake builds from the same checkout.

For pip, which finds it in pyproject.toml, and as a program: backend.py FOLDER prints the wheel's path. Needs nothing
but Python, CMake and a compiler; in particular no network.
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WINDOWS = sys.platform == "win32"
# Where the build puts what the wheel carries.
CARRIED = ("bin/libvigil.dll", "bin/vigil.exe") if WINDOWS else ("lib/libvigil.so.0", "bin/vigil")

METADATA = """\
Metadata-Version: 2.1
Name: vigil
Version: {version}
Summary: Watches directories and tells exactly what changed in them
Requires-Python: >=3.8
Classifier: Operating System :: Microsoft :: Windows
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Programming Language :: Python :: Implementation :: CPython
Classifier: Programming Language :: Python :: Implementation :: PyPy
Classifier: Typing :: Typed
"""

WHEEL = """\
Wheel-Version: 1.0
Generator: vigil
Root-Is-Purelib: false
Tag: {tag}
"""


def version():
    """The library's; its header is the number's one home."""
    header = (ROOT / "include" / "vigil" / "version.h").read_text()
    return re.search(r'define VIGIL_VERSION "(.+)"', header)[1]


def tag():
    """Every Python, but one platform: the library is C, and reached by ctypes."""
    return "py3-none-" + re.sub(r"[-.]", "_", sysconfig.get_platform())


def build_library():
    """Gives the files that the package needs beside its modules."""
    build = ROOT / "build" / "shared"
    steps = (["cmake", "--preset", "shared"],
             ["cmake", "--build", "--preset", "shared", "--target", "vigil", "vigil_cli"])
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, universal_newlines=True, check=False)
        if done.returncode != 0:
            sys.exit("vigil: %s failed:\n%s" % (" ".join(step), done.stdout[-4000:]))
    return [build / name for name in CARRIED]


def contents(folder):
    """Pairs of a name in the wheel and a file."""
    for path in sorted((HERE / "vigil").rglob("*")):
        if path.suffix in (".py", ".pyi", ".typed") and path.is_file():
            yield path.relative_to(HERE).as_posix(), path
    for path in build_library():
        copy = folder / path.name
        shutil.copy(path, copy)
        if shutil.which("strip"):
            subprocess.run(["strip", str(copy)], check=True)
        yield "vigil/" + path.name, copy


class Writer:
    """A wheel that is being written, with the list of what is in it."""

    def __init__(self, path, information):
        self.archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self.information = information
        self.record = []

    def add(self, name, data, executable=False):
        entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))  # the same input, the same wheel
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o100755 if executable else 0o100644) << 16
        self.archive.writestr(entry, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        self.record.append("%s,sha256=%s,%d" % (name, digest, len(data)))

    def close(self):
        name = self.information + "/RECORD"
        self.record.append(name + ",,")
        self.archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), "\n".join(self.record) + "\n")
        self.archive.close()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """As pip calls it."""
    del config_settings, metadata_directory
    name = "vigil-%s-%s.whl" % (version(), tag())
    writer = Writer(os.path.join(wheel_directory, name), "vigil-%s.dist-info" % version())
    with tempfile.TemporaryDirectory() as folder:
        for place, path in contents(Path(folder)):
            writer.add(place, path.read_bytes(), executable=os.access(path, os.X_OK))
    writer.add(writer.information + "/METADATA", METADATA.format(version=version()).encode())
    writer.add(writer.information + "/WHEEL", WHEEL.format(tag=tag()).encode())
    writer.close()
    return name


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("vigil-*.whl"):
        old.unlink()
    print(folder / build_wheel(str(folder)))


if __name__ == "__main__":
    main()
