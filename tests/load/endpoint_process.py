"""An upstream endpoint as a process of its own, whose behaviour a test changes while it runs.

    with EndpointProcess(delay=0.02) as endpoint: endpoint.behave("reset")

The other half of this file is the process: it reads one behaviour a line and says `ok` when it is in
force.
"""
import asyncio
import random
import subprocess
import sys

BODY = b"x" * 100
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
SPREAD = 0.3  # of the delay, to either side


class EndpointProcess:
    """`behave`: `answer SECONDS`, `reset` connections when a request came, or be `away`."""

    def __init__(self, delay: float):
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, bufsize=1)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.behave(f"answer {delay}")

    def behave(self, behaviour: str) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{behaviour}\n")
        answer = self._process.stdout.readline()
        assert answer == "ok\n", answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Behaviour:
    delay = 0.0
    resets = False


class Connection(asyncio.Protocol):
    open_ones: set["Connection"] = set()

    def __init__(self, behaviour: Behaviour):
        self._behaviour = behaviour
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.open_ones.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.open_ones.discard(self)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if not self._head.endswith(b"\r\n\r\n"):
            return
        self._head = b""
        if self._behaviour.resets:
            self.transport.abort()
            return
        delay = self._behaviour.delay * random.uniform(1 - SPREAD, 1 + SPREAD)
        asyncio.get_running_loop().call_later(delay, self.transport.write, REPLY)


async def serve() -> None:
    behaviour = Behaviour()
    loop = asyncio.get_running_loop()

    async def listen(port: int) -> asyncio.Server:
        return await loop.create_server(lambda: Connection(behaviour), "127.0.0.1", port)

    server: asyncio.Server | None = await listen(0)
    port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        verb, *rest = line.split()
        behaviour.resets = verb == "reset"
        if rest:
            behaviour.delay = float(rest[0])
        if verb == "away" and server:
            server.close()
            server = None
            for connection in list(Connection.open_ones):
                connection.transport.abort()
        elif verb != "away" and not server:
            server = await listen(port)
        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
