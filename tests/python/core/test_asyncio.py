"""awatch: on the loop's own thread."""

import asyncio
import gc
import os
import threading
import unittest

import vigil
from support import PATIENCE, Case, open_descriptors, wait_until
from vigil import Kind


class AwatchTest(Case):
    def run_it(self, coroutine):
        return asyncio.run(asyncio.wait_for(coroutine, PATIENCE))

    async def until(self, name, **options):
        """The batches up to that which tells that `name` was created, and the threads there were then."""
        batches = []
        async for batch in vigil.awatch(self.folder, **options):
            batches.append(batch)
            if batch[0].kind == Kind.READY:
                asyncio.get_running_loop().call_later(0.02, self.write, name)
            if any(event.kind == Kind.CREATED for event in batch):
                return batches, threading.active_count()
        return None

    def test_events_come_without_a_thread(self):
        batches, threads = self.run_it(self.until("a"))
        self.assertEqual(self.path("a"), [event.path for batch in batches for event in batch][1])
        self.assertEqual(1, threads)
        self.assertTrue(all(batches))

    def test_where_the_loop_has_no_readers_a_thread_waits(self):
        class Loop(asyncio.SelectorEventLoop):
            def add_reader(self, fd, callback, *args):
                if isinstance(fd, int):  # not of the loop's own
                    raise NotImplementedError
                return super().add_reader(fd, callback, *args)

        loop = Loop()
        self.addCleanup(loop.close)
        batches, _ = loop.run_until_complete(asyncio.wait_for(self.until("a"), PATIENCE))
        self.assertEqual(self.path("a"), [event.path for batch in batches for event in batch][1])

    def test_the_watch_begins_with_the_call(self):
        async def body():
            batches = vigil.awatch(self.folder, kinds=["created"])
            self.write("a")
            seen = []
            async for batch in batches:
                seen.extend(event.path for event in batch if event.kind == Kind.CREATED)
                if seen:
                    return seen

        self.assertEqual([self.path("a")], self.run_it(body()))

    def test_a_missing_path_is_told_at_once(self):
        async def body():
            with self.assertRaises(FileNotFoundError):
                vigil.awatch(self.path("missing"))

        self.run_it(body())

    def test_it_ends_by_its_event(self):
        async def body():
            event = asyncio.Event()
            seen = 0
            async for _ in vigil.awatch(self.folder, stop_event=event):
                seen += 1
                asyncio.get_running_loop().call_later(0.02, event.set)
            return seen

        self.assertEqual(1, self.run_it(body()))

    def test_an_event_that_was_set_before(self):
        async def body():
            event = asyncio.Event()
            event.set()
            return [batch async for batch in vigil.awatch(self.folder, stop_event=event)]

        self.assertLessEqual(len(self.run_it(body())), 1)

    def test_a_cancelled_task_stops_its_watcher(self):
        gc.collect()  # what earlier tests left to PyPy
        before = open_descriptors()

        async def follow():
            async for _ in vigil.awatch(self.folder):
                pass

        async def body():
            task = asyncio.ensure_future(follow())
            await asyncio.sleep(0.05)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        self.run_it(body())
        wait_until(lambda: (gc.collect(), open_descriptors() <= before)[1])

    def test_a_batch_waited_for_in_vain_can_be_waited_for_again(self):
        async def body():
            batches = vigil.awatch(self.folder)
            await batches.__anext__()
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(batches.__anext__(), 0.01)
            self.write("a")
            return (await batches.__anext__())[0].path

        self.assertEqual(self.path("a"), self.run_it(body()))

    def test_stop_in_another_thread_ends_it(self):
        async def body():
            watcher = vigil.Watcher(self.folder)
            timer = threading.Timer(0.05, watcher.stop)
            timer.start()
            async for _ in watcher:
                pass
            timer.join()
            return watcher.closed

        self.assertTrue(self.run_it(body()))

    def test_two_watches_on_one_loop(self):
        os.mkdir(self.path("b"))

        async def first_of(path):
            async for batch in vigil.awatch(path, kinds=["created"], recursive=False):
                for event in batch:
                    if event.kind == Kind.CREATED:
                        return event.path

        async def body():
            watches = [asyncio.ensure_future(first_of(path)) for path in (self.folder, self.path("b"))]
            await asyncio.sleep(0.02)
            self.write("b", "one")
            self.write("two")
            return await asyncio.gather(*watches)

        self.assertEqual([self.path("two"), self.path("b", "one")], self.run_it(body()))

    def test_others_have_their_turn_however_much_happens(self):
        async def body():
            over = threading.Event()

            def work():
                while not over.is_set():
                    self.write("a")

            worker = threading.Thread(target=work)
            worker.start()
            turns = 0

            async def follow():
                async for _ in vigil.awatch(self.folder):
                    pass

            task = asyncio.ensure_future(follow())
            for _ in range(50):
                await asyncio.sleep(0)
                turns += 1
            over.set()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            worker.join()
            return turns

        self.assertEqual(50, self.run_it(body()))

    def test_idle_it_does_not_spin(self):
        async def follow():
            async for _ in vigil.awatch(self.folder):
                await asyncio.sleep(0.01)

        async def body():
            task = asyncio.ensure_future(follow())
            await asyncio.sleep(0.1)
            loop = asyncio.get_running_loop()
            turns = [0]
            run_once = loop._run_once

            def counted():
                turns[0] += 1
                run_once()

            loop._run_once = counted
            await asyncio.sleep(0.3)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return turns[0]

        # What others do beside the folder may wake it; spinning would be thousands.
        self.assertLess(self.run_it(body()), 200)


if __name__ == "__main__":
    unittest.main()
