"""Subjects take turns, and what they cost is told by medians."""
import unittest
from pathlib import Path
from unittest import mock

import load as loads
from load import LOADS, Sample, Subject


def sample(total: float, errors: int = 0) -> Sample:
    return Sample(1000, 5000.0, total, total / 4, total * 3 / 4, 100, 200, 300, errors)


class TurnsTest(unittest.TestCase):
    def setUp(self):
        self.nginx, self.ours = (Subject(name, mock.Mock(), LOADS[0]) for name in ("nginx", "ours"))

    def take_turns(self, *samples: Sample) -> None:
        with mock.patch.object(loads, "run", side_effect=samples):
            loads.take_turns([self.nginx, self.ours], Path(), rounds=len(samples) // 2 - 1, seconds=1)

    def test_the_first_round_is_not_counted(self):
        self.take_turns(*map(sample, (900.0, 800.0, 20.0, 10.0, 40.0, 30.0, 22.0, 44.0)))
        self.assertEqual(self.nginx.total_us, [20.0, 40.0, 22.0])
        self.assertEqual(self.ours.median_total_us, 30.0)
        self.assertEqual(self.ours.median_user_us, 7.5)

    def test_the_ratio_is_taken_round_by_round(self):
        self.take_turns(*map(sample, (1.0, 1.0, 20.0, 10.0, 40.0, 30.0, 22.0, 44.0)))
        self.assertEqual(loads.ratio(self.ours, self.nginx), 0.75)

    def test_a_call_that_fails_ends_it(self):
        with self.assertRaisesRegex(RuntimeError, "ours: 2 errors"):
            self.take_turns(sample(1.0), sample(1.0, errors=2))


if __name__ == "__main__":
    unittest.main()
