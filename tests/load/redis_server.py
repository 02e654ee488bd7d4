"""A Redis of its own for a test, and a way to it that can be slowed down. Loopback, free ports."""
import asyncio
import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import gateway  # noqa: F401  (makes bench/ importable)
from servers import free_port

START_SECONDS = 10


class RedisServer:
    """Keeps nothing on disk: what it forgets when it is killed is gone. `close` ends it."""

    def __init__(self, folder: Path):
        folder.mkdir()
        self._folder = folder
        self.port = free_port()
        self.start()

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise RuntimeError("redis-server is not installed; run ./dev setup")
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "",
                 "--appendonly", "no", "--dir", str(self._folder)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if self.ask("PING") == "+PONG":
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "log").read_text(errors="replace"))
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()

    def ask(self, command: str) -> str:
        """An inline command; the reply without its last line end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(command.encode() + b"\r\n")
            reply = connection.recv(1 << 20)
            if reply.startswith(b"$"):
                head, _, body = reply.partition(b"\r\n")
                while len(body) < int(head[1:]) + 2:
                    body += connection.recv(1 << 20)
                reply = body
        return reply.decode().rstrip("\r\n")

    def commands(self) -> int:
        """Of clients, since it was started; those that scripts make count too."""
        for line in self.ask("INFO stats").splitlines():
            if line.startswith("total_commands_processed:"):
                return int(line.split(":")[1])
        raise AssertionError("INFO has no total_commands_processed")


class SlowWay:
    """Passes bytes on to a port, each piece `delay` seconds later."""

    def __init__(self, port: int):
        self._port = port
        self.delay = 0.0

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(1 << 16):
                if self.delay:
                    loop.call_later(self.delay, writer.write, data)
                else:
                    writer.write(data)
        except OSError:
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
