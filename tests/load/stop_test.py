"""A gateway that is stopped while it answers ends as it should, however short the time it gets."""
import asyncio

from callers import Callers
from figures import figure
from load_test_case import LoadTestCase

STOPS = 12
BUSY_SECONDS = 0.3
END_SECONDS = 15


class StopTest(LoadTestCase):
    async def test_stopping_amid_requests_for_its_own_pages_is_no_crash(self) -> None:
        """The control thread once resumed requests on workers that were gone."""
        for number in range(STOPS):
            gateway = self.given_gateway([self.steady()], folder=f"stop-{number}",
                                         DRAIN_TIMEOUT_MS="0")
            async with Callers(gateway.port, "/metrics", 64):
                await asyncio.sleep(BUSY_SECONDS)
                gateway.terminate()
                self.assertEqual(await gateway.ended(END_SECONDS), 0)
        figure("stops amid requests", STOPS)
