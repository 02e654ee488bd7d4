"""Callers that hardly read: each holds a bounded buffer of the gateway, and others do not notice."""
import asyncio
import socket

import upstreams
from callers import Callers, get
from figures import figure, percentile
from load_test_case import STEADY, LoadTestCase

READERS = 1_000
READ_SECONDS = 8
RECEIVE_BUFFER_BYTES = 4_096  # small, so that the kernel does not read in the reader's place
MOST_GROWTH_BYTES = READERS * 64 * 1024
QUIET_SECONDS = 2  # of normal load alone, to compare with


async def open_reader(port: int) -> socket.socket:
    reader = socket.socket()
    reader.setblocking(False)
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(reader, ("127.0.0.1", port))
    await loop.sock_sendall(reader, get(f"/proxy/steady{upstreams.LARGE}"))
    return reader


class SlowReaderTest(LoadTestCase):
    async def read_a_byte_a_second(self, readers: list[socket.socket]) -> int:
        """How many are still being sent to at the end."""
        loop = asyncio.get_running_loop()
        for _ in range(READ_SECONDS):
            bytes_read = await asyncio.gather(*(loop.sock_recv(reader, 1) for reader in readers))
            await asyncio.sleep(1)
        return sum(len(read) for read in bytes_read)

    async def test_each_holds_a_bounded_buffer_and_others_do_not_notice(self) -> None:
        gateway = self.given_gateway([self.steady()])
        async with Callers(gateway.port, STEADY, 16) as alone:
            await asyncio.sleep(QUIET_SECONDS)
        before = gateway.resident_bytes()
        readers = [await open_reader(gateway.port) for _ in range(READERS)]
        for reader in readers:
            self.addCleanup(reader.close)
        async with Callers(gateway.port, STEADY, 16) as beside:
            served = await self.read_a_byte_a_second(readers)
        growth = gateway.resident_bytes() - before

        figure("slow readers of 10 MiB replies", READERS, f"still served: {served}")
        figure("memory per slow reader", growth / READERS / 1024, "KiB")
        figure("p99 of other calls before", 1000 * percentile(alone.latencies, 99), "ms")
        figure("p99 of other calls beside slow readers", 1000 * percentile(beside.latencies, 99), "ms")
        figure("calls answered beside slow readers", beside.answered)
        figure("calls failed beside slow readers", beside.failures.total())
        self.assertEqual(served, READERS)
        self.assertEqual(beside.failures, {})
        self.assertLessEqual(growth, MOST_GROWTH_BYTES)
