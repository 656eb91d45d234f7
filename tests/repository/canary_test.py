"""Shows that every check of check.py finds what it looks for: canary_test.py CC CXX."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check

COMPILERS = {}


class Canary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, name, text, executable=False):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if executable:
            path.chmod(0o755)
        return path

    def repository(self):
        subprocess.run(["git", "init", "--quiet", self.root], check=True)

    def assert_one_fault(self, faults, text):
        self.assertEqual(len(faults), 1, faults)
        self.assertIn(text, faults[0])


class Layers(Canary):
    def includes(self, name, *lines):
        for layer in check.LAYERS:
            self.write(f"src/{layer}/known.hpp", "")
        self.write("src/backend/one/known.hpp", "")
        self.write("src/backend/two/known.hpp", "")
        self.write(name, "".join(f"#include {line}\n" for line in lines))
        return check.check_layers(self.root)

    def test_down_and_across_the_own_layer_is_fine(self):
        self.assertEqual(self.includes("src/core/a.cpp", '"core/known.hpp"', '"base/known.hpp"', "<vigil/event.hpp>",
                                       "<vector>", "<csignal>"), [])

    def test_upward(self):
        self.assert_one_fault(self.includes("src/tree/a.cpp", '"event/known.hpp"'), "not below tree")

    def test_between_the_command_and_the_c_functions(self):
        self.assert_one_fault(self.includes("src/cli/a.cpp", '"cabi/known.hpp"'), "not below cli")

    def test_inner_header_in_a_public_one(self):
        self.assert_one_fault(self.includes("include/vigil/a.hpp", '"base/known.hpp"'), "not public")

    def test_short_path(self):
        self.assert_one_fault(self.includes("src/core/a.cpp", '"known.hpp"'), "not a path below src/")

    def test_unknown_layer(self):
        self.assert_one_fault(self.includes("src/odds/a.cpp", '"base/known.hpp"'), "not a layer")

    def test_one_backend_in_another(self):
        self.assertEqual(self.includes("src/backend/one/a.cpp", '"backend/one/known.hpp"', '"backend/known.hpp"'), [])
        self.assert_one_fault(self.includes("src/backend/one/a.cpp", '"backend/two/known.hpp"'), "another backend")

    def test_the_system_in_portable_code(self):
        self.assert_one_fault(self.includes("src/core/a.cpp", "<sys/inotify.h>"), "belongs in")
        self.assert_one_fault(self.includes("src/core/a.cpp", "<unistd.h>"), "belongs in")

    def test_the_system_in_a_public_header(self):
        self.assert_one_fault(self.includes("include/vigil/a.hpp", "<windows.h>"), "belongs in")

    def test_the_system_in_a_decoder(self):
        self.assert_one_fault(self.includes("src/backend/one/decode.cpp", "<sys/inotify.h>"), "belongs in")

    def test_the_system_where_it_belongs(self):
        for name in ("src/sys/a.cpp", "src/backend/one/a.cpp", "src/cli/a.cpp", "src/base/a_linux.cpp"):
            self.assertEqual(self.includes(name, "<unistd.h>", "<sys/stat.h>"), [])


class Text(Canary):
    def faults(self, name, text, executable=False):
        self.repository()
        self.write(name, text, executable)
        return check.check_text(self.root)

    def test_clean(self):
        self.assertEqual(self.faults("a.cpp", "// TO" "DO(perf): measure.\nint a = 1;\n"), [])

    def test_space_at_the_end(self):
        self.assert_one_fault(self.faults("a.md", "word \n"), "a.md:1: space at the end")

    def test_windows_line_ends(self):
        self.assert_one_fault(self.faults("a.sh", "word\r\n"), "space at the end")

    def test_no_line_break_at_the_end(self):
        self.assert_one_fault(self.faults("a.md", "word"), "does not end")

    def test_long_line(self):
        self.assertEqual(self.faults("a.cpp", "/" * 120 + "\n"), [])
        self.assert_one_fault(self.faults("a.cpp", "/" * 121 + "\n"), "121 columns")

    def test_tab(self):
        self.assert_one_fault(self.faults("a.hpp", "\tint a;\n"), "tab")

    def test_nameless_note(self):
        for note in ("TO" "DO: later", "TO" "DO(me): later", "FIX" "ME", "X" "XX"):
            self.assert_one_fault(self.faults("a.cpp", f"// {note}\n"), "has a type")

    def test_places_on_one_machine(self):
        for place in ("/wo" "rk/vigil", "/ro" "ot/x", "/ho" "me/someone/x", "(/Us" "ers/someone)"):
            self.assert_one_fault(self.faults("a.md", f"see {place}\n"), "one machine")
        for place in ("../wo" "rk/vigil", "tests/ro" "ot/x", "${root}/ho" "me/x"):
            self.assertEqual(self.faults("a.md", f"see {place}\n"), [])

    def test_program_that_is_not_executable(self):
        self.assertEqual(self.faults("run", "#!/bin/sh\n", executable=True), [])
        self.assert_one_fault(self.faults("walk", "#!/bin/sh\n"), "not executable")

    def test_files_git_ignores_are_not_looked_at(self):
        self.write(".gitignore", "/build/\n")
        self.assertEqual(self.faults("build/a.md", "word \n"), [])


class Links(Canary):
    def test_links(self):
        self.repository()
        self.write("docs/a.md", "[b](b.md#part) [web](https://example.org/x) [self](#part)\n")
        self.assert_one_fault(check.check_links(self.root), "b.md does not exist")
        self.write("docs/b.md", "")
        self.assertEqual(check.check_links(self.root), [])


class Sources(Canary):
    def test_source_that_nothing_compiles(self):
        used, unused = self.write("src/base/used.cpp", ""), self.write("src/base/unused.cpp", "")
        commands = [{"directory": str(self.root), "file": str(used)}]
        self.write("build/compile_commands.json", json.dumps(commands))
        self.assert_one_fault(check.check_sources(self.root, self.root / "build"), "unused.cpp")
        unused.unlink()
        self.assertEqual(check.check_sources(self.root, self.root / "build"), [])


class Headers(Canary):
    def faults(self, name, text):
        self.write(f"include/{name}", text)
        return check.check_headers(str(self.root / "include"), COMPILERS["c"], COMPILERS["cxx"])

    def test_header_that_needs_another(self):
        self.assert_one_fault(self.faults("a.hpp", "#pragma once\nstd::string text;\n"), "does not compile alone")

    def test_header_that_stands_alone(self):
        self.assertEqual(self.faults("a.hpp", "#pragma once\n#include <string>\nextern std::string text;\n"), [])

    def test_c_header_that_is_not_c(self):
        self.assert_one_fault(self.faults("a.h", "namespace a {}\n"), "does not compile alone")

    def test_no_header_at_all(self):
        self.assert_one_fault(check.check_headers(str(self.root), COMPILERS["c"], COMPILERS["cxx"]), "no header")


class Examples(Canary):
    def faults(self, text):
        return check.check_examples(self.write("a.md", text), str(self.root), COMPILERS["cxx"])

    def test_example_that_compiles(self):
        self.assertEqual(self.faults("A program:\n```cpp\nint main() {}\n```\nEnd.\n"), [])

    def test_second_example_that_does_not(self):
        self.assert_one_fault(self.faults("```cpp\nint main() {}\n```\n```cpp\nint main( {}\n```\n"), "example 2")

    def test_no_example_at_all(self):
        self.assert_one_fault(self.faults("```console\n$ vigil\n```\n"), "no example")


class Exports(Canary):
    def test_exports(self):
        source = self.write("a.cpp", "int shown(int) { return 1; }\n"
                                     '__attribute__((visibility("hidden"))) int hidden() { return 2; }\n')
        library, listing = self.root / "liba.so", self.root / "exports.txt"
        subprocess.run([COMPILERS["cxx"], "-shared", "-fPIC", "-nostdlib", "-o", library, source], check=True)
        listing.write_text("shown(int)\n")
        self.assertEqual(check.check_exports(library, listing), [])
        listing.write_text("")
        self.assert_one_fault(check.check_exports(library, listing), "shown(int): exported, but not listed")
        listing.write_text("gone()\nshown(int)\n")
        self.assert_one_fault(check.check_exports(library, listing), "gone(): listed, but not exported")
        self.assertEqual(check.check_exports(library, listing, "--update"), [])
        self.assertEqual(listing.read_text(), "shown(int)\n")

    def test_dll(self):
        listing = self.root / "exports.txt"
        objdump = self.write("objdump", "#!/bin/sh\nprintf '[Ordinal/Name Pointer] Table\\n\\t[   0] vigil_a\\n"
                                        "\\t[   1] _ZN5vigilE\\n'\n")
        objdump.chmod(0o755)
        listing.write_text("vigil_a\nvigil::Batch::Batch()\n")
        self.assertEqual(check.check_dll("a.dll", listing, objdump), [])
        listing.write_text("")
        self.assert_one_fault(check.check_dll("a.dll", listing, objdump), "vigil_a: exported by the DLL alone")
        listing.write_text("vigil_a\nvigil_b\n")
        self.assert_one_fault(check.check_dll("a.dll", listing, objdump), "vigil_b: not exported by the DLL")


if __name__ == "__main__":
    COMPILERS["c"], COMPILERS["cxx"] = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
