"""Runs the stages of ./test one after the other and sums up.

A stage gives a list of results, one for each test it ran. The summary names whatever failed or was skipped; its last
line counts. Logs of builds and tests stay in build/. While a stage runs its tests, which wait more than they compute,
what the next stages need is built at a lower priority.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
FUZZ_SECONDS = 20

COMPARE_SECONDS_MAX = 600

# What is built of a preset, where that is not everything: Debian's Wine runs no tests of this one.
TARGETS = {"windows-x86": ["vigil", "vigil_cli", "imports_canary"]}

# Most tests wait for something most of the time.
TESTS_AT_ONCE = 2 * max(2, os.cpu_count() or 1)


@dataclass
class Result:
    name: str
    verdict: str  # "passed", "failed" or "skipped"
    output: str = ""
    ending: str = ""  # Of a test of ctest: in what way it failed, and after what time.


def succeeded(name, command, log, environment=None, timeout=None):
    """Runs a command and gives its result; the output goes to the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment, timeout=timeout, check=False)
        output, fine = done.stdout, done.returncode == 0
    except subprocess.TimeoutExpired as expired:
        output, fine = (expired.output or b"") + b"\nran out of time\n", False
    except OSError as error:
        output, fine = str(error).encode(), False
    log.write_bytes(output)
    return Result(name, "passed" if fine else "failed", "" if fine else output.decode(errors="replace"))


builder = concurrent.futures.ThreadPoolExecutor(max_workers=1)
builds = {}


def begin_build(preset):
    """Has a preset built once, after those that were begun before."""
    if preset not in builds:
        builds[preset] = builder.submit(configure_and_build, preset)


def build(preset):
    """Configures and builds a preset once; gives the failed step or None."""
    begin_build(preset)
    return builds[preset].result()


def configure_and_build(preset):
    folder = BUILD / preset
    configure = ["cmake", "--preset", preset]
    home = f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n"
    cache = folder / "CMakeCache.txt"
    if cache.exists() and home not in cache.read_text():
        configure.insert(1, "--fresh")  # The folder was copied from elsewhere.
    # One file that does not compile hides no other.
    compile_all = ["nice", "cmake", "--build", "--preset", preset, "--", "-k", "0", *TARGETS.get(preset, [])]
    steps = [("configure", configure), ("build", compile_all)]
    for step, command in steps:
        result = succeeded(f"{preset}: {step}", command, folder / f"{step}.log")
        if result.verdict == "failed":
            return result
    return None


def ctest(stage, preset, *selection):
    """Builds a preset and gives the results of its tests."""
    failed = build(preset)
    if failed:
        return [failed]
    report = BUILD / preset / f"{stage}.xml"
    report.unlink(missing_ok=True)
    command = ["ctest", "--preset", preset, "--parallel", str(TESTS_AT_ONCE), "--output-junit", str(report), *selection]
    if preset == "tsan":
        command = without_random_addresses() + command
    whole = succeeded(f"{stage}: ctest", command, BUILD / preset / f"{stage}.log")
    if not report.exists():
        return [whole]
    # How a test ended (an exit code, a signal, no time left) stands in what ctest prints alone.
    endings = dict(re.findall(r"Test +#\d+: (\S+) \.*\*{3}(.*)", whole.output))
    results = [read_case(case, endings) for case in xml.parse(report).getroot().iter("testcase")]
    if whole.verdict == "failed" and all(result.verdict != "failed" for result in results):
        results.append(whole)
    return results


def read_case(case, endings):
    name = case.get("name")
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        return Result(name, "skipped")
    if case.get("status") == "run":
        return Result(name, "passed")
    return Result(name, "failed", case.findtext("system-out") or "", endings.get(name, ""))


def without_random_addresses():
    """The thread sanitizer of GCC 12 does not start where the kernel spreads addresses too widely."""
    command = ["setarch", "-R"]
    try:
        return command if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0 else []
    except OSError:
        return []


