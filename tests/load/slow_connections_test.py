"""Connections that never finish their head: closed in time, and normal load does not notice them."""
import asyncio
import time

from callers import Callers
from figures import figure, percentile
from load_test_case import STEADY, LoadTestCase

CONNECTIONS = 5_000
CONNECTED_AT_ONCE = 100
HEAD_TIMEOUT_SECONDS = 3
MOST_LATE_SECONDS = 1
DRIP_SECONDS = 1  # between bytes: none of them may move the deadline
BEGINNING = b"GET /proxy/steady/small HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "


class SlowConnection(asyncio.Protocol):
    def __init__(self) -> None:
        self.closed_after: float | None = None  # seconds since its first byte

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._begun = time.monotonic()
        transport.write(BEGINNING)
        self._schedule()

    def _schedule(self) -> None:
        self._next = asyncio.get_running_loop().call_later(DRIP_SECONDS, self._drip)

    def _drip(self) -> None:
        self._transport.write(b"s")
        self._schedule()

    def connection_lost(self, error: Exception | None) -> None:
        self._next.cancel()
        self.closed_after = time.monotonic() - self._begun


async def open_slow_connections(port: int) -> list[SlowConnection]:
    loop = asyncio.get_running_loop()
    opened: list[SlowConnection] = []
    while len(opened) < CONNECTIONS:
        batch = await asyncio.gather(*(loop.create_connection(SlowConnection, "127.0.0.1", port)
                                       for _ in range(CONNECTED_AT_ONCE)))
        opened += [connection for _, connection in batch]
    return opened


class SlowConnectionsTest(LoadTestCase):
    async def test_all_are_closed_in_time_and_normal_load_loses_nothing(self) -> None:
        gateway = self.given_gateway([self.steady()],
                                     HEAD_TIMEOUT_MS=str(HEAD_TIMEOUT_SECONDS * 1000))
        async with Callers(gateway.port, STEADY, 16) as callers:
            slow = await open_slow_connections(gateway.port)
            await asyncio.sleep(HEAD_TIMEOUT_SECONDS + MOST_LATE_SECONDS)

        ages = [connection.closed_after for connection in slow if connection.closed_after is not None]
        self.assertEqual(len(ages), CONNECTIONS, "some are still open")
        figure("slow connections", CONNECTIONS)
        figure("head timeout", HEAD_TIMEOUT_SECONDS, "s")
        figure("slow connections closed, first", min(ages), "s")
        figure("slow connections closed, last", max(ages), "s")
        figure("calls answered beside them", callers.answered)
        figure("calls failed beside them", callers.failures.total())
        figure("p99 of the calls beside them", 1000 * percentile(callers.latencies, 99), "ms")
        self.assertGreaterEqual(min(ages), HEAD_TIMEOUT_SECONDS - 0.1)
        self.assertLessEqual(max(ages), HEAD_TIMEOUT_SECONDS + MOST_LATE_SECONDS)
        self.assertEqual(callers.failures, {})
