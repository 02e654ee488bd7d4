"""Four gateways that share one Redis: together they never admit more than the limit, whatever happens
to Redis, and ask it seldom."""
import asyncio
import time
import unittest

import wrk
from figures import figure
from load_test_case import STEADY, LoadTestCase
from redis_server import RedisServer, SlowWay

GATEWAYS = 4
RATE = BURST = 1_000
WELL_SECONDS, OTHER_SECONDS = 8, 4
LEAST_USED = 0.95
LEAST_USED_STRICTLY = 0.9  # a node that was told that nothing is left asks again after 100 ms
MOST_OPERATIONS = 0.05  # of the calls
MOST_P99_RISE_MS = 2.0
LIMIT = {"unit": "requests", "amount": RATE, "per_ms": 1_000, "burst": BURST}


def bounds(*, strict: bool) -> dict:
    return {"quotas": [{"name": "shared", "match": {"api": "steady"}, "strict": strict, "limit": LIMIT}]}


class SharedLimitsTest(LoadTestCase):
    async def test_the_sum_over_processes_never_exceeds_the_limit(self) -> None:
        redis = await asyncio.to_thread(RedisServer, self.folder / "redis")
        self.addCleanup(redis.close)
        way = SlowWay(redis.port)
        async with way.listening() as port:
            self.given_gateways(port, strict=False)
            commands = redis.commands()
            well = await self.load("well", WELL_SECONDS)
            operations = (redis.commands() - commands) / sum(run.calls for run in well)
            used = self.share_used(well, WELL_SECONDS)
            figure("shared limit: used while all is well", used)
            figure("shared limit: operations of Redis per call", operations)
            redis.kill()
            gone = await self.load("Redis killed", OTHER_SECONDS)
            await asyncio.to_thread(redis.start)
            await self.load("Redis back, empty", OTHER_SECONDS)
            way.delay = 0.1  # each way
            await self.load("200 ms to Redis and back", OTHER_SECONDS)
            way.delay = 0.0
            await self.load("quick again", OTHER_SECONDS)
            flush = asyncio.create_task(self.flush(redis))
            await self.load("FLUSHALL meanwhile", OTHER_SECONDS)
            await flush
        rise = max(run.p99_ms for run in gone) - max(run.p99_ms for run in well)
        figure("shared limit: rise of p99 without Redis", rise, "ms")
        self.assertGreaterEqual(used, LEAST_USED)
        self.assertLessEqual(operations, MOST_OPERATIONS)
        self.assertLessEqual(rise, MOST_P99_RISE_MS)

    async def test_a_strict_limit_is_used_up_and_never_exceeded(self) -> None:
        redis = await asyncio.to_thread(RedisServer, self.folder / "redis")
        self.addCleanup(redis.close)
        self.given_gateways(redis.port, strict=True)
        used = self.share_used(await self.load("strict", OTHER_SECONDS), OTHER_SECONDS)
        figure("strict shared limit: used", used)
        self.assertGreaterEqual(used, LEAST_USED_STRICTLY)

    def given_gateways(self, redis_port: int, *, strict: bool) -> None:
        self.ports = [
            self.given_gateway([self.steady()], folder=f"gateway-{number}", workers=1,
                               bounds=bounds(strict=strict),
                               REDIS_URL=f"redis://127.0.0.1:{redis_port}").port
            for number in range(GATEWAYS)]
        self.begun = time.monotonic()
        self.admitted = 0

    def share_used(self, runs: list[wrk.Run], seconds: int) -> float:
        return sum(run.admitted for run in runs) / (BURST + RATE * seconds)

    async def flush(self, redis: RedisServer) -> None:
        await asyncio.sleep(OTHER_SECONDS / 2)
        await asyncio.to_thread(redis.ask, "FLUSHALL")

    async def load(self, what: str, seconds: int) -> list[wrk.Run]:
        before = time.monotonic()
        runs = await asyncio.gather(
            *(wrk.run(port, STEADY, seconds=seconds, connections=4) for port in self.ports))
        self.admitted += sum(run.admitted for run in runs)
        most = BURST + RATE * (time.monotonic() - self.begun)
        offered = sum(run.calls for run in runs) / (time.monotonic() - before) / RATE
        figure(f"shared limit, {what}: offered, times the limit", offered)
        figure(f"shared limit, {what}: admitted since the beginning, of the bound",
               self.admitted / most)
        self.assertLessEqual(self.admitted, most, what)
        self.assertEqual(sum(run.lost for run in runs), 0, what)
        return runs


if __name__ == "__main__":
    unittest.main()
