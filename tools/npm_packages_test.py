"""npm is asked when packages are missing or old, and not otherwise."""
import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import npm_packages


class NpmPackagesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.given("package.json", 100)
        self.given("package-lock.json", 100)

    def given(self, name: str, time: int) -> None:
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
        os.utime(file, (time, time))

    def told(self, status: int = 0) -> tuple[int, str, int]:
        """Exit status, what was said, and how often npm ran."""
        said = io.StringIO()
        with (mock.patch("sys.argv", ["npm_packages.py", str(self.folder)]),
              mock.patch("subprocess.run", return_value=mock.Mock(returncode=status)) as npm,
              contextlib.redirect_stderr(said)):
            return npm_packages.main(), said.getvalue(), npm.call_count

    def test_missing_packages_are_installed_and_that_is_said(self):
        self.assertEqual(self.told(), (0, f"Installing the npm packages of {self.folder}\n", 1))

    def test_packages_older_than_their_versions_are_installed_anew(self):
        self.given("node_modules/.package-lock.json", 99)
        self.assertEqual(self.told()[2], 1)

    def test_what_is_there_is_left_alone_without_a_word(self):
        self.given("node_modules/.package-lock.json", 101)
        self.assertEqual(self.told(), (0, "", 0))

    def test_a_failure_of_npm_is_a_failure(self):
        self.assertEqual(self.told(status=7)[0], 7)


if __name__ == "__main__":
    unittest.main()
