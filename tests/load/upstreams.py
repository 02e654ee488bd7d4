"""Upstreams of the load tests: nginx from bench/ for plain replies, asyncio for the rest."""
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import gateway  # noqa: F401  (makes bench/ importable)
import servers

SMALL = "/small"  # what nginx answers at once, about 100 bytes
LARGE = "/10m"
LARGE_BYTES = 10 << 20


def start_nginx(folder: Path) -> servers.Server:
    """Serves SMALL and LARGE."""
    upstream = servers.start_upstream(servers.Place(folder))
    (folder / "upstream" / "files" / LARGE[1:]).write_bytes(bytes(LARGE_BYTES))
    return upstream


@asynccontextmanager
async def serving(protocol: Callable[[], asyncio.Protocol]) -> AsyncIterator[int]:
    """An asyncio upstream; gives its port."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=4096)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class EchoAfterUpgrade(asyncio.Protocol):
    """Agrees to every upgrade, and from then on sends back what it gets."""

    def __init__(self) -> None:
        self._head = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._upgraded:
            self._transport.write(data)
            return
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            return
        self._upgraded = True
        self._transport.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                              b"Upgrade: websocket\r\n\r\n" + rest)
