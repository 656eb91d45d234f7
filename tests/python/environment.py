"""Fresh environments with the wheel in them, for ctest.

  prepare WHEEL_FOLDER FOLDER       makes the wheel, and an environment in FOLDER for each interpreter there is
  run FOLDER INTERPRETER TEST       runs a file of tests in an environment
  types FOLDER PACKAGE PROGRAM...   what mypy's strict mode says of the package and of programs that use it

INTERPRETER is cpython or pypy. What is skipped says so in a line that begins with "skipped:".
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = {"cpython": "python3", "pypy": "pypy3"}


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, **options)


def prepare(wheels, folder):
    wheels, folder = Path(wheels), Path(folder)
    for old in (wheels, folder):
        shutil.rmtree(old, ignore_errors=True)
    wheel = make_by_pip(folder / "cpython", wheels)
    if shutil.which(PROGRAMS["pypy"]):
        make_by_hand(folder / "pypy", wheel)


def make_by_pip(place, wheels):
    """As a user does, without a network. What else the machine has, other watchers say, is to be seen from there."""
    run(sys.executable, "-m", "venv", "--system-site-packages", place)
    pip = [place / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "--quiet", "--no-index", "--no-deps", "--wheel-dir", wheels, ROOT / "bindings" / "python")
    wheel, = wheels.glob("vigil-*.whl")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall", wheel)
    return wheel


def make_by_hand(place, wheel):
    """Debian's PyPy has no pip: what pip does with a wheel that needs nothing."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
        for entry in archive.infolist():
            os.chmod(place / entry.filename, entry.external_attr >> 16 & 0o777 or 0o644)


def run_test(folder, interpreter, test):
    place = Path(folder).resolve() / interpreter
    if not place.exists():
        print("skipped: there is no %s" % PROGRAMS[interpreter])
        return
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("VIGIL_", "PYTHON"))}
    environment.update(PYTHONDONTWRITEBYTECODE="1", PYTHONFAULTHANDLER="1")
    if interpreter == "cpython":
        program = [place / "bin" / "python"]
    else:
        program = [PROGRAMS[interpreter]]
        environment["PYTHONPATH"] = str(place)
    # As errors: what is deprecated in a newer Python, and what is left open.
    run(*program, "-W", "error::DeprecationWarning:vigil", "-m", "unittest", "-v", Path(test).stem,
        cwd=Path(test).parent, env=environment)


def check_types(folder, package, *programs):
    mypy = shutil.which("mypy")
    if mypy is None:
        print("skipped: there is no mypy")
        return
    cache = Path(folder) / "mypy"
    for system in ("linux", "win32"):
        run(mypy, "--strict", "--python-version", "3.8", "--platform", system, "--cache-dir", cache, package, *programs,
            env=dict(os.environ, MYPYPATH=str(Path(package).parent)))


def main():
    commands = {"prepare": prepare, "run": run_test, "types": check_types}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    try:
        commands[sys.argv[1]](*sys.argv[2:])
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
