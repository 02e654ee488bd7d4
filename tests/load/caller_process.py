"""Paced callers as a process of their own: what a test does beside them does not delay their clock.

    seen = await compare(port, path, disturb, windows=12, seconds=1)
    seen.rise   # p99 while `disturb` runs, by p99 while nothing does

The other half of this file is the process: it calls until its input ends, and prints what it saw.
"""
import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from callers import Callers
from figures import percentile

COUNT = 4
PAUSE_SECONDS = 0.005
WARM_SECONDS = 0.5


@dataclass(frozen=True)
class Comparison:
    quiet_p99: float  # seconds
    beside_p99: float
    calls: list[tuple[float, float]]  # when each began, on the clock of time.monotonic, and its seconds
    failures: dict[str, int]

    @property
    def rise(self) -> float:
        return self.beside_p99 / self.quiet_p99

    def p99_within(self, spans: list[tuple[float, float]]) -> float:
        return percentile(within(self.calls, spans), 99)


async def compare(port: int, path: str, disturb: Callable[[float], Awaitable[object]],
                  windows: int, seconds: float) -> Comparison:
    """`disturb` gets the seconds of a window, and takes them. Quiet and disturbed windows alternate, in
    pairs of either order, and each kind is looked at as a whole: a machine whose speed wanders
    wanders in both."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(port), path, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE)
    try:
        await asyncio.sleep(WARM_SECONDS)
        spans: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        for _ in range(windows):
            for disturbed in random.sample([False, True], 2):
                begun = time.monotonic()
                await (disturb(seconds) if disturbed else asyncio.sleep(seconds))
                spans[disturbed].append((begun, time.monotonic()))
        output, _ = await process.communicate(b"")
    finally:
        if process.returncode is None:
            process.kill()
    seen = json.loads(output)
    quiet, beside = (percentile(within(seen["calls"], spans[which]), 99) for which in (False, True))
    return Comparison(quiet, beside, seen["calls"], seen["failures"])


def within(calls: list[tuple[float, float]], spans: list[tuple[float, float]]) -> list[float]:
    """Both are sorted by their begin."""
    durations: list[float] = []
    span = iter(spans)
    begin, end = next(span)
    for begun, duration in calls:
        while begun >= end:
            begin, end = next(span, (float("inf"), float("inf")))
        if begun >= begin:
            durations.append(duration)
    return durations


async def main(port: int, path: str) -> None:
    gc.disable()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, stopped.set)
    async with Callers(port, path, COUNT, pause=PAUSE_SECONDS) as callers:
        await stopped.wait()
    json.dump({"calls": sorted(callers.calls), "failures": callers.failures}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
