"""An upstream that fails all calls for a while, and a circuit breaker before it.

BREAKER_SECONDS says how long (default 8; the full measurement takes 30).
"""
import asyncio
import os
import time
import unittest

from callers import Callers, ask_once
from counting_upstream import CountingUpstream
from figures import figure
from gateway import api
from load_test_case import LoadTestCase

SECONDS = int(os.environ.get("BREAKER_SECONDS", "8"))
MINIMUM_CALLS, PROBES, OPEN_SECONDS, MOST_OPEN_SECONDS = 20, 3, 1.0, 2.0
PATH = "/proxy/shop/x"
RULE = {"api": "shop", "minimum_calls": MINIMUM_CALLS, "half_open_calls": PROBES,
        "window": {"type": "count", "size": 50}, "open_ms": int(1_000 * OPEN_SECONDS),
        "max_open_ms": int(1_000 * MOST_OPEN_SECONDS)}


class BreakerTest(LoadTestCase):
    async def test_it_opens_probes_and_closes(self) -> None:
        upstream = CountingUpstream()
        async with upstream.listening() as port:
            shop = api("shop", port, retry={"attempts": 1},
                       ejection={"consecutive_failures": 0, "failure_percent": 0})
            gateway = self.given_gateway([shop], bounds={"circuit_breakers": [RULE]})
            upstream.status = 500
            for _ in range(3 * MINIMUM_CALLS):
                await ask_once(gateway.port, PATH)
            figure("breaker: calls that reached an upstream that fails before it opened",
                   upstream.total)
            self.assertLessEqual(upstream.total, MINIMUM_CALLS + 1)

            before, upstream.most_at_work, upstream.delay = upstream.total, 0, 0.05
            async with Callers(gateway.port, PATH, 16, pause=0.002):
                await asyncio.sleep(SECONDS)
                probes = upstream.total - before
                upstream.status, upstream.delay = 200, 0.0
                mended = time.monotonic()
                while (await ask_once(gateway.port, PATH)).status != 200:
                    await asyncio.sleep(0.01)
                closed = time.monotonic() - mended
        figure(f"breaker: calls that reached it in {SECONDS} s of failures", probes)
        figure("breaker: probes at once, at most", upstream.most_at_work)
        figure("breaker: closed after the upstream was mended", closed, "s")
        self.assertLessEqual(upstream.most_at_work, PROBES)
        self.assertLessEqual(closed, MOST_OPEN_SECONDS + 1)


if __name__ == "__main__":
    unittest.main()
