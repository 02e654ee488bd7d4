"""Connections that never finish their head: closed in time, and normal load does not notice them."""
import asyncio
import time

from callers import Callers
from figures import figure, percentile
from gateway import Gateway
from load_test_case import STEADY, LoadTestCase

CONNECTIONS = 5_000
CONNECTED_AT_ONCE = 100
DEFAULT_HEAD_TIMEOUT_SECONDS = 10
MOST_LATE_SECONDS = 1
BEGINNING = b"GET /proxy/steady/small HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "


class SlowConnection(asyncio.Protocol):
    """Sends another byte of a head every so often: none of them may move the deadline."""

    def __init__(self, drip_seconds: float) -> None:
        self._drip_seconds = drip_seconds
        self.closed_after: float | None = None  # seconds since its first byte

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._begun = time.monotonic()
        transport.write(BEGINNING)
        self._schedule()

    def _schedule(self) -> None:
        self._next = asyncio.get_running_loop().call_later(self._drip_seconds, self._drip)

    def _drip(self) -> None:
        self._transport.write(b"s")
        self._schedule()

    def connection_lost(self, error: Exception | None) -> None:
        self._next.cancel()
        self.closed_after = time.monotonic() - self._begun


async def open_slow_connections(port: int, drip_seconds: float) -> list[SlowConnection]:
    loop = asyncio.get_running_loop()
    opened: list[SlowConnection] = []
    while len(opened) < CONNECTIONS:
        batch = await asyncio.gather(
            *(loop.create_connection(lambda: SlowConnection(drip_seconds), "127.0.0.1", port)
              for _ in range(CONNECTED_AT_ONCE)))
        opened += [connection for _, connection in batch]
    return opened


class SlowConnectionsTest(LoadTestCase):
    async def test_with_default_settings_and_a_byte_every_ten_seconds(self) -> None:
        gateway = self.given_gateway([self.steady()])
        await self.expect_all_closed_in_time(gateway, DEFAULT_HEAD_TIMEOUT_SECONDS, drip_seconds=10)

    async def test_bytes_that_keep_coming_do_not_move_the_deadline(self) -> None:
        gateway = self.given_gateway([self.steady()], HEAD_TIMEOUT_MS="3000")
        await self.expect_all_closed_in_time(gateway, 3, drip_seconds=1)

    async def expect_all_closed_in_time(self, gateway: Gateway, head_timeout_seconds: float,
                                        drip_seconds: float) -> None:
        async with Callers(gateway.port, STEADY, 16) as callers:
            slow = await open_slow_connections(gateway.port, drip_seconds)
            await asyncio.sleep(head_timeout_seconds + MOST_LATE_SECONDS)

        ages = [connection.closed_after for connection in slow if connection.closed_after is not None]
        self.assertEqual(len(ages), CONNECTIONS, "some are still open")
        figure("slow connections", CONNECTIONS)
        figure("head timeout", head_timeout_seconds, "s")
        figure("seconds between two bytes", drip_seconds, "s")
        figure("slow connections closed, first", min(ages), "s")
        figure("slow connections closed, last", max(ages), "s")
        figure("calls answered beside them", callers.answered)
        figure("calls failed beside them", callers.failures.total())
        figure("p99 of the calls beside them", 1000 * percentile(callers.latencies, 99), "ms")
        self.assertGreaterEqual(min(ages), head_timeout_seconds - 0.1)
        self.assertLessEqual(max(ages), head_timeout_seconds + MOST_LATE_SECONDS)
        self.assertEqual(callers.failures, {})
