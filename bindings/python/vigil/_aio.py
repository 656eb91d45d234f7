"""asyncio: the loop itself waits on the watcher's descriptor, so that there is no thread.

Where a loop cannot (that of Windows), a thread of its executor waits.
"""

import asyncio
from typing import Any, AnyStr, AsyncIterator, Generic, Iterable, Optional, Union

from ._event import Batch, Columns, Kind
from ._watcher import Path, Patterns, Watcher


def awatch(
    *paths: "Path[AnyStr]",
    stop_event: Optional[Any] = None,
    kinds: Optional[Iterable[Union[Kind, str]]] = None,
    settle: Optional[float] = None,
    max_latency: float = 1.0,
    recursive: bool = True,
    include: Patterns = (),
    exclude: Patterns = (),
    include_regex: Patterns = (),
    exclude_regex: Patterns = (),
    ignore: bool = False,
    ignore_files: Patterns = (),
    initial: bool = False,
    await_missing: bool = False,
    backend: str = "auto",
    max_watches: int = 0,
    queue_bytes_max: int = 32 << 20,
    isolation: bool = False,
    hang_timeout: float = 5.0
) -> AsyncIterator["Batch[AnyStr]"]:
    """Watches paths and yields batches of events as they come, none of them empty: `async for batch in awatch(".")`.

    The watch begins with the call, which takes as long as listing the paths. It ends when the loop is left, or when
    `stop_event` (an asyncio.Event, or anything with `await wait()`) is set. A batch that was waited for in vain, with
    asyncio.wait_for() say, can be waited for again. Options as of Watcher.
    """
    watcher: Watcher[AnyStr] = Watcher(
        *paths,
        kinds=kinds,
        settle=settle,
        max_latency=max_latency,
        recursive=recursive,
        include=include,
        exclude=exclude,
        include_regex=include_regex,
        exclude_regex=exclude_regex,
        ignore=ignore,
        ignore_files=ignore_files,
        initial=initial,
        await_missing=await_missing,
        backend=backend,
        max_watches=max_watches,
        queue_bytes_max=queue_bytes_max,
        isolation=isolation,
        hang_timeout=hang_timeout
    )
    return Batches(watcher, stop_event, True)


class Batches(AsyncIterator[Batch[AnyStr]], Generic[AnyStr]):
    """The batches of a watcher, none of them empty. One that is ours is stopped at the end, or when this is gone."""

    def __init__(self, watcher: "Watcher[AnyStr]", stop_event: Optional[Any], is_ours: bool) -> None:
        self._watcher: "Watcher[AnyStr]" = watcher
        self._stop_event = stop_event
        self._stopping: Optional[Any] = None
        self._is_ours = is_ours

    def __aiter__(self) -> "Batches[AnyStr]":
        return self

    async def __anext__(self) -> "Batch[AnyStr]":
        loop = asyncio.get_event_loop()
        if self._stop_event is not None and self._stopping is None:
            self._stopping = asyncio.ensure_future(self._stop_event.wait())
        await asyncio.sleep(0)  # others have their turn, however much happens
        while self._stopping is None or not self._stopping.done():
            columns = self._watcher._take(0)
            if columns is not None and not columns.count:
                columns = await _next(loop, self._watcher, self._stopping)
            if columns is None:
                break
            if columns.count:
                batch: Batch[AnyStr] = columns.batch()
                return batch
        self._end()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the watch."""
        self._end()

    def _end(self) -> None:
        if self._stopping is not None:
            self._stopping.cancel()
        if self._is_ours:
            self._watcher.stop()

    def __del__(self) -> None:
        try:
            self._end()
        except (AttributeError, RuntimeError):  # not even begun; its loop is closed
            pass


async def _next(loop: Any, watcher: "Watcher[Any]", stopping: Optional[Any]) -> Optional[Columns]:
    """Waits, and takes what there may be then."""
    if not watcher._pin():
        return None
    try:
        ready = loop.create_future()
        descriptor = watcher.fileno()
        try:
            loop.add_reader(descriptor, _wake, ready)
        except NotImplementedError:
            return await _next_by_thread(loop, watcher, stopping)
        try:
            await _first(ready, stopping)
        finally:
            loop.remove_reader(descriptor)
    finally:
        watcher._unpin()
    return watcher._take(0)


async def _next_by_thread(loop: Any, watcher: "Watcher[Any]", stopping: Optional[Any]) -> Optional[Columns]:
    # In pieces: a thread cannot be told that nobody waits for it any more, and what it takes must not be lost.
    taken = asyncio.ensure_future(loop.run_in_executor(None, watcher._take, 0.5))
    await _first(taken, stopping)
    return await taken  # type: ignore[no-any-return]


async def _first(one: Any, other: Optional[Any]) -> None:
    if other is None:
        await asyncio.wait([one])
    else:
        await asyncio.wait([one, other], return_when=asyncio.FIRST_COMPLETED)


def _wake(ready: Any) -> None:
    if not ready.done():
        ready.set_result(None)
