"""Whether paths match patterns: `watchdog.utils.patterns`.

By default a pattern matches as `pathlib.PurePath.match` does: from the right, component by component, `*` within one
component; a pattern that begins with a separator has to match the whole path. Where case does not matter, `\\`
separates names as well, as in `PureWindowsPath`. With compat="7" a pattern has to match the whole path, and `**`
stands for any number of components, also none, as in `PurePath.full_match`.

What a pattern means is worked out once and remembered; a match costs about a microsecond.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any, Callable, Iterable, Iterator, List, Optional, Sequence, Set, Tuple, Type

import vigil.watchdog

_Match = Callable[[str], Any]
_PathMatch = Callable[[str, Sequence[str]], bool]  # Of a path and its components.


def filter_paths(
    paths: Iterable[str],
    included_patterns: Optional[Iterable[str]] = None,
    excluded_patterns: Optional[Iterable[str]] = None,
    case_sensitive: bool = True,
    *,
    compat: Optional[str] = None,
) -> Iterator[str]:
    """The paths that match an included pattern (without any: `*`) and no excluded one.

    ValueError when a pattern is both.
    """
    rule = _rule(included_patterns, excluded_patterns, case_sensitive, compat)
    return (path for path in paths if rule(path))


def match_any_paths(
    paths: Iterable[str],
    included_patterns: Optional[Iterable[str]] = None,
    excluded_patterns: Optional[Iterable[str]] = None,
    case_sensitive: bool = True,
    *,
    compat: Optional[str] = None,
) -> bool:
    """Whether filter_paths() leaves any of the paths."""
    rule = _rule(included_patterns, excluded_patterns, case_sensitive, compat)
    return any(rule(path) for path in paths)


def _rule(
    included: Optional[Iterable[str]], excluded: Optional[Iterable[str]], case_sensitive: bool, compat: Optional[str]
) -> Callable[[str], bool]:
    compat = vigil.watchdog.get_compat() if compat is None else vigil.watchdog.checked_compat(compat)
    return _known_rule(
        ("*",) if included is None else tuple(included),
        () if excluded is None else tuple(excluded),
        bool(case_sensitive),
        compat == "7",
    )


@functools.lru_cache(maxsize=1024)
def _known_rule(
    included: Tuple[str, ...], excluded: Tuple[str, ...], case_sensitive: bool, whole: bool
) -> Callable[[str], bool]:
    conflicts: Set[str] = set(included) & set(excluded)
    if conflicts:
        raise ValueError("conflicting patterns `%r` included and excluded" % conflicts)
    flavour: Type[PurePath] = PurePosixPath if case_sensitive else PureWindowsPath
    compiled = _whole_pattern if whole else _pattern
    includes = [compiled(flavour, pattern) for pattern in included]
    excludes = [compiled(flavour, pattern) for pattern in excluded]

    def rule(path: str) -> bool:
        parts = _parts(flavour, path)
        return any(match(path, parts) for match in includes) and not any(match(path, parts) for match in excludes)

    return rule


def _parts(flavour: Type[PurePath], path: str) -> Sequence[str]:
    """The components of a path, as flavour(path).parts has them where it matters."""
    plain = "//" not in path and "/." not in path and path[-1:] != "/" and path[:1] != "."
    if plain and flavour is PurePosixPath:
        parts = path.split("/")
        if not parts[0]:
            parts[0] = "/"
        return parts if path else []
    if flavour is PureWindowsPath:
        return [part.lower() for part in PureWindowsPath(path).parts] if not plain else _windows_parts(path)
    return flavour(path).parts


def _windows_parts(path: str) -> Sequence[str]:
    if "\\" in path or ":" in path:
        return [part.lower() for part in PureWindowsPath(path).parts]
    parts = path.lower().split("/")
    if not parts[0]:
        parts[0] = "\\"
    return parts if path else []


def _pattern(flavour: Type[PurePath], pattern: str) -> _PathMatch:
    pure = flavour(pattern)
    if not pure.parts:
        raise ValueError("empty pattern")
    if pure.drive or pure.root:
        # Rare, and with drives and shares a science of its own.
        return lambda path, parts: flavour(path).match(pattern)
    matches = _component_matches(flavour, pure.parts)
    if len(matches) == 1:
        last = matches[0]
        return lambda path, parts: bool(parts) and last(parts[-1]) is not None
    count = len(matches)

    def match(path: str, parts: Sequence[str]) -> bool:
        if len(parts) < count:
            return False
        return all(one(part) is not None for one, part in zip(matches, parts[len(parts) - count :]))

    return match


def _component_matches(flavour: Type[PurePath], parts: Sequence[str]) -> List[_Match]:
    if flavour is PureWindowsPath:
        parts = [part.lower() for part in parts]
    return [re.compile(fnmatch.translate(part)).match for part in parts]


def _whole_pattern(flavour: Type[PurePath], pattern: str) -> _PathMatch:
    pattern_parts = flavour(pattern).parts
    if not pattern_parts:
        raise ValueError("empty pattern")
    ones = _component_matches(flavour, pattern_parts)
    matches = [None if part == "**" else one for part, one in zip(pattern_parts, ones)]

    def match(path: str, parts: Sequence[str]) -> bool:
        # The set of places in the pattern that can have been reached: no backtracking, whatever the pattern.
        reached = _skip(matches, {0})
        for part in parts:
            following = set()
            for place in reached:
                if place < len(matches):
                    one = matches[place]
                    if one is None:
                        following.add(place)
                    elif one(part) is not None:
                        following.add(place + 1)
            reached = _skip(matches, following)
        return len(matches) in reached

    return match


def _skip(matches: Sequence[Optional[_Match]], places: Set[int]) -> Set[int]:
    """Adds the places behind a `**`, which may stand for nothing."""
    for place in list(places):
        while place < len(matches) and matches[place] is None:
            place += 1
            places.add(place)
    return places
