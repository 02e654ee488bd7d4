"""The loads, one run of wrk over one of them, and several subjects that take turns under them."""
import json
import ssl
import statistics
import subprocess
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import process_cost
import servers

WRK_SCRIPT = """
{setup}
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {{"requests":%d,"seconds":%f,"p50_us":%d,"p99_us":%d,"p999_us":%d,"errors":%d}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    name: str
    title: str
    path: str
    setup: str = ""  # Lua
    tls: bool = False
    body: bytes | None = None
    reply_bytes: int = len(servers.SMALL_BODY)


POST_BYTES = 4 << 10
LOADS = (
    Load("get_small", "GET, 100 B reply", "/small"),
    Load("get_16k", "GET, 16 KiB reply", "/16k", reply_bytes=16 << 10),
    Load("get_1m", "GET, 1 MiB reply", "/1m", reply_bytes=1 << 20),
    Load("post_4k", "POST, 4 KiB body", "/post", body=b"x" * POST_BYTES,
         setup=f'wrk.method = "POST"\nwrk.body = string.rep("x", {POST_BYTES})'),
    Load("tls_small", "GET, 100 B reply, TLS to the caller", "/small", tls=True),
    Load("new_connection", "GET, 100 B reply, a connection each", "/small",
         setup='wrk.headers["Connection"] = "close"'),
)


@dataclass(frozen=True)
class Sample:
    """One run: what it cost the proxy per request, and what the caller saw."""
    requests: int
    requests_per_second: float
    total_us: float
    user_us: float
    system_us: float
    p50_us: int
    p99_us: int
    p999_us: int
    errors: int


def url(load: Load, server: servers.Server, prefix: str) -> str:
    return f"{'https' if load.tls else 'http'}://127.0.0.1:{server.port}{prefix}{load.path}"


def verify(load: Load, server: servers.Server, prefix: str) -> None:
    """Raises unless the proxy gives the upstream's reply."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(url(load, server, prefix), load.body, server.headers)
    with urllib.request.urlopen(request, timeout=10,
                                context=context if load.tls else None) as reply:
        size = len(reply.read())
        if reply.status != 200 or size != load.reply_bytes:
            raise RuntimeError(f"{server.name}: {load.name}: status {reply.status}, {size} bytes")


def run(load: Load, server: servers.Server, prefix: str, folder: Path, *, seconds: int,
        connections: int, cores: str | None = None) -> Sample:
    script = folder / f"{load.name}.lua"
    headers = [f'wrk.headers["{name}"] = "{value}"' for name, value in server.headers.items()]
    script.write_text(WRK_SCRIPT.format(setup="\n".join([load.setup, *headers])))
    pinned = ["taskset", "-c", cores] if cores else []
    before = process_cost.cost(server.pids)
    output = subprocess.run(
        [*pinned, servers.program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout",
         "10s", "-s", script, url(load, server, prefix)],
        check=True, capture_output=True, text=True).stdout
    spent = process_cost.cost(server.pids).since(before)
    result = json.loads(next(line for line in output.splitlines()
                             if line.startswith("RESULT ")).removeprefix("RESULT "))
    requests = max(result["requests"], 1)
    return Sample(requests, requests / result["seconds"], spent.total_us / requests,
                  spent.user_us / requests, spent.system_us / requests, result["p50_us"],
                  result["p99_us"], result["p999_us"], result["errors"])


@dataclass
class Subject:
    """A server under a load, and what a request cost it in each round."""
    name: str
    server: servers.Server
    load: Load
    prefix: str = ""
    user_us: list[float] = field(default_factory=list)
    total_us: list[float] = field(default_factory=list)

    @property
    def median_user_us(self) -> float:
        return statistics.median(self.user_us)

    @property
    def median_total_us(self) -> float:
        return statistics.median(self.total_us)


def take_turns(subjects: list[Subject], folder: Path, *, rounds: int, seconds: int) -> None:
    """One round more than is counted, which warms up. Raises when a call fails."""
    for number in range(rounds + 1):
        for subject in subjects:
            sample = run(subject.load, subject.server, subject.prefix, folder, seconds=seconds,
                         connections=32)
            if sample.errors:
                raise RuntimeError(f"{subject.name}: {sample.errors} errors")
            if number > 0:
                subject.user_us.append(sample.user_us)
                subject.total_us.append(sample.total_us)


def ratio(subject: Subject, baseline: Subject) -> float:
    """Of CPU: the median of the rounds' ratios, so that a slow minute hits both alike."""
    return statistics.median(ours / theirs for ours, theirs
                             in zip(subject.total_us, baseline.total_us, strict=True))
