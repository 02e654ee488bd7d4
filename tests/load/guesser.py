"""A process of its own that asks 1 000 times a second: guesses of a password, or the same requests as
calls of an API, which are harmless.

    guesser.py PORT SECONDS guesses|harmless

It prints the statuses of the replies and how often each came, as JSON.
"""
import asyncio
import json
import sys
import time
from collections import Counter

from callers import HttpConnection
from control_client import ADMIN, request
from load_test_case import STEADY

REQUESTS_PER_SECOND = 1_000
CONNECTIONS = 50
NETWORK = "198.51.100"  # where the guessers are, as a trusted proxy tells it


def message(kind: str, connection: int, number: int) -> bytes:
    guess = {"username": ADMIN, "password": f"guess {connection} {number}"}
    path = STEADY if kind == "harmless" else "/api/v1/auth/login"
    return request("POST", path, guess, forwarded_for=f"{NETWORK}.{connection}")


async def ask(port: int, kind: str, connection: int, seconds: float) -> Counter[int]:
    caller = await HttpConnection.open(port)
    statuses: Counter[int] = Counter()
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        due = statuses.total() * CONNECTIONS / REQUESTS_PER_SECOND
        if due > passed:
            await asyncio.sleep(due - passed)
        reply = await caller.ask(message(kind, connection, statuses.total()))
        statuses[reply.status] += 1
    caller.close()
    return statuses


async def main(port: int, seconds: float, kind: str) -> None:
    counts = await asyncio.gather(*(ask(port, kind, connection, seconds)
                                    for connection in range(CONNECTIONS)))
    print(json.dumps(sum(counts, Counter())))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
