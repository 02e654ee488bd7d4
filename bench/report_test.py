"""The figures of a report follow from the samples."""
import json
import unittest
import xml.etree.ElementTree as ElementTree

import process_cost
from load import LOADS, Sample
from report import Results


def sample(total: float, errors: int = 0) -> Sample:
    return Sample(1000, 5000.0, total, total / 4, total * 3 / 4, 100, 200, 300, errors)


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.results = Results(3, 2, 32, {"nginx": "the baseline", "apiforge": "ours"})
        for theirs, ours in ((20.0, 10.0), (40.0, 20.0), (22.0, 44.0)):
            self.results.add(LOADS[0], "nginx", sample(theirs))
            self.results.add(LOADS[0], "apiforge", sample(ours, errors=1))

    def row(self, peer: str):
        return next(row for row in self.results.rows(LOADS[0].name) if row.peer == peer)

    def test_figures_are_medians_of_the_rounds(self):
        self.assertEqual(self.row("nginx").total_us, 22.0)
        self.assertEqual(self.row("nginx").of_nginx, 1.0)

    def test_the_ratio_is_taken_round_by_round(self):
        self.assertEqual(self.row("apiforge").of_nginx, 0.5)

    def test_the_ratio_has_an_error(self):
        self.assertEqual(self.row("nginx").of_nginx_error, 0.0)
        self.assertAlmostEqual(self.row("apiforge").of_nginx_error, 0.5)

    def test_the_rows_come_in_the_order_of_the_peers(self):
        later = Results(1, 2, 32, {"nginx": "the baseline", "apiforge": "ours", "haproxy": "not run"})
        later.add(LOADS[0], "apiforge", sample(3.0))
        later.add(LOADS[0], "nginx", sample(3.0))
        self.assertEqual([row.peer for row in later.rows(LOADS[0].name)], ["nginx", "apiforge"])

    def test_errors_add_up(self):
        self.assertEqual(self.row("apiforge").errors, 3)
        self.assertEqual(self.results.errors(), 3)

    def test_every_form_is_well_made(self):
        ElementTree.fromstring(self.results.svg())
        self.assertEqual(json.loads(self.results.as_json())["rounds"], 3)
        self.assertIn("| apiforge | 5.00 | 15.00 | 20.00 | 0.50 | 0.50 |", self.results.markdown())
        self.assertIn(LOADS[0].title, self.results.table())

    def test_without_nginx_there_is_no_ratio(self):
        alone = Results(1, 2, 32, {"apiforge": "ours"})
        alone.add(LOADS[0], "apiforge", sample(3.0))
        self.assertIsNone(alone.rows(LOADS[0].name)[0].of_nginx)


class ProcessCostTest(unittest.TestCase):
    def test_a_difference_splits_the_scheduler_s_time_by_ticks(self):
        before = process_cost.ProcessCost(1000.0, 0.0, 10, 10)
        spent = process_cost.ProcessCost(5000.0, 0.0, 13, 11).since(before)
        self.assertEqual((spent.user_us, spent.system_us), (3000.0, 1000.0))


if __name__ == "__main__":
    unittest.main()
