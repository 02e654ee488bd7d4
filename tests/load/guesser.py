"""A process of its own that asks 1 000 times a second: guesses of a password, or harmless requests.

    guesser.py PORT SECONDS guesses|harmless

It prints the statuses of the replies and how often each came, as JSON.
"""
import asyncio
import json
import sys
import time
from collections import Counter

from callers import HttpConnection, get
from control_client import ADMIN, request

REQUESTS_PER_SECOND = 1_000
CONNECTIONS = 50
NETWORK = "198.51.100"  # where the guessers are, as a trusted proxy tells it


def forwarded(message: bytes, address: str) -> bytes:
    """The message as a trusted proxy passes it on for a caller at `address`."""
    line, _, rest = message.partition(b"\r\n")
    return line + b"\r\nX-Forwarded-For: " + address.encode() + b"\r\n" + rest


def message(kind: str, connection: int, number: int) -> bytes:
    if kind == "harmless":
        return get("/nothing/is/here")
    guess = {"username": ADMIN, "password": f"guess {connection} {number}"}
    return request("POST", "/api/v1/auth/login", guess)


async def ask(port: int, kind: str, connection: int, seconds: float) -> Counter[int]:
    caller = await HttpConnection.open(port)
    statuses: Counter[int] = Counter()
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        due = statuses.total() * CONNECTIONS / REQUESTS_PER_SECOND
        if due > passed:
            await asyncio.sleep(due - passed)
        bytes_out = message(kind, connection, statuses.total())
        statuses[(await caller.ask(forwarded(bytes_out, f"{NETWORK}.{connection}"))).status] += 1
    caller.close()
    return statuses


async def main(port: int, seconds: float, kind: str) -> None:
    counts = await asyncio.gather(*(ask(port, kind, connection, seconds)
                                    for connection in range(CONNECTIONS)))
    print(json.dumps(sum(counts, Counter())))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
