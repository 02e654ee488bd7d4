"""Memory of a proxy: idle, and with many idle keep-alive connections that made one request each.

memory.py [--peer apiforge] [--connections 10000]. Writes memory.json and memory.md beside proxy.json.
"""
import argparse
import json
import selectors
import socket
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import servers

SPARE_DESCRIPTORS = 200
OPEN_AT_ONCE = 256
REPLY_SECONDS = 10
SETTLE_SECONDS = 1


@dataclass(frozen=True)
class MemoryUse:
    peer: str
    connections: int
    idle_bytes: int  # after start, before the first call
    loaded_bytes: int  # with all connections open and idle

    @property
    def bytes_per_connection(self) -> float:
        return (self.loaded_bytes - self.idle_bytes) / self.connections


def connections_within_limits(wanted: int) -> int:
    """What the limit of open files allows, once it is raised; servers inherit it."""
    most = servers.raise_open_files()
    possible = min(wanted, most - SPARE_DESCRIPTORS)
    if possible < wanted:
        print(f"Only {possible} connections: the limit of open files is {most}.", file=sys.stderr)
    return possible


def open_connections(port: int, path: str, count: int) -> list[socket.socket]:
    """Keep-alive connections that each had one call answered with 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    opened: list[socket.socket] = []
    while len(opened) < count:
        batch = []
        for _ in range(min(OPEN_AT_ONCE, count - len(opened))):
            connection = socket.create_connection(("127.0.0.1", port), timeout=REPLY_SECONDS)
            connection.sendall(request)
            batch.append(connection)
        opened += batch
        for connection in batch:
            reply = connection.recv(16384)
            while servers.SMALL_BODY.encode() not in reply:
                more = connection.recv(16384)
                if not more:
                    raise RuntimeError(f"connection {len(opened)}: {reply[:200]!r}")
                reply += more
            if b" 200 " not in reply.split(b"\r\n", 1)[0]:
                raise RuntimeError(f"connection {len(opened)}: {reply[:200]!r}")
    return opened


def closed_by_server(connections: list[socket.socket]) -> int:
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        return len(selector.select(timeout=0))


def measure(peer: servers.Peer, count: int, folder: Path) -> MemoryUse:
    with ExitStack() as running:
        place = servers.Place(folder)
        upstream = servers.start_upstream(place)
        running.callback(upstream.close)
        proxy = peer.start(place, peer.name.replace(" ", "-"), upstream.port, False)
        running.callback(proxy.close)
        time.sleep(SETTLE_SECONDS)
        idle = proxy.memory()
        connections = open_connections(proxy.port, f"{peer.prefix}/small", count)
        for connection in connections:
            running.callback(connection.close)
        time.sleep(SETTLE_SECONDS)
        loaded = proxy.memory()
        closed = closed_by_server(connections)
        if closed:
            raise RuntimeError(f"{peer.name} closed {closed} of {count} idle connections")
        return MemoryUse(peer.name, count, idle, loaded)


def write(uses: list[MemoryUse], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(use), "bytes_per_connection": round(use.bytes_per_connection)} for use in uses]
    (folder / "memory.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    lines = ["# Memory\n", "Written by `./dev bench memory`: a worker when idle, and with idle keep-alive "
             "connections that made one call each.\n",
             "| proxy | idle MiB | connections | with them MiB | bytes per connection |",
             "|---|---:|---:|---:|---:|"]
    lines += [f"| {use.peer} | {use.idle_bytes / 2**20:.1f} | {use.connections:,} | "
              f"{use.loaded_bytes / 2**20:.1f} | {use.bytes_per_connection:,.0f} |" for use in uses]
    (folder / "memory.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[2:]))


def main() -> int:
    measurable = {peer.name: peer for peer in servers.PEERS if peer.name in ("nginx", "apiforge")}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", action="append", choices=sorted(measurable))
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=servers.ROOT / "docs" / "benchmarks")
    options = parser.parse_args()
    count = connections_within_limits(options.connections)
    uses = []
    for name in options.peer or measurable:
        if not measurable[name].is_there:
            print(f"Left out: {name} is not there.", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory(prefix="apiforge-bench-") as folder:
            uses.append(measure(measurable[name], count, Path(folder)))
    if not uses:
        return 1
    write(uses, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
