"""Waiting and what ends it; threads, signals, forks; and that nothing is left behind."""

import gc
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
import unittest

import vigil
from support import PATIENCE, Case, open_descriptors, threads, wait_until


# Of memory: PyPy compiles while it runs, and keeps more in reserve.
LEEWAY = (64 if sys.implementation.name == "pypy" else 6) << 20


class WaitTest(Case):
    def test_a_time_out_gives_an_empty_batch(self):
        watcher = self.watcher()
        for timeout in (0, 0.01, 0.001):
            begin = time.monotonic()
            self.assertEqual((), watcher.wait(timeout))
            self.assertGreaterEqual(time.monotonic() - begin, timeout)

    def test_an_event_ends_it(self):
        watcher = self.watcher(kinds=["created"])
        timer = threading.Timer(0.05, self.write, ["a"])
        timer.start()
        self.assertEqual([self.path("a")], [event.path for event in watcher.wait(PATIENCE)])
        timer.join()

    def test_idle_it_sleeps(self):
        watcher = self.watcher()
        self.assertEqual((), watcher.wait(0.1))
        before = resource.getrusage(resource.RUSAGE_SELF)
        self.assertEqual((), watcher.wait(1.0))
        after = resource.getrusage(resource.RUSAGE_SELF)
        # What others do beside the folder may wake it; looking again and again would be more.
        self.assertLess(after.ru_nvcsw - before.ru_nvcsw, 200)
        self.assertLess(after.ru_utime - before.ru_utime, 0.1)

    def test_others_run_meanwhile(self):
        watcher = self.watcher()
        for waits in (lambda: watcher.wait(0.3), lambda: watcher.sync(0.3)):
            turns = [0]
            over = threading.Event()

            def count():
                while not over.is_set():
                    turns[0] += 1
                    time.sleep(0.001)

            other = threading.Thread(target=count)
            other.start()
            wait_until(lambda: turns[0] != 0)
            before = turns[0]
            waits()
            counted = turns[0] - before
            over.set()
            other.join()
            if waits() == ():
                self.assertGreater(counted, 10)

    def test_stop_in_another_thread_ends_it(self):
        for by_main in (False, True):
            watcher = self.watcher()
            ended = []
            if by_main:
                waiter = threading.Thread(target=lambda: ended.append(watcher.wait()))
                waiter.start()
                watcher.stop()
                waiter.join(PATIENCE)
            else:
                timer = threading.Timer(0.05, watcher.stop)
                timer.start()
                ended.append(watcher.wait())
                timer.join()
            self.assertEqual([None], ended)

    def test_many_threads(self):
        watcher = self.watcher(kinds=["created"])
        seen = []

        def take():
            for batch in watcher:
                seen.extend(event.path for event in batch)

        takers = [threading.Thread(target=take) for _ in range(4)]
        for taker in takers:
            taker.start()
        for number in range(200):
            self.write(str(number))
        wait_until(lambda: len(seen) >= 200)
        watcher.stop()
        for taker in takers:
            taker.join(PATIENCE)
        self.assertEqual(200, len(set(seen)))

    def test_the_descriptor_is_for_any_loop(self):
        watcher = self.watcher()
        poll = select.poll()
        poll.register(watcher, select.POLLIN)
        self.write("a")
        seen = set()
        while ("closed", "a") not in seen:
            self.assertTrue(poll.poll(PATIENCE * 1000))
            seen.update((str(event.kind), event.path[len(self.folder) + 1:]) for event in watcher.wait(0))
        self.assertEqual(watcher.fileno(), watcher.fileno())


