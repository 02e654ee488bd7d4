"""Reloads that nobody notices: 500 of them under load and with 1 000 open WebSockets."""
import asyncio
import time

import upstreams
from callers import Callers, ask_once
from figures import figure
from gateway import Gateway, api
from load_test_case import STEADY, LoadTestCase

RELOADS = 500
FIRST_LOOK = 50  # reloads after which memory is first measured
SOCKETS = 1_000
SOCKETS_AT_ONCE = 50
MOST_GROWTH_BYTES = 2 << 20
ANSWER_SECONDS = 10
END_SECONDS = 10


class WebSocketCaller(asyncio.Protocol):
    """Opens a WebSocket, then speaks and listens in plain bytes: its upstream is an echo."""

    def __init__(self) -> None:
        self._input = b""
        self._arrived = asyncio.Event()
        self.lost = False

    @staticmethod
    async def open(port: int, path: str) -> "WebSocketCaller":
        _, caller = await asyncio.get_running_loop().create_connection(
            WebSocketCaller, "127.0.0.1", port)
        reply = await caller.say(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode(),
            until=b"\r\n\r\n")
        if not reply.startswith(b"HTTP/1.1 101 "):
            raise AssertionError(f"no upgrade: {reply[:200]!r}")
        return caller

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._input += data
        self._arrived.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        self._arrived.set()

    async def say(self, text: bytes, until: bytes) -> bytes:
        """Sends, and gives what came back when it ends in `until`, or as far as it came."""
        self._input = b""
        self._transport.write(text)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while not self._input.endswith(until) and not self.lost:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            pass
        return self._input

    async def echoes(self, text: bytes) -> bool:
        return not self.lost and await self.say(text, until=text) == text

    def close(self) -> None:
        self._transport.close()


async def open_sockets(port: int, path: str) -> list[WebSocketCaller]:
    sockets: list[WebSocketCaller] = []
    while len(sockets) < SOCKETS:
        sockets += await asyncio.gather(*(WebSocketCaller.open(port, path)
                                          for _ in range(SOCKETS_AT_ONCE)))
    return sockets


class ReloadTest(LoadTestCase):
    async def reload_many_times(self, gateway: Gateway, apis: list[dict]) -> int:
        """Adds and removes an Api in turn; gives how much memory grew meanwhile."""
        guest = api("guest", self.nginx_port)
        after_first = 0
        for number in range(1, RELOADS + 1):
            with_guest = number % 2 == 1
            await gateway.reload([*apis, guest] if with_guest else apis)
            reply = await ask_once(gateway.port, f"/proxy/guest{upstreams.SMALL}")
            self.assertEqual(reply.status, 200 if with_guest else 404, f"reload {number}")
            if number == FIRST_LOOK:
                after_first = gateway.resident_bytes()
        return gateway.resident_bytes() - after_first

    async def test_no_call_fails_and_no_socket_drops(self) -> None:
        async with upstreams.serving(upstreams.EchoAfterUpgrade) as echo:
            # Either worker may get nearly all of the sockets.
            apis = [self.steady(), api("sockets", echo, max_connections=2 * SOCKETS)]
            gateway = self.given_gateway(apis)
            sockets = await open_sockets(gateway.port, "/proxy/sockets/stream")
            async with Callers(gateway.port, STEADY) as callers:
                begun = time.monotonic()
                growth = await self.reload_many_times(gateway, apis)
                seconds = time.monotonic() - begun
            alive = await asyncio.gather(*(socket.echoes(f"socket {number}".encode())
                                           for number, socket in enumerate(sockets)))
            for socket in sockets:
                socket.close()
            gateway.terminate()
            self.assertEqual(await gateway.ended(END_SECONDS), 0)

        figure("reloads under load", RELOADS, f"in {seconds:.1f} s")
        figure("calls answered during the reloads", callers.answered)
        figure("calls failed during the reloads", callers.failures.total())
        figure("WebSockets open during the reloads", SOCKETS, f"of which dropped: {alive.count(False)}")
        figure(f"memory growth from reload {FIRST_LOOK} to {RELOADS}", growth // 1024, "KiB")
        self.assertEqual(callers.failures, {})
        self.assertEqual(alive.count(False), 0)
        self.assertLess(growth, MOST_GROWTH_BYTES)
