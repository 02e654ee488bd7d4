import tempfile
import unittest
from pathlib import Path

import tidy


class Tidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "a.cpp").write_text("int a;\nint b;\n")
        (self.root / "b.cpp").write_text("int c;\n")

    def test_a_file_of_the_unity_build_stands_for_the_sources_it_includes(self):
        unit = self.root / "unity_0_cxx.cxx"
        unit.write_text('/* generated */\n\n#include "/x/a.cpp"\n\n#include "/x/b.cpp"\n')
        self.assertEqual(tidy.sources_of(unit), [Path("/x/a.cpp"), Path("/x/b.cpp")])
        self.assertEqual(tidy.sources_of(self.root / "a.cpp"), [self.root / "a.cpp"])

    def test_a_finding_has_the_name_and_the_line_of_its_source(self):
        (self.root / "3.cpp").write_text(tidy.joined([self.root / "a.cpp", self.root / "b.cpp"]))
        found = f"{self.root}/3.cpp:3:5: error: one\n{self.root}/3.cpp:6:1: note: two\n"
        self.assertEqual(tidy.with_sources(found, self.root),
                         f"{self.root}/a.cpp:2:5: error: one\n{self.root}/b.cpp:1:1: note: two\n")


if __name__ == "__main__":
    unittest.main()
