"""The drop-in beside watchdog itself: the same program, the same file operations, what the handlers receive.

Every difference has to be in docs/watchdog.md, in a block that names its scenario and step:

    ```difference
    SCENARIO: STEP
    - an event that only watchdog gives
    + an event that only the drop-in gives
    ```

A difference that is not there, and one that is there and was not seen, fails. The watchdog to compare with is that of
Debian's python3-watchdog, or of the Python that WATCHDOG_PYTHON names.
"""

import collections
import concurrent.futures
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(FOLDER, "scenarios.py")
DOCUMENT = os.path.join(FOLDER, "..", "..", "..", "docs", "watchdog.md")
REFERENCE = os.environ.get("WATCHDOG_PYTHON", "/usr/bin/python3")

# What version 2.2.1 lacks, and every version 6 has.
NEW_CLASSES = {"FileOpenedEvent", "FileClosedNoWriteEvent"}


def reference_version():
    """That of the watchdog to compare with; None if there is none."""
    try:
        done = subprocess.run(
            [REFERENCE, "-c", "from watchdog.version import VERSION_STRING; print(VERSION_STRING)"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
    except OSError:
        return None
    return done.stdout.decode().strip() if done.returncode == 0 else None


def run(command, environment, scenario):
    """The steps of a scenario, each with its events as lines; or why there are none."""
    directory = tempfile.mkdtemp(prefix="vigil-")
    try:
        done = subprocess.run(
            [*command, PROGRAM, scenario, directory], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
    finally:
        shutil.rmtree(directory)
    if done.returncode:
        return {"": [done.stderr.decode().strip().splitlines()[-1]]}
    return {name: lines(events) for name, events in json.loads(done.stdout)}


def lines(events):
    """One for each event, and one for those that repeat it: whether they are dropped is a matter of moments.

    Of synthetic events side by side the order is that of a listing: any.
    """
    result, synthetic = [], []
    for name, source, destination, is_synthetic in events:
        if name in NEW_CLASSES:
            continue
        line = "%s %s" % (name, source) + (" -> %s" % destination if destination else "")
        if is_synthetic:
            synthetic.append(line + " synthetic")
            continue
        result += sorted(synthetic) + [line]
        synthetic = []
    result += sorted(synthetic)
    return [line for before, line in zip([None, *result], result) if line != before]


def differences(theirs, ours):
    """By step, what only one of them gives."""
    found = {}
    for step in list(theirs) + [step for step in ours if step not in theirs]:
        delta = difflib.ndiff(theirs.get(step, []), ours.get(step, []))
        changed = [line.encode("utf-8", "backslashreplace").decode() for line in delta if line[0] in "+-"]
        if changed:
            found[step] = changed
    return found


def documented():
    """What the document says: by scenario and step."""
    with open(DOCUMENT, encoding="utf-8") as file:
        blocks = re.findall(r"^```difference\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    result = {}
    for block in blocks:
        head, *rest = block.splitlines()
        scenario, _, step = head.partition(":")
        result[scenario, step.strip()] = rest
    return result


def scenarios():
    with open(PROGRAM, encoding="utf-8") as file:
        text = file.read()
    return re.findall(r"\w+", text[text.index("for function in (") + len("for function in (") : text.index("    )\n}")])


@unittest.skipUnless(reference_version(), "no watchdog to compare with (%s has none)" % REFERENCE)
class Comparison(unittest.TestCase):
    maxDiff = None

    def test_every_difference_is_documented(self):
        if sys.implementation.name != "cpython":
            return  # Once is enough: it takes its time.
        plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        # Most of the time of a scenario is waiting.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            theirs = {name: pool.submit(run, [REFERENCE], plain, name) for name in scenarios()}
            ours = {
                name: pool.submit(run, [sys.executable, "-m", "vigil.watchdog"], dict(os.environ), name)
                for name in scenarios()
            }
        found = collections.OrderedDict()
        for name in theirs:
            self.assertNotIn("", ours[name].result(), "the drop-in fails in %s" % name)
            for step, changed in differences(theirs[name].result(), ours[name].result()).items():
                found[name, step] = changed
        self.assertEqual(text(found), text(documented()))


def text(found):
    return "\n".join(
        "%s: %s\n%s\n" % (scenario, step, "\n".join(changed)) for (scenario, step), changed in sorted(found.items())
    )


class Machinery(unittest.TestCase):
    def test_what_differs(self):
        found = differences({"s": ["a", "b"], "t": ["x"]}, {"s": ["a", "c"], "t": ["x"], "u": ["y"]})
        self.assertEqual(found, {"s": ["- b", "+ c"], "u": ["+ y"]})

    def test_lines(self):
        events = [["A", "x", "", False], ["C", "z", "", True], ["B", "y", "w", True]]
        events.append(["FileOpenedEvent", "x", "", False])
        events.insert(0, events[0])
        self.assertEqual(lines(events), ["A x", "B y -> w synthetic", "C z synthetic"])

    def test_all_scenarios_are_run(self):
        self.assertGreaterEqual(len(scenarios()), 20)
        self.assertIn("files", scenarios())


if __name__ == "__main__":
    unittest.main()