def sources():
    """Every C++ file of the repository, whether git knows it yet or not."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.hpp", "*.cpp", "*.h", "*.c"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [name for name in listed if name and (ROOT / name).exists()]


def stage_format():
    command = ["clang-format-14", "--dry-run", "-Werror", *sources()]
    return [succeeded("clang-format", command, BUILD / "format.log")]


def stage_release():
    return ctest("release", "release", "--label-exclude", "repository|consumer|python")


def stage_repository():
    return ctest("repository", "release", "--label-regex", "repository")


def stage_consumer():
    return ctest("consumer", "release", "--label-regex", "consumer")


def stage_python():
    return ctest("python", "release", "--label-regex", "python")


def stage_asan():
    return ctest("asan", "asan")


def stage_tsan():
    return ctest("tsan", "tsan")


def stage_windows():
    """Every test under Wine; without it, only those that read the programs as files."""
    wine = succeeded("wine", [str(ROOT / "tools" / "wine"), "cmd", "/c", "ver"], BUILD / "wine-check.log", timeout=300)
    if wine.verdict == "passed":
        return ctest("windows", "windows-x64")
    if "no Wine" not in wine.output:
        return [wine]
    return [*imports("windows-x64"), Result("windows-x64: every other test: there is no Wine", "skipped")]


def stage_windows_x86():
    # Wine's 64-bit package cannot run it, not even to ask for the names of tests; tools/test-windows-x86 does.
    return imports("windows-x86")


def imports(preset):
    """What the programs of a build ask of Windows. They are read, not run."""
    failed = build(preset)
    if failed:
        return [failed]
    check = ROOT / "tests" / "windows"
    names = check / "nt52_exports.txt"
    shipped = [BUILD / preset / "bin" / name for name in ("vigil.exe", "libvigil.dll")]
    canary = BUILD / preset / "tests" / "imports_canary.exe"
    return [succeeded(f"{preset}: imports", [sys.executable, str(check / "imports.py"), str(names), *map(str, shipped)],
                      BUILD / preset / "imports.log"),
            succeeded(f"{preset}: imports_canary",
                      [sys.executable, str(check / "imports_canary_test.py"), str(names), str(canary)],
                      BUILD / preset / "imports_canary.log")]


def stage_fuzz():
    failed = build("asan")
    if failed:
        return [failed]
    fuzzers = sorted((BUILD / "asan" / "fuzz").glob("*_fuzzer"))
    if not fuzzers:
        return [Result("fuzzers", "failed", "build/asan/fuzz holds no fuzzer")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(fuzz, fuzzers))


def fuzz(fuzzer):
    """What is found goes to build/fuzz: a crash is to be looked at before it joins the corpus."""
    name = fuzzer.name.removesuffix("_fuzzer")
    finds = BUILD / "fuzz" / name
    finds.mkdir(parents=True, exist_ok=True)
    command = [str(fuzzer), f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-print_final_stats=1",
               f"-artifact_prefix={finds.parent}/{name}-", str(finds), str(ROOT / "fuzz" / "corpus" / name)]
    dictionary = ROOT / "fuzz" / f"{name}.dict"
    if dictionary.exists():
        command.insert(1, f"-dict={dictionary}")
    return succeeded(f"fuzz {name} for {FUZZ_SECONDS} s", command, finds.parent / f"{name}.log",
                     timeout=10 * FUZZ_SECONDS)


def stage_compare():
    failed = build("release")
    if failed:
        return [failed]
    return [succeeded("bench/compare --quick", [str(ROOT / "bench" / "compare"), "--quick"],
                      BUILD / "release" / "compare.log", timeout=COMPARE_SECONDS_MAX)]


@dataclass
class Stage:
    run: Callable[[], list[Result]]
    description: str
    preset: str | None = None  # What it needs built.


STAGES = {
    "format": Stage(stage_format, "the layout of every C++ file, by clang-format"),
    "release": Stage(stage_release, "every test in the build that is shipped; each benchmark for a moment", "release"),
    "repository": Stage(stage_repository, "layers, exported symbols, headers that stand alone, text", "release"),
    "consumer": Stage(stage_consumer, "programs that use an installed or a nested vigil", "release"),
    "python": Stage(stage_python, "the Python package from its wheel, under CPython and PyPy; its types", "release"),
    "asan": Stage(stage_asan, "every test, by Clang, under the address and undefined-behaviour sanitizers", "asan"),
    "tsan": Stage(stage_tsan, "every test that has threads under the thread sanitizer", "tsan"),
    "windows": Stage(stage_windows, "every test of the x86-64 build for Windows under Wine, and what it imports",
                     "windows-x64"),
    "windows-x86": Stage(stage_windows_x86, "what the x86 build for Windows imports", "windows-x86"),
    "fuzz": Stage(stage_fuzz, f"each fuzzer for {FUZZ_SECONDS} seconds, from its corpus", "asan"),
    "compare": Stage(stage_compare, "the comparison with other watchers, on tiny input", "release"),
}


def run_stage(name):
    print(f"{name}: {STAGES[name].description} ...", flush=True)
    start = time.monotonic()
    try:
        results = STAGES[name].run()
    except Exception as error:  # A stage that breaks must not take the others with it.
        results = [Result(name, "failed", f"{type(error).__name__}: {error}")]
    seconds = time.monotonic() - start
    for result in results:
        if result.verdict == "failed":
            print(f"--- {result.name} {result.ending}\n{last_lines(result.output)}", flush=True)
    print(f"{name}: {counts(results)} in {seconds:.0f} s", flush=True)
    return results


def last_lines(text, count=80):
    """Without the lines that tell of a build's progress."""
    lines = [line for line in text.rstrip().split("\n") if not re.match(r"\[\d+/\d+\] ", line)]
    return "\n".join(lines if len(lines) <= count else ["...", *lines[-count:]])


def counts(results):
    number = {verdict: sum(result.verdict == verdict for result in results)
              for verdict in ("passed", "failed", "skipped")}
    text = f"{number['passed']} passed, {number['failed']} failed"
    return text + (f", {number['skipped']} skipped" if number["skipped"] else "")


def summarise(results_by_stage):
    print("\nSummary")
    for stage, results in results_by_stage.items():
        print(f"  {stage + ':':<12}{counts(results)}")
        for verdict in ("failed", "skipped"):
            for result in results:
                if result.verdict == verdict:
                    print(f"    {verdict}: {result.name}")
    everything = [result for results in results_by_stage.values() for result in results]
    print(counts(everything), flush=True)
    bad = {"failed", "skipped"} if os.environ.get("CI") == "true" else {"failed"}
    return 0 if everything and all(result.verdict not in bad for result in everything) else 1


def main():
    parser = argparse.ArgumentParser(prog="./test", description="Installs, builds and runs every test, then sums up.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help="only these stages (see --list)")
    parser.add_argument("--list", action="store_true", help="name the stages")
    arguments = parser.parse_args()
    if arguments.list:
        for name, stage in STAGES.items():
            print(f"{name:<12}{stage.description}")
        return 0
    unknown = [name for name in arguments.stages if name not in STAGES]
    if unknown:
        parser.error(f"no such stage: {', '.join(unknown)}")
    names = arguments.stages or list(STAGES)
    for name in names:
        if STAGES[name].preset:
            begin_build(STAGES[name].preset)
    return summarise({name: run_stage(name) for name in names})


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        builder.shutdown(wait=False, cancel_futures=True)
        sys.exit(130)
