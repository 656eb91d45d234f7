"""`python -m vigil.watchdog.watchmedo`: watchdog's command.

    log                   logs what happens
    shell-command         runs a command for each event
    auto-restart          runs a command, and again after events
    tricks-from           does what files of tricks say (also: tricks)
    tricks-generate-yaml  writes such a file (also: generate-tricks-yaml)

Only tricks-from needs PyYAML. The watch is native; --debug-force-polling compares snapshots instead.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import logging
import os
import os.path
import signal
import sys
import threading
from typing import Any, Callable, Dict, Iterable, List, NoReturn, Optional, Sequence, Tuple

from vigil.watchdog import _install
from vigil.watchdog.observers.api import BaseObserver
from vigil.watchdog.utils import WatchdogShutdownError, load_class
from vigil.watchdog.version import VERSION_STRING

CONFIG_KEY_TRICKS = "tricks"
CONFIG_KEY_PYTHON_PATH = "python-path"


class LogLevelError(Exception):
    """No such level of logging."""


# What commands share.


def path_split(pathname_spec: str, separator: str = os.pathsep) -> List[str]:
    """The paths of a list like $PATH."""
    return list(pathname_spec.split(separator))


def add_to_sys_path(pathnames: Iterable[str], index: int = 0) -> None:
    """Puts paths before those where Python looks for modules."""
    for pathname in list(pathnames)[::-1]:
        sys.path.insert(index, pathname)


def parse_patterns(
    patterns_spec: str, ignore_patterns_spec: str, separator: str = ";"
) -> Tuple[List[str], List[str]]:
    """The two lists of patterns; without any, everything matches."""
    patterns = patterns_spec.split(separator) if patterns_spec else ["*"]
    ignore_patterns = ignore_patterns_spec.split(separator) if ignore_patterns_spec else []
    return [pattern for pattern in patterns if pattern], [pattern for pattern in ignore_patterns if pattern]


def load_config(tricks_file_pathname: str) -> Dict[str, Any]:
    """What a file of tricks says."""
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise SystemExit("watchmedo: files of tricks need PyYAML (Debian: python3-yaml; pip: pyyaml)") from None
    with open(tricks_file_pathname, "rb") as file:
        config: Dict[str, Any] = yaml.safe_load(file.read())
    return config


def observe_with(observer: BaseObserver, event_handler: Any, pathnames: Iterable[str], recursive: bool) -> None:
    """Watches until a signal ends the program."""
    for pathname in set(pathnames):
        observer.schedule(event_handler, pathname, recursive=recursive)
    observer.start()
    _until_ended(observer)


def _until_ended(*observers: BaseObserver) -> None:
    try:
        _wait_for(observers)
    except (WatchdogShutdownError, KeyboardInterrupt):
        pass
    finally:
        for observer in observers:
            observer.stop()
        for observer in observers:
            observer.join()


def _wait_for(observers: Sequence[BaseObserver]) -> None:
    """Until all observers ended, or a signal's handler raises.

    A signal that comes just before join() sleeps would be noticed only when join() wakes. So this sleeps on a pipe that
    signals, and observers that end, write to.
    """
    if sys.platform == "win32":
        for observer in observers:
            while observer.is_alive():
                observer.join(1)
        return
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def tell_end() -> None:
        for observer in observers:
            observer.stopped_event.wait()
        os.write(wake, b"\0")

    # The pipe stays: the thread may write to it at any time.
    threading.Thread(target=tell_end, daemon=True).start()
    try:
        while any(observer.should_keep_running() for observer in observers):
            os.read(woken, 1)
    finally:
        signal.set_wakeup_fd(before)


def schedule_tricks(
    observer: BaseObserver, tricks: Iterable[Dict[str, Any]], pathname: str, recursive: bool
) -> None:
    """Schedules what a file says, for its directory or what a trick has as `source_directory`."""
    for trick in tricks:
        for name, value in trick.items():
            handler = load_class(name)(**(value or {}))
            observer.schedule(handler, getattr(handler, "source_directory", None) or pathname, recursive=recursive)


def _observer(arguments: argparse.Namespace) -> BaseObserver:
    if arguments.debug_force_polling:
        from vigil.watchdog.observers.polling import PollingObserver

        return PollingObserver(timeout=arguments.timeout)
    from vigil.watchdog.observers import Observer

    return Observer(timeout=arguments.timeout)


# The commands.


def log(arguments: argparse.Namespace) -> None:
    from vigil.watchdog import tricks
    from vigil.watchdog.utils import echo

    # That is what one who asks for a log wants to see.
    tricks.logger.setLevel(min(tricks.logger.getEffectiveLevel(), logging.INFO))
    if arguments.trace:
        echo.echo_class(tricks.LoggerTrick, write=lambda text: tricks.logger.info(text.rstrip("\n")))
    patterns, ignore_patterns = parse_patterns(arguments.patterns, arguments.ignore_patterns)
    handler = tricks.LoggerTrick(patterns, ignore_patterns, arguments.ignore_directories)
    observe_with(_observer(arguments), handler, arguments.directories, arguments.recursive)


def shell_command(arguments: argparse.Namespace) -> None:
    from vigil.watchdog.tricks import ShellCommandTrick

    patterns, ignore_patterns = parse_patterns(arguments.patterns, arguments.ignore_patterns)
    handler = ShellCommandTrick(
        arguments.command or None,
        patterns,
        ignore_patterns,
        arguments.ignore_directories,
        wait_for_process=arguments.wait_for_process,
        drop_during_process=arguments.drop_during_process,
    )
    observe_with(_observer(arguments), handler, arguments.directories or ["."], arguments.recursive)


def auto_restart(arguments: argparse.Namespace) -> None:
    from vigil.watchdog.tricks import AutoRestartTrick

    patterns, ignore_patterns = parse_patterns(arguments.patterns, arguments.ignore_patterns)
    handler = AutoRestartTrick(
        [arguments.command, *_without_separator(arguments.command_args)],
        patterns,
        ignore_patterns,
        arguments.ignore_directories,
        stop_signal=_signal_number(arguments.signal),
        kill_after=arguments.kill_after,
        debounce_interval_seconds=arguments.debounce_interval,
        restart_on_command_exit=arguments.restart_on_command_exit,
    )
    handler.start()
    try:
        observe_with(_observer(arguments), handler, arguments.directories or ["."], arguments.recursive)
    finally:
        handler.stop()


def _without_separator(arguments: List[str]) -> List[str]:
    return arguments[1:] if arguments[:1] == ["--"] else arguments


def _signal_number(name: str) -> int:
    """SIGTERM, TERM or 15."""
    if name.isdigit():
        return int(name)
    full = name if name.startswith("SIG") else "SIG" + name
    number = getattr(signal, full, None)
    if not isinstance(number, signal.Signals):
        raise SystemExit("watchmedo: there is no signal %s" % name)
    return int(number)


def tricks_from(arguments: argparse.Namespace) -> None:
    if arguments.python_path:
        add_to_sys_path(path_split(arguments.python_path))
    observers: List[BaseObserver] = []
    try:
        for tricks_file in arguments.files or ["tricks.yaml"]:
            if not os.path.exists(tricks_file):
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), tricks_file)
            config = load_config(tricks_file)
            if not isinstance(config, dict) or CONFIG_KEY_TRICKS not in config:
                raise KeyError("No %r key specified in %s." % (CONFIG_KEY_TRICKS, tricks_file))
            add_to_sys_path(config.get(CONFIG_KEY_PYTHON_PATH) or [])
            directory = os.path.dirname(tricks_file) or "."
            observer = _observer(arguments)
            schedule_tricks(observer, config[CONFIG_KEY_TRICKS], directory, arguments.recursive)
            observer.start()
            observers.append(observer)
    except BaseException:
        for observer in observers:
            observer.stop()
        raise
    _until_ended(*observers)


def tricks_generate_yaml(arguments: argparse.Namespace) -> None:
    if arguments.python_path:
        add_to_sys_path(path_split(arguments.python_path))
    entries = "".join(load_class(path).generate_yaml() for path in arguments.trick_paths)
    header = "%s:\n- .\n%s:\n" % (CONFIG_KEY_PYTHON_PATH, CONFIG_KEY_TRICKS)
    if not arguments.append_to_file:
        sys.stdout.write(entries if arguments.append_only else header + entries)
        return
    is_new = not os.path.exists(arguments.append_to_file) or not os.path.getsize(arguments.append_to_file)
    with open(arguments.append_to_file, "a", encoding="utf-8") as file:
        file.write(header + entries if is_new else entries)


# The command line.


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def _add_verbosity(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("-q", "--quiet", dest="verbosity", action="store_const", const=-1, help="log errors only")
    group.add_argument("-v", "--verbose", dest="verbosity", action="count", help="log more; twice: everything")
    parser.set_defaults(verbosity=0)


def _add_patterns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-p", "--pattern", "--patterns", dest="patterns", default="*", help="paths that match one of these (;)"
    )
    parser.add_argument(
        "-i",
        "--ignore-pattern",
        "--ignore-patterns",
        dest="ignore_patterns",
        default="",
        help="and none of these (;)",
    )
    parser.add_argument("-D", "--ignore-directories", action="store_true", help="not what happens to directories")


def _add_watch(parser: argparse.ArgumentParser, recursive: bool = False) -> None:
    if recursive:
        parser.add_argument("--recursive", action="store_true", default=True, help="with all below (as usual)")
    else:
        parser.add_argument("-R", "--recursive", action="store_true", help="with all below")
    parser.add_argument(
        "--interval",
        "--timeout",
        dest="timeout",
        type=float,
        default=1.0,
        help="seconds between two looks, with --debug-force-polling",
    )
    parser.add_argument("--debug-force-polling", action="store_true", help="compare snapshots instead of being told")
    for name in ("kqueue", "winapi", "fsevents", "inotify"):
        parser.add_argument("--debug-force-" + name, action="store_true", help=argparse.SUPPRESS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="watchmedo", description=__doc__, formatter_class=_Help)
    parser.add_argument("--version", action="version", version=VERSION_STRING)
    commands = parser.add_subparsers(dest="top_command", metavar="COMMAND")

    def command(function: Callable[[argparse.Namespace], None], names: Sequence[str], text: str) -> Any:
        sub = commands.add_parser(names[0], aliases=list(names[1:]), description=text, help=text, formatter_class=_Help)
        sub.set_defaults(func=function)
        _add_verbosity(sub)
        return sub

    sub = command(tricks_from, ["tricks-from", "tricks"], "do what files of tricks say")
    sub.add_argument("files", nargs="*", help="files of tricks (tricks.yaml)")
    sub.add_argument("--python-path", default="", help="where else to look for modules, separated as in PATH")
    _add_watch(sub, recursive=True)

    sub = command(
        tricks_generate_yaml,
        ["tricks-generate-yaml", "generate-tricks-yaml"],
        "write the entries of a file of tricks, to be edited",
    )
    sub.add_argument("trick_paths", nargs="*", help="the tricks, as package.module.Class")
    sub.add_argument("--python-path", default="", help="where else to look for modules, separated as in PATH")
    sub.add_argument("--append-to-file", default="", help="write to the end of this file, not to standard output")
    sub.add_argument("-a", "--append-only", action="store_true", help="only the entries, not what is before them")

    sub = command(log, ["log"], "log what happens")
    sub.add_argument("directories", nargs="*", default=["."], help="what to watch (.)")
    _add_patterns(sub)
    _add_watch(sub)
    sub.add_argument("--trace", action="store_true", help="log every call of the handler")

    sub = command(shell_command, ["shell-command"], "run a command of the shell for each event")
    sub.add_argument("directories", nargs="*", default=["."], help="what to watch (.)")
    sub.add_argument(
        "-c",
        "--command",
        default="",
        help="the command; ${watch_src_path}, ${watch_dest_path}, ${watch_event_type} and ${watch_object} (file or "
        "directory) stand for the event",
    )
    _add_patterns(sub)
    _add_watch(sub)
    sub.add_argument("-w", "--wait", dest="wait_for_process", action="store_true", help="one command at a time")
    sub.add_argument(
        "-W", "--drop", dest="drop_during_process", action="store_true", help="drop events while a command runs"
    )

    sub = command(auto_restart, ["auto-restart"], "run a command, and again after events")
    sub.add_argument("command", help="the command")
    sub.add_argument("command_args", metavar="arg", nargs=argparse.REMAINDER, help="its arguments, after --")
    sub.add_argument("-d", "--directory", dest="directories", action="append", help="what to watch; may be repeated")
    _add_patterns(sub)
    _add_watch(sub)
    sub.add_argument("--signal", default="SIGINT", help="what stops the command (SIGINT)")
    sub.add_argument("--kill-after", type=float, default=10.0, help="seconds until it is killed (10)")
    sub.add_argument("--debounce-interval", type=float, default=0.0, help="seconds without events before a restart")
    sub.add_argument(
        "--no-restart-on-command-exit",
        dest="restart_on_command_exit",
        action="store_false",
        help="do not start it again when it ends by itself",
    )
    return parser


cli = _parser()


def _get_log_level_from_args(arguments: argparse.Namespace) -> str:
    levels = {-1: "ERROR", 0: "WARNING", 1: "INFO", 2: "DEBUG"}
    verbosity = arguments.verbosity or 0
    if verbosity not in levels:
        raise LogLevelError("-v can be given twice at most")
    return levels[verbosity]


def _shut_down(number: int, frame: object) -> NoReturn:
    raise WatchdogShutdownError


def main(argv: Optional[Sequence[str]] = None) -> int:
    arguments = cli.parse_args(argv)
    if not arguments.top_command:
        cli.print_help()
        return 1
    try:
        level = _get_log_level_from_args(arguments)
    except LogLevelError as error:
        cli.error(str(error))
    logging.basicConfig(level=level)
    # Files of tricks, and the tricks themselves, name `watchdog`.
    _install.install()
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _shut_down)
    try:
        arguments.func(arguments)
    except (WatchdogShutdownError, KeyboardInterrupt):
        pass
    except OSError as error:
        print("watchmedo: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