class SignalTest(Case):
    def run_program(self, program, *arguments):
        command = [sys.executable, "-c", "import vigil, signal, sys, threading, time, os\n" + program, self.folder]
        return subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, universal_newlines=True, bufsize=1)

    def expect_interrupted(self, program):
        process = self.run_program(program)
        self.assertEqual("waiting\n", process.stdout.readline())
        time.sleep(0.2)  # it is in the call, or nearly
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=PATIENCE)[0]
        took = time.monotonic() - begin
        self.assertEqual("interrupted\n", rest)
        self.assertEqual(0, process.returncode)
        return took

    WAIT = """
watcher = vigil.Watcher(sys.argv[1])
watcher.wait()
begin = 0
def note(number, frame):
    global begin
    begin = time.monotonic()
    raise KeyboardInterrupt
print("waiting", flush=True)
try:
    %s
except KeyboardInterrupt:
    assert time.monotonic() - begin < 0.1 or begin == 0
    print("interrupted", flush=True)
"""

    def test_ctrl_c_ends_a_wait_at_once(self):
        quickest = min(self.expect_interrupted(self.WAIT % call) for call in ("watcher.wait()", "watcher.wait(3600)"))
        self.assertLess(quickest, 2)  # with the end of the interpreter on a busy machine

    def test_ctrl_c_ends_a_wait_within_100_ms(self):
        process = self.run_program("""
watcher = vigil.Watcher(sys.argv[1])
watcher.wait()
took = []
for _ in range(10):
    sent = []
    def interrupt():
        time.sleep(0.02)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
    try:
        threading.Thread(target=interrupt).start()
        watcher.wait()
    except KeyboardInterrupt:
        took.append(time.monotonic() - sent[0])
print(sorted(took)[5] < 0.1, len(took))
""")
        self.assertEqual("True 10\n", process.communicate()[0])

    def test_ctrl_c_ends_a_loop_of_events(self):
        process = self.run_program("""
def work():
    while True:
        open(sys.argv[1] + "/a", "w").close()
threading.Thread(target=work, daemon=True).start()
try:
    for batch in vigil.watch(sys.argv[1]):
        print("waiting", flush=True) if batch[0].kind == vigil.Kind.READY else None
except KeyboardInterrupt:
    print("interrupted", flush=True)
""")
        self.assertEqual("waiting\n", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        self.assertEqual("interrupted\n", process.communicate(timeout=PATIENCE)[0])

    def test_a_handler_may_stop_it(self):
        process = self.run_program("""
watcher = vigil.Watcher(sys.argv[1])
watcher.wait()
signal.signal(signal.SIGTERM, lambda number, frame: watcher.stop())
print("waiting", flush=True)
print(watcher.wait(), flush=True)
""")
        self.assertEqual("waiting\n", process.stdout.readline())
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        self.assertEqual("None\n", process.communicate(timeout=PATIENCE)[0])

    def test_a_program_that_ends_while_threads_wait(self):
        process = self.run_program("""
watcher = vigil.Watcher(sys.argv[1])
for _ in range(3):
    threading.Thread(target=list, args=(watcher,), daemon=True).start()
time.sleep(0.05)
print("ends", flush=True)
""")
        self.assertEqual("ends\n", process.communicate(timeout=PATIENCE)[0])
        self.assertEqual(0, process.returncode)


class ForkTest(Case):
    def in_child(self, body):
        """What `body` gives in a child: True, or what is wrong."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                outcome = repr(body())
            except BaseException as error:  # whatever it is, the test of the parent must not go on here
                outcome = repr(error)
            os.write(writing, outcome.encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as file:
            outcome = file.read()
        os.waitpid(child, 0)
        return outcome

    def test_the_child_has_no_watcher(self):
        watcher = self.watcher()
        descriptor = watcher.fileno()

        def body():
            assert watcher.closed
            assert watcher.wait() is None
            for call in (watcher.sync, watcher.stats, watcher.fileno, lambda: watcher.add("/")):
                try:
                    call()
                except vigil.StoppedError:
                    pass
                else:
                    return call
            try:
                os.fstat(descriptor)
            except OSError:
                watcher.stop()
                return not [name for name in os.listdir("/proc/self/fd") if "inotify" in link_of(name)]
            return "the descriptor is open"

        self.assertEqual("True", self.in_child(body))
        self.write("a")
        self.assertIn(("created", "a"), self.changes(watcher))

    def test_the_child_does_not_wait_on_what_has_the_number_now(self):
        watcher = self.watcher()
        self.assertEqual((), watcher.wait(0.001))
        descriptor = watcher.fileno()

        def body():
            reading, writing = os.pipe()
            os.dup2(reading, descriptor)
            signal.alarm(20)
            return watcher.wait(), writing != 0

        self.assertEqual("(None, True)", self.in_child(body))

    def test_the_child_has_its_own_if_it_wants(self):
        watcher = self.watcher()

        def body():
            with vigil.Watcher(self.folder) as own:
                self.write("in_child")
                own.sync(PATIENCE)
                return any(event.path.endswith("in_child") for event in own.wait(PATIENCE))

        self.assertEqual("True", self.in_child(body))
        self.assertIn(("created", "in_child"), self.changes(watcher))

    def test_a_forked_program_starts_another(self):
        self.watcher()
        self.assertEqual("b''", self.in_child(lambda: subprocess.run([sys.executable, "-c", ""], stdout=-1).stdout))


def link_of(name):
    try:
        return os.readlink("/proc/self/fd/" + name)
    except OSError:
        return ""


class NothingIsLeftTest(Case):
    def resident(self):
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def cycle(self, count):
        """In some threads, for the kernel takes its time to close what notifies."""
        failures = []

        def work():
            try:
                for _ in range(count // 10):
                    with vigil.Watcher(self.folder) as watcher:
                        watcher.fileno()
                        self.assertEqual(vigil.Kind.READY, watcher.wait(PATIENCE)[0].kind)
            except BaseException as error:
                failures.append(error)

        workers = [threading.Thread(target=work) for _ in range(10)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual([], failures)
        gc.collect()

    def test_of_a_thousand_watchers(self):
        self.cycle(100)
        wait_until(lambda: threads() == threading.active_count())  # a thread that was joined may not be gone yet
        descriptors = open_descriptors()
        memory = self.resident()
        self.cycle(1000)
        wait_until(lambda: threads() == threading.active_count())
        self.assertEqual(descriptors, open_descriptors())
        self.assertLess(self.resident() - memory, LEEWAY)

    def test_of_many_events(self):
        watcher = self.watcher()

        def work():
            for _ in range(2000):
                self.write("a")
            self.assertTrue(self.take(watcher))
            gc.collect()

        work()
        work()
        memory = self.resident()
        for _ in range(5):
            work()
        self.assertLess(self.resident() - memory, LEEWAY)


if __name__ == "__main__":
    unittest.main()
