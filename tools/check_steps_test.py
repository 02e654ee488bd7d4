"""A step counts what it ran, and one that ran nothing has failed."""
import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import check_steps
import fuzz
from check_steps import Outcome


class CountingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.context = mock.Mock(root=self.folder)
        self.context.log_file.return_value = self.folder / "log"

    def python_tests(self, log: str, code: int) -> Outcome:
        (self.folder / "log").write_text(log)
        self.context.run.return_value = code
        return check_steps.python_tests(self.context, "load", cwd=self.folder)

    def test_python_tests_are_counted(self):
        self.assertEqual(self.python_tests("Ran 7 tests in 1s\n\nOK\n", 0), Outcome(7, 0))
        self.assertEqual(self.python_tests("Ran 7 tests in 1s\n\nFAILED (failures=1, errors=1)\n", 1),
                         Outcome(5, 2))

    def test_no_python_test_is_a_failure(self):
        self.assertEqual(self.python_tests("Ran 0 tests in 0s\n\nOK\n", 0), Outcome(0, 1, "no test ran"))

    def test_no_test_of_ctest_is_a_failure(self):
        self.context.run.return_value = 0
        self.assertEqual(check_steps.ctest(self.context, "release", jobs=1), Outcome(0, 1, "no test ran"))

    def test_a_failed_case_is_named_with_its_reason(self):
        (self.folder / "app_test.json").write_text(json.dumps({"testsuites": [{"testsuite": [
            {"classname": "Door", "name": "opens", "status": "RUN", "result": "COMPLETED"},
            {"classname": "Door", "name": "locks", "status": "RUN", "result": "COMPLETED",
             "failures": [{"failure": "door_test.cpp:7\nExpected: locked"}]},
            {"classname": "Door", "name": "rings", "status": "RUN", "result": "SKIPPED"}]}]}))
        self.assertEqual(check_steps.count_gtest(self.folder),
                         Outcome(1, 1, failures=["Door.locks: door_test.cpp:7\nExpected: locked"]))

    def test_no_fuzz_target_is_a_failure(self):
        self.context.jobs = 1
        with mock.patch.object(fuzz, "run_all", return_value=[]):
            self.assertEqual(check_steps.fuzz_targets(self.context),
                             Outcome(0, 1, "no fuzz target ran"))


if __name__ == "__main__":
    unittest.main()
