"""Guessing passwords at 1 000 a second: hardly any guess is tried, the real user still logs in, and
callers of APIs notice nothing."""
import asyncio
import time
from collections import Counter

from callers import Callers
from control_client import ADMIN, ADMIN_SETTINGS, ControlClient
from figures import figure, percentile
from gateway import Gateway
from load_test_case import STEADY, LoadTestCase

GUESSES_PER_SECOND = 1_000
SECONDS = 6
CONNECTIONS = 50
ALLOWED_GUESSES = 5  # per account and 15 minutes
ALLOWED_RISE = 1.2
MEASUREMENTS = 3  # other load on the machine disturbs a p99; the best of these counts
# Guessers and the real user come from different networks, through a proxy that tells their address.
GUESSERS_NETWORK = "198.51.100"
USERS_ADDRESS = "203.0.113.7"


def as_if_from(client: ControlClient, address: str) -> ControlClient:
    """The same connection, whose requests carry an address as a trusted proxy would write it."""
    ask = client._connection.ask

    async def ask_forwarded(request: bytes):
        head, _, rest = request.partition(b"\r\n")
        return await ask(head + b"\r\nX-Forwarded-For: " + address.encode() + b"\r\n" + rest)

    client._connection.ask = ask_forwarded  # type: ignore[method-assign]
    return client


class GuessingTest(LoadTestCase):
    async def guess(self, gateway: Gateway, number: int, seconds: float) -> Counter[int]:
        client = as_if_from(await ControlClient.open(gateway.port), f"{GUESSERS_NETWORK}.{number}")
        statuses: Counter[int] = Counter()
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < seconds:
            due = statuses.total() * CONNECTIONS / GUESSES_PER_SECOND
            if due > passed:
                await asyncio.sleep(due - passed)
            answer = await client.log_in(ADMIN, f"guess {number} {statuses.total()}")
            statuses[answer.status] += 1
        client.close()
        return statuses

    async def attack(self, gateway: Gateway, seconds: float) -> Counter[int]:
        guesses = await asyncio.gather(*(self.guess(gateway, number, seconds)
                                         for number in range(CONNECTIONS)))
        return sum(guesses, Counter())

    async def measured(self, gateway: Gateway, seconds: float) -> float:
        """The p99 of callers of an API, in ms."""
        async with Callers(gateway.port, STEADY, 4, pause=0.005) as callers:
            await asyncio.sleep(seconds)
        self.assertEqual(callers.failures, {})
        return percentile(callers.latencies, 99) * 1000

    async def log_in_as_user(self, gateway: Gateway) -> int:
        client = as_if_from(await ControlClient.open(gateway.port), USERS_ADDRESS)
        status = (await client.log_in()).status
        client.close()
        return status

    async def test_guessing_is_slow_and_locks_nobody_out(self) -> None:
        gateway = self.given_gateway([self.steady()], TRUSTED_PROXIES="127.0.0.0/8",
                                     **ADMIN_SETTINGS)
        self.assertEqual(await self.log_in_as_user(gateway), 200)
        rises: list[float] = []
        tried = 0
        for _ in range(MEASUREMENTS):
            quiet = await self.measured(gateway, SECONDS / 2)
            attack = asyncio.create_task(self.attack(gateway, SECONDS))
            await asyncio.sleep(0.5)
            during = await self.measured(gateway, SECONDS - 1)
            self.assertEqual(await self.log_in_as_user(gateway), 200)
            statuses = await attack
            tried += statuses[401]
            figure("guesses sent", statuses.total())
            figure("callers' p99 before and during the attack", f"{quiet:.2f} and {during:.2f}", "ms")
            self.assertLessEqual(set(statuses), {401, 429, 503})
            rises.append(during / quiet)
            if rises[-1] <= ALLOWED_RISE:
                break
        figure("guesses that were tried", tried)
        figure("rise of the callers' p99 by an attack, best", min(rises))
        self.assertLessEqual(tried, ALLOWED_GUESSES)
        self.assertLessEqual(min(rises), ALLOWED_RISE)
