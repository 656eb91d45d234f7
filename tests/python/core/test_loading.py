"""The library that is missing, of another version, or not vigil's."""

import ctypes.util
import os
import subprocess
import sys
import unittest

import vigil
from support import Case


class LoadingTest(Case):
    def load(self, library):
        environment = dict(os.environ, VIGIL_LIBRARY=library)
        program = ("try:\n import vigil\nexcept ImportError as error:\n print(error.name, error)\n"
                   "else:\n print('loaded', vigil.__version__)")
        return subprocess.run([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, check=True,
                              universal_newlines=True).stdout

    def expect_refused(self, library, *words):
        said = self.load(library)
        self.assertTrue(said.startswith("vigil "), said)
        for word in (library, "VIGIL_LIBRARY", *words):
            self.assertIn(word, said)

    def test_one_that_is_missing(self):
        self.expect_refused(self.path("libvigil.so.0"), "No such file")

    def test_one_that_is_no_library(self):
        self.expect_refused(self.write("libvigil.so.0"))

    def test_one_that_is_of_something_else(self):
        self.expect_refused(ctypes.util.find_library("c") or "libc.so.6", "not the library of vigil")

    def test_one_of_another_version(self):
        source = self.path("other.c")
        with open(source, "w") as file:
            file.write('const char* vigil_version_string(void) { return "9.8.7"; }\n'
                       "unsigned vigil_abi_version(void) { return 99; }\n")
        library = self.path("libvigil.so.9")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        self.expect_refused(library, "9.8.7", "99")

    def test_the_one_that_is_used(self):
        from vigil._library import library

        self.assertEqual("loaded %s\n" % vigil.__version__, self.load(library._name))


if __name__ == "__main__":
    unittest.main()
