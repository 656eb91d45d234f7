"""A program whose author lets mypy check everything: what it is told about the package. Never run."""

import asyncio
import pathlib
from typing import AsyncIterator, Iterator, List, Optional, Tuple

import vigil


def of_text() -> None:
    with vigil.Watcher("a", exclude=["*.o", b"x"], kinds=[vigil.Kind.CREATED, "removed"]) as watcher:
        batch: Optional[vigil.Batch[str]] = watcher.wait(1)
        if batch:
            event: vigil.Event[str] = batch[0]
            path: str = event.path
            before: Optional[str] = event.from_path
            kind: vigil.Kind = event.kind
            number: int = event.seq + event.code
            rest: Tuple[vigil.Event[str], ...] = batch[1:]
            print(path, before, kind, number, rest, event.type.name, event.time)
        stats: vigil.Stats = watcher.stats()
        print(stats.events, watcher.fileno(), watcher.closed)


def of_bytes() -> List[bytes]:
    paths: List[bytes] = []
    watcher: vigil.Watcher[bytes] = vigil.Watcher(b"a")
    for batch in watcher:
        paths.extend(event.path for event in batch)
    return paths


def of_a_path() -> Iterator[vigil.Batch[str]]:
    return vigil.watch(pathlib.Path("a"), settle=0.1, stop_event=None)


async def on_a_loop() -> str:
    batches: AsyncIterator[vigil.Batch[str]] = vigil.awatch("a", "b", stop_event=asyncio.Event())
    async for batch in batches:
        for event in batch:
            return event.path
    return ""


def that_fails() -> Optional[vigil.ErrorCode]:
    try:
        vigil.Watcher("missing")
    except vigil.Error as error:
        return error.code
    return None
