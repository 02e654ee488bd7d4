"""What a call with an API key costs with 10 keys in the database, and with a million.

keys.py [--keys 1000000] [--rounds 5] [--seconds 3]. The two gateways take turns; the key that is
used is one of those that the command line made, the others are rows put into SQLite beside it. The exit
status is 1 when a call among many keys costs more than MOST_RATIO times as much CPU.
"""
import argparse
import base64
import json
import os
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import load as loads
import servers

FEW = 10
BATCH = 10_000
START_SECONDS = 120
MOST_RATIO = 1.10
LOAD = next(load for load in loads.LOADS if load.name == "get_small")


@dataclass
class Measured:
    keys: int
    start_seconds: float
    memory_bytes: int
    subject: loads.Subject


def add_keys(folder: Path, count: int) -> None:
    """Copies the key that is there, each with an id and a digest of its own."""
    database = sqlite3.connect(folder / "data" / "apiforge.db")
    (tenant, owner, text) = database.execute(
        "SELECT tenant, owner, body FROM records WHERE kind = 'api_key'").fetchone()
    (revision,) = database.execute("SELECT revision FROM heads").fetchone()
    body = json.loads(text)
    now = int(time.time() * 1000)

    def rows(first: int, last: int):
        for number in range(first, last):
            body["secrets"][0]["digest"] = base64.b64encode(os.urandom(32)).decode()
            yield (f"bench{number:015}", tenant, owner, json.dumps(body), revision + number + 1, now, now)

    for first in range(0, count, BATCH):
        database.executemany(
            "INSERT INTO records (kind, id, tenant, owner, names, body, revision, created_at, updated_at) "
            "VALUES ('api_key', ?, ?, ?, '[]', ?, ?, ?, ?)", rows(first, min(first + BATCH, count)))
    database.execute("UPDATE heads SET revision = ?", (revision + count,))
    database.commit()
    database.close()


def start(place: servers.Place, upstream: int, keys: int) -> tuple[servers.Server, float]:
    folder = place.make(f"keys-{keys}")
    key = servers.make_api_key(folder)
    add_keys(folder, keys - 1)
    begun = time.monotonic()
    server = servers.start_apiforge_in(place, folder, servers.free_port(), upstream, tls=False,
                                       public=False)
    server.headers["X-API-Key"] = key
    return server, time.monotonic() - begun


def measure(options: argparse.Namespace, folder: Path) -> list[Measured]:
    servers.START_SECONDS = START_SECONDS
    with ExitStack() as running:
        place = servers.Place(folder)
        upstream = servers.start_upstream(place)
        running.callback(upstream.close)
        results = []
        for keys in (FEW, options.keys):
            server, seconds = start(place, upstream.port, keys)
            running.callback(server.close)
            subject = loads.Subject(f"{keys} keys", server, LOAD, "/proxy/bench")
            loads.verify(LOAD, server, subject.prefix)
            results.append(Measured(keys, seconds, server.memory(), subject))
        loads.take_turns([result.subject for result in results], folder, rounds=options.rounds,
                         seconds=options.seconds)
        return results


def write(results: list[Measured], folder: Path) -> float:
    few, many = results
    ratio = loads.ratio(many.subject, few.subject)
    lines = ["# API keys\n",
             "Written by `./dev bench keys`: a small GET with an API key, by how many keys there are.\n",
             "| keys | CPU µs/request | user µs | memory MiB | start s |", "|---:|---:|---:|---:|---:|"]
    lines += [f"| {each.keys:,} | {each.subject.median_total_us:.2f} | "
              f"{each.subject.median_user_us:.2f} | {each.memory_bytes / 2**20:.0f} | "
              f"{each.start_seconds:.1f} |" for each in results]
    lines.append(f"\nCPU with {many.keys:,} keys: {ratio:.2f} of that with {few.keys}"
                 " (median of the rounds' ratios).")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "keys.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[2:]))
    return ratio


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=servers.ROOT / "docs" / "benchmarks")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="apiforge-bench-") as folder:
        ratio = write(measure(options, Path(folder)), options.output)
    return 0 if ratio <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
