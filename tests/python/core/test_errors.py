"""What fails, as a Python programmer expects it to."""

import errno
import os
import pathlib
import pickle
import unittest

import vigil
from support import Case
from vigil import _errors


class PathErrorsTest(Case):
    def expect(self, kind, number, path, **options):
        with self.assertRaises(kind) as raised:
            vigil.Watcher(path, **options)
        error = raised.exception
        self.assertIsInstance(error, vigil.Error)
        self.assertEqual(number, error.errno)
        self.assertEqual(os.fspath(path), error.filename)
        return error

    def test_a_missing_path(self):
        path = self.path("missing")
        error = self.expect(FileNotFoundError, errno.ENOENT, path)
        self.assertEqual(vigil.ErrorCode.NOT_FOUND, error.code)
        self.assertIn(path, str(error))
        self.expect(FileNotFoundError, errno.ENOENT, os.fsencode(path))
        self.expect(FileNotFoundError, errno.ENOENT, pathlib.Path(path))

    def test_a_missing_path_with_surrogate_escapes(self):
        self.expect(FileNotFoundError, errno.ENOENT, os.fsdecode(os.fsencode(self.folder) + b"/\xff"))

    def test_below_a_file(self):
        self.write("a")
        self.expect(FileNotFoundError, errno.ENOENT, self.path("a", "b"))

    def test_what_the_system_calls_no_directory(self):
        error = _errors.make(vigil.ErrorCode.NOT_FOUND, "why", "a/b", errno.ENOTDIR)
        self.assertIsInstance(error, NotADirectoryError)
        self.assertEqual((errno.ENOTDIR, "a/b"), (error.errno, error.filename))

    def test_a_pipe(self):
        os.mkfifo(self.path("pipe"))
        with self.assertRaises(vigil.NotWatchableError):
            vigil.Watcher(self.path("pipe"))

    def test_one_that_may_not_be_read(self):
        os.mkdir(self.path("secret"), 0)
        child = os.fork()
        if child == 0:
            try:
                os.setgid(65534)
                os.setuid(65534)
                try:
                    vigil.Watcher(self.path("secret"))
                except PermissionError as error:
                    os._exit(0 if error.errno == errno.EACCES and isinstance(error, vigil.Error) else 2)
                os._exit(3)
            finally:
                os._exit(4)
        os.chmod(self.folder, 0o755)
        self.assertEqual(0, os.waitpid(child, 0)[1])

    def test_twice(self):
        watcher = self.watcher()
        with self.assertRaises(vigil.AlreadyWatchedError) as raised:
            watcher.add(self.folder)
        self.assertEqual(errno.EEXIST, raised.exception.errno)
        self.assertIsInstance(raised.exception, ValueError)

    def test_what_is_not_watched(self):
        watcher = self.watcher()
        with self.assertRaises(KeyError) as raised:
            watcher.remove(self.path("other"))
        self.assertIsInstance(raised.exception, vigil.NotWatchedError)
        self.assertIsInstance(raised.exception, OSError)
        self.assertIn("other", str(raised.exception))

    def test_an_error_can_be_sent_elsewhere(self):
        error = self.expect(FileNotFoundError, errno.ENOENT, self.path("missing"))
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(error), error.errno, error.code), (type(copy), copy.errno, copy.code))


class ArgumentErrorsTest(Case):
    def test_values(self):
        for options in ({"settle": -1}, {"settle": float("nan")}, {"max_latency": -0.1}, {"backend": "magic"},
                        {"kinds": ["made"]}, {"kinds": [99]}, {"exclude": ["["]}, {"include": [""]},
                        {"max_watches": -1}, {"queue_bytes_max": 2**64}, {"hang_timeout": 0}):
            with self.subTest(options), self.assertRaises(ValueError) as raised:
                vigil.Watcher(self.folder, **options)
            self.assertNotIsInstance(raised.exception, OSError)
            self.assertTrue(str(raised.exception))

    def test_paths(self):
        for path in ("", b"", "a\0b", b"a\0b"):
            with self.subTest(path), self.assertRaises(ValueError):
                vigil.Watcher(path)
        with self.assertRaises(UnicodeEncodeError):
            vigil.Watcher("\ud800")

    def test_types(self):
        for paths, options in (([3], {}), ([None], {}), ([self.folder], {"exclude": [3]}),
                               ([self.folder], {"settle": "soon"}), ([self.folder], {"nonsense": 1})):
            with self.subTest(paths=paths, **options), self.assertRaises(TypeError):
                vigil.Watcher(*paths, **options)

    def test_time_outs(self):
        watcher = self.watcher()
        for wrong in (-1, float("nan")):
            with self.assertRaises(ValueError):
                watcher.wait(wrong)
            with self.assertRaises(ValueError):
                watcher.sync(wrong)
        with self.assertRaises(TypeError):
            watcher.wait("1")
        self.write("a")
        watcher.sync(float("inf"))
        self.assertTrue(watcher.wait(1e30))

    def test_nothing_is_left_of_a_watcher_that_was_not_made(self):
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            with self.assertRaises(FileNotFoundError):
                vigil.Watcher(self.folder, self.path("missing"))
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))


class StoppedTest(Case):
    def test_every_call(self):
        watcher = self.watcher()
        watcher.stop()
        watcher.stop()
        watcher.close()
        self.assertTrue(watcher.closed)
        self.assertIsNone(watcher.wait())
        self.assertIsNone(watcher.wait(0))
        self.assertEqual([], list(watcher))
        for call in (lambda: watcher.add(self.folder), lambda: watcher.remove(self.folder), watcher.sync,
                     watcher.fileno, watcher.stats):
            with self.assertRaises(vigil.StoppedError) as raised:
                call()
            self.assertEqual(errno.EBADF, raised.exception.errno)
        self.assertIn("closed", repr(watcher))

    def test_one_that_is_forgotten_warns_and_is_stopped(self):
        import gc

        gc.collect()
        before = len(os.listdir("/proc/self/fd"))
        with self.assertWarns(ResourceWarning):
            vigil.Watcher(self.folder)
            gc.collect()
        gc.collect()
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))


if __name__ == "__main__":
    unittest.main()
