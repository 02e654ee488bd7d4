"""What wrk prints is read as it is meant: a figure that is missing must not pass for a good one."""
import unittest

from wrk import parsed

WELL = """Running 1m test @ http://127.0.0.1:8000/proxy/steady/x
  1 threads and 16 connections
  Latency Distribution
     50%  710.00us
     99%    3.52ms
  1200 requests in 1.00m, 1.20MB read
Requests/sec:     20.00
"""


class WrkTest(unittest.TestCase):
    def test_a_run_is_read(self) -> None:
        run = parsed(WELL + "  Non-2xx or 3xx responses: 200\n")
        self.assertEqual((run.calls, run.admitted, run.lost, run.seconds), (1200, 1000, 0, 60.0))
        self.assertAlmostEqual(run.p99_ms, 3.52)

    def test_what_was_lost_is_added_up(self) -> None:
        run = parsed(WELL + "  Socket errors: connect 1, read 2, write 3, timeout 4\n")
        self.assertEqual(run.lost, 10)

    def test_nobody_was_answered_quickly_when_nobody_was_answered(self) -> None:
        silent = WELL.replace("1200 requests", "0 requests").replace("3.52ms", "0.00us")
        self.assertEqual(parsed(silent).p99_ms, float("inf"))

    def test_a_missing_line_is_no_zero(self) -> None:
        for line in ("99%", "requests in"):
            with self.subTest(line), self.assertRaisesRegex(RuntimeError, line):
                parsed(WELL.replace(line, ""))


if __name__ == "__main__":
    unittest.main()
