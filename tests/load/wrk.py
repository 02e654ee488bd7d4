"""One run of wrk beside other coroutines: how many calls, how many were not answered with 2xx or 3xx."""
import asyncio
import re
import tempfile
from dataclasses import dataclass

import gateway  # noqa: F401  (makes bench/ importable)
from servers import program

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Run:
    calls: int
    refused: int
    lost: int  # connections that failed, calls that timed out
    seconds: float
    p99_ms: float  # infinite when no call was answered

    @property
    def admitted(self) -> int:
        return self.calls - self.refused


def found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if not match:
        raise RuntimeError(f"wrk did not tell {pattern!r}:\n{text}")
    return match.groups()


def seconds_of(amount: str, unit: str) -> float:
    return float(amount) * UNITS[unit]


def parsed(text: str) -> Run:
    """Raises when a line is missing that wrk always prints."""
    calls, *length = found(r"(\d+) requests in ([\d.]+)(us|ms|s|m|h)\b", text)
    p99 = seconds_of(*found(r"\s99%\s+([\d.]+)(us|ms|s|m|h)\b", text))
    # These two are printed only when they are not zero.
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return Run(calls=int(calls), refused=int(refused[1]) if refused else 0,
               lost=sum(map(int, lost.groups())) if lost else 0, seconds=seconds_of(*length),
               p99_ms=1e3 * p99 if int(calls) else float("inf"))


async def run(port: int, path: str, *, seconds: float, connections: int = 16, key: str = "",
              pause_ms: int = 0) -> Run:
    """`pause_ms`: between a reply and the next call of the same connection."""
    header = ["-H", f"X-API-Key: {key}"] if key else []
    with tempfile.TemporaryFile() as output, tempfile.NamedTemporaryFile("w", suffix=".lua") as pace:
        pace.write(f"function delay() return {pause_ms} end\n")
        pace.flush()
        paced = ["-s", pace.name] if pause_ms else []
        process = await asyncio.create_subprocess_exec(
            program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *header, *paced,
            f"http://127.0.0.1:{port}{path}", stdout=output, stderr=asyncio.subprocess.STDOUT)
        await asyncio.wait_for(process.wait(), seconds + 30)
        output.seek(0)
        text = output.read().decode()
    if process.returncode:
        raise RuntimeError(text)
    return parsed(text)
