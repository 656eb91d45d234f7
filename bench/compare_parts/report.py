"""The tables: for the terminal, docs/benchmarks.md and README.md, all from the same results."""

import statistics
import textwrap

GOALS = {
    "missing": "0",
    "cpu": "at most 1.5 times",
    "library": "at most 1.5 times",
    "latency": "at most 1.5 times",
    "ready": "at most 1.2 times",
    "memory": "at most 25 MiB",
    "stop": "under 10 ms beyond the kernel's own",
    "poll": "at most 0.5 times",
    "idle": "under 2 % of one core",
}

README_BEGIN = "<!-- benchmark:begin -->"
README_END = "<!-- benchmark:end -->"


def good(measurements):
    return [measurement for measurement in measurements if "failure" not in measurement]


def values(measurements, key):
    return [measurement[key] for measurement in good(measurements)]


def spread(numbers, digits=2):
    """Median, and from least to greatest where there are several."""
    if not numbers:
        return ""
    middle = f"{statistics.median(numbers):.{digits}f}"
    if len(numbers) == 1:
        return middle
    return f"{middle} ({min(numbers):.{digits}f}–{max(numbers):.{digits}f})"


def ratios(results, subject, reference, key):
    """The ratio of each round in which both sides were measured."""
    return [
        mine[key] / theirs[key]
        for mine, theirs in zip(results[subject], results.get(reference, []))
        if "failure" not in mine and "failure" not in theirs
    ]


def reference_of(results, subject):
    """What the subject is set beside in these results, or nothing for a yardstick itself."""
    if subject.reference and subject.reference not in results:
        return "bare-print"
    return subject.reference


