"""An upstream in the test's own process that counts what reaches it, with a capacity of its own."""
import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class CountingUpstream:
    """`at_once` requests are served at a time, each for `delay` seconds; others wait in line."""

    def __init__(self, delay: float = 0.0, at_once: int = 0):
        self.delay = delay
        self.status = 200
        self.seen: Counter[str] = Counter()  # by the first segment of the path
        self.at_work = self.most_at_work = 0
        self.served = 0
        self._slots = asyncio.Semaphore(at_once) if at_once else None

    @property
    def total(self) -> int:
        return sum(self.seen.values())

    async def answer(self, writer: asyncio.StreamWriter, path: str) -> None:
        self.seen[path.split("/")[1].split("?")[0]] += 1
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            if self._slots:
                async with self._slots:
                    await asyncio.sleep(self.delay)
            elif self.delay:
                await asyncio.sleep(self.delay)
        finally:
            self.at_work -= 1
        self.served += 1
        writer.write(b"HTTP/1.1 %d Any\r\nContent-Length: 2\r\n\r\nok" % self.status)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self.answer(writer, head.split(b" ", 2)[1].decode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except asyncio.CancelledError:
            pass  # the test has ended; asyncio would log each connection that is still open
        finally:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Gives the port."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=4096)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
