"""kill -9 under load: a quota of the calendar is never exceeded, and at most a block is lost each time.

KILL_ROUNDS says how many times (default 12; the full measurement takes 100).
"""
import asyncio
import os
import random
import unittest

from callers import Callers
from counting_upstream import CountingUpstream
from figures import figure
from gateway import Gateway, api
from load_test_case import LoadTestCase

ROUNDS = int(os.environ.get("KILL_ROUNDS", "12"))
AMOUNT = 400 * ROUNDS
MOST_STRANDED = AMOUNT // 100  # a block
SHORTEST_SECONDS, LONGEST_SECONDS = 0.05, 0.4
PATH = "/proxy/shop/x"
DAILY = {"quotas": [{"name": "daily", "match": {"api": "shop"},
                     "limit": {"unit": "requests", "amount": AMOUNT, "period": "month"}}]}


class QuotaKillTest(LoadTestCase):
    async def test_no_more_than_the_quota_is_ever_admitted(self) -> None:
        seed = random.randrange(1 << 32)
        figure("quota and kill -9: seed", seed)
        pauses = random.Random(seed)
        upstream = CountingUpstream()
        async with upstream.listening() as port:
            for number in range(ROUNDS):
                gateway = await self.started(port, number)
                async with Callers(gateway.port, PATH, 8):
                    await asyncio.sleep(pauses.uniform(SHORTEST_SECONDS, LONGEST_SECONDS))
                    gateway.process.kill()
                gateway.stop()
                self.assertLessEqual(upstream.total, AMOUNT)
            gateway = await self.started(port, "last")
            async with Callers(gateway.port, PATH, 8) as callers:
                while not any("429" in failure for failure in callers.failures):
                    await asyncio.sleep(0.05)
            gateway.stop()
        figure("quota and kill -9: rounds", ROUNDS)
        figure("quota and kill -9: admitted of the quota", upstream.total / AMOUNT)
        self.assertLessEqual(upstream.total, AMOUNT)
        self.assertGreaterEqual(upstream.total, AMOUNT - ROUNDS * MOST_STRANDED)

    async def started(self, port: int, name: object) -> Gateway:
        return await asyncio.to_thread(self.given_gateway, [api("shop", port)],
                                       name=f"gateway-{name}", bounds=DAILY)


if __name__ == "__main__":
    unittest.main()