def wrapped(text):
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def table(header, rows):
    """A Markdown table whose columns line up, so that it can be read on a terminal as well."""
    cells = [header, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def rows(results, subjects, columns):
    """A row for each subject that was measured; one that failed says so in words."""
    for subject in subjects:
        if subject.name not in results:
            continue
        measurements = results[subject.name]
        if good(measurements):
            cells = columns(subject, measurements)
            failures = len(measurements) - len(good(measurements))
            name = subject.name + (f" ({failures} of {len(measurements)} runs failed)" if failures else "")
        else:
            cells = [measurements[0]["failure"]] + [""] * (len(columns(None, [])) - 1)
            name = subject.name
        yield [name, *cells]


def burst_table(results, subjects):
    def columns(subject, measurements):
        if subject is None:
            return [""] * 6
        overflows = sum(values(measurements, "overflow"))
        missing = values(measurements, "missing")
        return [
            missing_text(missing),
            spread(values(measurements, "cpu_us")),
            spread(ratios(results, subject.name, subject.reference, "cpu_us")),
            spread(values(measurements, "wakeups")),
            f"{overflows} of {len(missing)}" if subject.overflow else "never tells",
            spread(values(measurements, "peak_mib"), 1),
        ]

    header = ["", "files not reported", "CPU µs a file", "ratio", "wake-ups a file", "told of overflow", "peak MiB"]
    return table(header, rows(results, subjects, columns))


def missing_text(missing):
    if not any(missing):
        return "0"
    return f"{statistics.median(missing):.0f} ({min(missing)}–{max(missing)})"


def latency_table(results, subjects):
    def columns(subject, measurements):
        if subject is None:
            return [""] * 8
        cells = []
        for key in ("p50_us", "p99_us"):
            cells.append(spread(values(measurements, key), 0))
            cells.append(spread(values(measurements, f"yardstick_{key}"), 0))
            cells.append(spread(latency_ratios(measurements, key)))
        return [*cells, str(sum(values(measurements, "count"))), str(sum(values(measurements, "lost")))]

    header = ["", "p50 µs", "beside it", "ratio", "p99 µs", "beside it", "ratio", "samples", "no line"]
    return table(header, rows(results, subjects, columns))


def latency_ratios(measurements, key):
    """Against the yardstick that took turns with the subject."""
    return [measurement[key] / measurement[f"yardstick_{key}"] for measurement in good(measurements)]


def ready_table(results, subjects):
    def columns(subject, measurements):
        if subject is None:
            return [""] * 5
        return [
            spread(values(measurements, "ready_s"), 3),
            spread(ratios(results, subject.name, reference_of(results, subject), "ready_s")),
            spread(values(measurements, "rss_mib"), 1),
            spread(values(measurements, "anon_mib"), 1),
            spread(values(measurements, "peak_mib"), 1),
        ]

    header = ["", "ready s", "ratio", "resident MiB", "of it anonymous", "peak MiB"]
    return table(header, rows(results, subjects, columns))


def stop_table(results):
    failures = [m["failure"] for measurements in results.values() for m in measurements if "failure" in m]
    if failures:
        return failures[0]
    return table(
        ["closing a bare inotify descriptor, ms", "Watcher::stop(), ms", "of it in close(2), ms", "the rest, ms"],
        [[
            spread(values(results["bare-print"], "stop_ms"), 1),
            *(spread(values(results["vigil"], key), 1) for key in ("stop_ms", "closing_ms", "beyond_ms")),
        ]],
    )


def poll_table(results):
    def of(mine, theirs):
        return spread([m[mine] / m[theirs] for m in results["vigil"]])

    header = ["one pass, ms", "find, ms", "ratio", "CPU of the pass, ms", "of find", "ratio", "idle, % of one core"]
    return table(
        header,
        [[
            *(spread(values(results["vigil"], key), 0) for key in ("ms", "find_ms")),
            of("ms", "find_ms"),
            *(spread(values(results["vigil"], key), 0) for key in ("cpu_ms", "find_cpu_ms")),
            of("cpu_ms", "find_cpu_ms"),
            f"{results['vigil'][0]['idle_percent']:.2f}",
        ]],
    )


METHOD_TEXT = """\
Every figure is the median of the rounds ({pairs} of them), with the least and the greatest in brackets. A round runs
every watcher once; a ratio is taken within a round, against the bare inotify loop of
[bench/bare](../bench/bare/bare_loop.cpp), and every other round runs in the opposite order. Nothing is pinned to a
core. [bench/README.md](../bench/README.md) says how to repeat it and what each figure means."""

BURST_TEXT = """\
{files} empty files created in {directories} directories of a tmpfs, as fast as one thread can{order}. CPU time is user
and system time of the watcher's process from ready until it is quiet, divided by the number of files created. Output
goes to a file on the tmpfs, the same for all. Where the kernel's queue ({queue} records) overflows, who does not repair
the loss has less work, so its CPU time is flattered. `bare-count` and `library` print nothing; `library` is set beside
`bare-count`, every other one beside `bare-print`."""

LATENCY_TEXT = """\
From just before `creat()` until a line that names the file has been read from the watcher's output, which is a pipe.
One file at a time, {pause:g} ms apart, so that the watcher sleeps before each. `bare-print` runs at the same time on a
directory of its own and has every other turn: its figures are the columns "beside it". p50 and p99 are taken in each
round."""

READY_TEXT = """\
{directories} directories with {files} files on a tmpfs, {names} different names among them, everything cached. From the
start of the program until it says that it watches the whole tree. Memory is read at that moment."""

STOP_TEXT = """\
The same tree: {watches} watches. In the same run, each in a program of its own, turn and turn about. Goal: {goal}.
How long the kernel takes to close an inotify descriptor changes much from one time to the next, so its share of each
`stop()` is measured inside that call."""

POLL_TEXT = """\
The same tree, which does not change and is cached, watched with the backend `poll`. One pass (`Watcher::sync()`) beside
`find TREE -printf '%s %T@\\n'`, its output thrown away, turn and turn about. Goal: {goal}. Then the watcher is left
alone for {idle:g} s, with its passes at the interval it chooses: the processor time of its process. Goal:
{idle_goal}."""

ORDERS = {"round-robin": ", one in each directory in turn", "by-directory": ", one directory filled after the other"}


def sections(results, sizes, subjects):
    """The scenarios that were run, as (title, text, table)."""
    for order, described in ORDERS.items():
        if f"burst {order}" in results["scenarios"]:
            text = BURST_TEXT.format(
                files=f"{sizes['burst_files']:,}",
                directories=sizes["burst_directories"],
                order=described,
                queue=results["machine"]["queue"],
            )
            measured = results["scenarios"][f"burst {order}"]
            yield f"A burst of new files, {order}", text, burst_table(measured, subjects)
    if measured := results["scenarios"].get("latency"):
        text = LATENCY_TEXT.format(pause=sizes["latency_pause_us"] / 1000)
        yield "From creat() to line", text, latency_table(measured, subjects)
    tree = {
        "directories": f"{sizes['tree_directories']:,}",
        "files": f"{sizes['tree_files']:,}",
        "names": f"{results['names']:,}",
    }
    if measured := results["scenarios"].get("ready"):
        yield "Ready, and memory then", READY_TEXT.format(**tree), ready_table(measured, subjects)
    if measured := results["scenarios"].get("stop"):
        watches = max(values(measured["vigil"], "watches"), default=0)
        yield "Stopping", STOP_TEXT.format(watches=f"{watches:,}", goal=GOALS["stop"]), stop_table(measured)
    if measured := results["scenarios"].get("poll"):
        text = POLL_TEXT.format(goal=GOALS["poll"], idle=sizes["idle_seconds"], idle_goal=GOALS["idle"])
        yield "Polling", text, poll_table(measured)


def machine_text(results):
    machine = results["machine"]
    return (
        f"Measured on {machine['date']}: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}, {machine['system']}; load before the run {machine['load_before']}, processor time "
        f"taken by the hypervisor during it {machine['stolen_percent']:.1f} %."
    )


def terminal(results, subjects):
    parts = [wrapped(machine_text(results))]
    for title, _, body in sections(results, results["sizes"], subjects):
        parts += ["", f"== {title} ==", body]
    return "\n".join(parts)


def document(results, subjects):
    """All of docs/benchmarks.md."""
    measured = [subject for subject in subjects if subject.name in results["versions"]]
    parts = [
        "# Benchmarks",
        "",
        "<!-- Written by bench/compare. Do not edit: the next run replaces it. -->",
        "",
        wrapped(machine_text(results)),
        "",
        wrapped(METHOD_TEXT.format(pairs=results["sizes"]["pairs"])),
        "",
        table(
            ["watcher", "version", "remark"],
            [[subject.name, results["versions"][subject.name], subject.remark] for subject in measured],
        ),
    ]
    if results["absent"]:
        parts += ["", f"Not installed, so not measured: {', '.join(results['absent'])}."]
    for title, text, body in sections(results, results["sizes"], subjects):
        parts += ["", f"## {title}", "", wrapped(text), "", body]
    return "\n".join(parts) + "\n"


def summary(results):
    """The block of README.md: vigil beside the goals and the bare loop."""
    scenarios = results["scenarios"]
    burst = scenarios["burst round-robin"]
    by_directory = scenarios["burst by-directory"]
    late = scenarios["latency"]
    tree = scenarios["ready"]

    def middle(measured, subject, key, digits):
        numbers = values(measured.get(subject, []), key)
        return f"{statistics.median(numbers):.{digits}f}" if numbers else "failed"

    def row(title, measured, key, digits, goal, mine="vigil", theirs="bare-print"):
        return [
            title,
            middle(measured, mine, key, digits),
            middle(measured, theirs, key, digits),
            spread(ratios(measured, mine, theirs, key)),
            goal,
        ]

    def latency_row(title, key):
        beside = middle(late, "vigil", f"yardstick_{key}", 0)
        ratio = spread(latency_ratios(late["vigil"], key))
        return [title, middle(late, "vigil", key, 0), beside, ratio, GOALS["latency"]]

    def worst_missing(subject):
        numbers = values(burst[subject], "missing") + values(by_directory[subject], "missing")
        return f"{max(numbers):,}" if numbers else "failed"

    files = f"{results['sizes']['burst_files']:,}"
    directories = f"{results['sizes']['tree_directories']:,}"
    not_reported = [f"{files} files at full speed: not reported, worst run"]
    not_reported += [worst_missing("vigil"), worst_missing("bare-print"), "", GOALS["missing"]]
    memory = row("resident memory then, MiB", tree, "rss_mib", 1, GOALS["memory"])
    stop = row(f"stop with {directories} watches, ms", scenarios["stop"], "stop_ms", 1, GOALS["stop"])
    stop[3] = "beyond close(2): " + spread(values(scenarios["stop"]["vigil"], "beyond_ms"), 1)
    table_rows = [
        not_reported,
        row("CPU µs a file, one in each directory in turn", burst, "cpu_us", 2, GOALS["cpu"]),
        row("CPU µs a file, directory by directory", by_directory, "cpu_us", 2, GOALS["cpu"]),
        row("the library's callback, CPU µs a file", burst, "cpu_us", 2, GOALS["library"], "library", "bare-count"),
        latency_row("creat() to line, p50 µs", "p50_us"),
        latency_row("creat() to line, p99 µs", "p99_us"),
        row(f"ready on {directories} directories, s", tree, "ready_s", 3, GOALS["ready"]),
        memory,
        stop,
    ]
    text = (
        f"{machine_text(results)} The bare loop keeps no tree and repairs nothing. Figures for "
        "inotifywait, fswatch, watchman and watchdog, and what each means: [docs/benchmarks.md](docs/benchmarks.md)."
    )
    header = ["", "vigil", "bare inotify loop", "ratio", "goal"]
    return "\n".join([README_BEGIN, table(header, table_rows), "", wrapped(text), README_END])


def refresh_readme(text, block):
    """README.md with the block put in the place of the old one, or at the end."""
    begin, end = text.find(README_BEGIN), text.find(README_END)
    if begin < 0 or end < begin:
        return text.rstrip("\n") + "\n\n## Benchmarks\n\n" + block + "\n"
    return text[:begin] + block + text[end + len(README_END) :]
