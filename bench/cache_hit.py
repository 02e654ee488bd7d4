"""What a hit of the cache costs: APIForge beside nginx's proxy_cache, CPU per request, in one run.

cache_hit.py [--rounds 5] [--seconds 3]. Both have fetched the reply once from the same upstream; they
take turns. The exit status is 1 when APIForge needs more CPU than nginx for any of the replies.
"""
import argparse
import statistics
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import load as loads
import servers

LOADS = (loads.Load("hit_small", "hit, 100 B reply", "/small"),
         loads.Load("hit_16k", "hit, 16 KiB reply", "/16k", reply_bytes=16 << 10))


@dataclass
class Subject:
    name: str
    server: servers.Server
    prefix: str
    mark: tuple[str, str]  # a field of a hit, and how its value begins
    user_us: list[float] = field(default_factory=list)
    total_us: list[float] = field(default_factory=list)


def subjects(place: servers.Place, upstream: int, running: ExitStack) -> list[Subject]:
    nginx = servers.start_nginx_cache(place, "nginx", upstream)
    running.callback(nginx.close)
    gateway = servers.start_apiforge_cache(place, "gateway", upstream)
    running.callback(gateway.close)
    return [Subject("nginx, proxy_cache", nginx, "", ("X-Cache-Status", "HIT")),
            Subject("apiforge, cache", gateway, "/proxy/bench", ("Cache-Status", "apiforge; hit"))]


def fill(load: loads.Load, subject: Subject) -> None:
    """Raises unless the second reply is a hit."""
    for _ in range(2):
        loads.verify(load, subject.server, subject.prefix)
    url = loads.url(load, subject.server, subject.prefix)
    with urllib.request.urlopen(url, timeout=10) as reply:
        name, begin = subject.mark
        if not (reply.headers[name] or "").startswith(begin):
            raise RuntimeError(f"{subject.name}: no hit: {reply.headers}")


def measure(load: loads.Load, measured: list[Subject], folder: Path, options: argparse.Namespace) -> None:
    for subject in measured:
        fill(load, subject)
        subject.user_us.clear()
        subject.total_us.clear()
    for number in range(options.rounds + 1):
        for subject in measured:
            sample = loads.run(load, subject.server, subject.prefix, folder,
                               seconds=options.seconds, connections=32)
            if sample.errors:
                raise RuntimeError(f"{subject.name}: {sample.errors} errors")
            if number > 0:  # the first round warms up
                subject.user_us.append(sample.user_us)
                subject.total_us.append(sample.total_us)


def ratio(measured: list[Subject]) -> float:
    """The median of the rounds' ratios, so that a slow minute hits both alike."""
    nginx, apiforge = measured
    return statistics.median(ours / theirs for ours, theirs
                             in zip(apiforge.total_us, nginx.total_us, strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    worst = 0.0
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        place = servers.Place(folder)
        upstream = servers.start_upstream(place)
        running.callback(upstream.close)
        measured = subjects(place, upstream.port, running)
        for load in LOADS:
            measure(load, measured, folder, options)
            print(f"{load.title:34} {'user us':>8} {'CPU us':>8}")
            for subject in measured:
                print(f"  {subject.name:32} {statistics.median(subject.user_us):8.2f} "
                      f"{statistics.median(subject.total_us):8.2f}")
            print(f"  {'ratio to nginx':32} {'':8} {ratio(measured):8.2f}")
            worst = max(worst, ratio(measured))
    return 0 if worst <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
