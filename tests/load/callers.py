"""Callers over raw asyncio connections: one call, or many at once that count every failure."""
import asyncio
import time
from collections import Counter
from dataclasses import dataclass

REPLY_SECONDS = 10


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    closes: bool  # the server said that this connection ends here


class HttpConnection(asyncio.Protocol):
    """HTTP/1.1 with replies that have a Content-Length; one call at a time."""

    def __init__(self) -> None:
        self._input = b""
        self._waiting: asyncio.Future[Reply] | None = None
        self._transport: asyncio.Transport | None = None
        self.lost = False

    @staticmethod
    async def open(port: int) -> "HttpConnection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._input += data
        end = self._input.find(b"\r\n\r\n")
        if end < 0 or self._waiting is None:
            return
        head = self._input[:end].lower()
        length = head.find(b"\r\ncontent-length:")
        size = int(head[length + 17:].split(b"\r\n", 1)[0]) if length >= 0 else 0
        if len(self._input) < end + 4 + size:
            return
        body, self._input = self._input[end + 4:end + 4 + size], self._input[end + 4 + size:]
        waiting, self._waiting = self._waiting, None
        if not waiting.done():
            waiting.set_result(Reply(int(head[9:12]), body, b"\r\nconnection: close" in head))

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if self._waiting and not self._waiting.done():
            how = "reset" if error else "closed"
            part = f" after {len(self._input)} bytes of the reply" if self._input else ""
            self._waiting.set_exception(ConnectionError(f"{how} instead of a reply{part}"))

    async def ask(self, request: bytes) -> Reply:
        """Raises ConnectionError or TimeoutError when no whole reply comes."""
        if self.lost or self._transport is None:
            raise ConnectionError("closed between two calls")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(REPLY_SECONDS):
            return await self._waiting

    def close(self) -> None:
        if self._transport:
            self._transport.close()


async def ask_once(port: int, path: str) -> Reply:
    connection = await HttpConnection.open(port)
    try:
        return await connection.ask(get(path))
    finally:
        connection.close()


def get(path: str, *, close: bool = False, key: str = "") -> bytes:
    end = "Connection: close\r\n\r\n" if close else "\r\n"
    credential = f"X-API-Key: {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{credential}{end}".encode()


class Callers:
    """A number of callers, each of which asks again as soon as it was answered.

    They reconnect when told `Connection: close`, as any client does. What is not answered with 200
    counts as failed. `pause` makes a caller wait between calls; `new_connections` makes it open one
    for each.
    """

    def __init__(self, port: int, path: str, count: int = 32, *, new_connections: bool = False,
                 pause: float = 0, key: str = ""):
        self._port = port
        self._request = get(path, close=new_connections, key=key)
        self._pause = pause
        self._count = count
        self._stopped = False
        self._tasks: list[asyncio.Task[None]] = []
        self.calls: list[tuple[float, float]] = []  # as they ended: began at (time.monotonic), took
        self.failures: Counter[str] = Counter()

    @property
    def answered(self) -> int:
        return len(self.calls)

    @property
    def latencies(self) -> list[float]:
        return [took for _, took in self.calls]

    async def __aenter__(self) -> "Callers":
        self._tasks = [asyncio.create_task(self._call_on()) for _ in range(self._count)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Lets the calls in flight end."""
        self._stopped = True
        await asyncio.gather(*self._tasks)

    async def _call_on(self) -> None:
        connection: HttpConnection | None = None
        while not self._stopped:
            try:
                if connection is None:
                    connection = await HttpConnection.open(self._port)
                begun = time.monotonic()
                reply = await connection.ask(self._request)
                self.calls.append((begun, time.monotonic() - begun))
            except (OSError, TimeoutError) as error:
                self.failures[f"{type(error).__name__}: {error}"] += 1
                if connection:
                    connection.close()
                connection = None
                await asyncio.sleep(0.01)
                continue
            if reply.status != 200:
                self.failures[f"status {reply.status}: {reply.body[:200]!r}"] += 1
            if reply.closes:
                connection.close()
                connection = None
            if self._pause:
                await asyncio.sleep(self._pause)
        if connection:
            connection.close()
