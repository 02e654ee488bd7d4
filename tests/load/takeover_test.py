"""Handover: a second process takes the listening sockets over, the first one drains and ends."""
import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack

from callers import Callers
from figures import figure
from gateway import free_port
from load_test_case import STEADY, LoadTestCase

HANDOVERS = 5
DRAIN_SECONDS = 10
BEFORE_SECONDS = 0.5  # of load before the second process starts
AFTER_SECONDS = 1  # of load after the first process has ended


class TakeoverTest(LoadTestCase):
    async def hand_over_in_turn(self, port: int) -> tuple[list[int], list[float]]:
        """Exit statuses of the processes that ended, and the seconds each took to drain."""
        statuses, seconds = [], []
        options = {"port": port, "DRAIN_TIMEOUT_MS": str(DRAIN_SECONDS * 1000)}
        for number in range(1, HANDOVERS + 1):
            await asyncio.sleep(BEFORE_SECONDS)
            old = self.gateway
            self.gateway = await asyncio.to_thread(self.given_gateway, [self.steady()],
                                                   name=f"gateway-{number}", **options)
            begun = time.monotonic()
            old.terminate()
            statuses.append(await old.ended(DRAIN_SECONDS + 1))
            seconds.append(time.monotonic() - begun)
        await asyncio.sleep(AFTER_SECONDS)
        return statuses, seconds

    async def test_no_call_fails(self) -> None:
        port = free_port()
        self.gateway = self.given_gateway([self.steady()], port=port, name="gateway-0",
                                          DRAIN_TIMEOUT_MS=str(DRAIN_SECONDS * 1000))
        kinds = {
            "keep-alive": Callers(port, STEADY, 16),
            "keep-alive with pauses": Callers(port, STEADY, 100, pause=0.2),
            "a connection each": Callers(port, STEADY, 8, new_connections=True),
        }
        async with AsyncExitStack() as calling:
            for callers in kinds.values():
                await calling.enter_async_context(callers)
            statuses, seconds = await self.hand_over_in_turn(port)

        figure("handovers under load", HANDOVERS)
        for kind, callers in kinds.items():
            figure(f"handover, {kind}: calls answered", callers.answered)
            figure(f"handover, {kind}: calls failed", callers.failures.total())
        figure("handover, slowest drain", max(seconds), "s")
        self.assertEqual(sum((callers.failures for callers in kinds.values()), Counter()), {})
        self.assertEqual(statuses, [0] * HANDOVERS)
        self.assertLess(max(seconds), DRAIN_SECONDS)
