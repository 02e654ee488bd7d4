"""One run of wrk beside other coroutines: how many calls, how many were not answered with 2xx or 3xx."""
import asyncio
import re
import tempfile
from dataclasses import dataclass

import gateway  # noqa: F401  (makes bench/ importable)
from servers import program

UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Run:
    calls: int
    refused: int
    lost: int  # connections that failed, calls that timed out
    seconds: float
    p99_ms: float

    @property
    def admitted(self) -> int:
        return self.calls - self.refused


def found(pattern: str, text: str, default: str = "0") -> str:
    match = re.search(pattern, text)
    return match.group(1) if match else default


def parsed(text: str) -> Run:
    amount, unit = (re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text) or re.search(r"()()", "")).groups()
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return Run(calls=int(found(r"(\d+) requests in", text)),
               refused=int(found(r"Non-2xx or 3xx responses: (\d+)", text)),
               lost=sum(map(int, lost.groups())) if lost else 0,
               seconds=float(found(r"requests in ([\d.]+)s", text)) if "s," in text else 0.0,
               p99_ms=float(amount) * UNITS_MS[unit] if amount else 0.0)


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
