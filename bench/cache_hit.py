"""What a hit of the cache costs: APIForge beside nginx's proxy_cache, CPU per request, in one run.

cache_hit.py [--rounds 5] [--seconds 3]. Both have fetched the reply once from the same upstream; they
take turns. The exit status is 1 when APIForge needs more CPU than nginx for any of the replies.
"""
import argparse
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import load as loads
import servers
from load import Subject

LOADS = (loads.Load("hit_small", "hit, 100 B reply", "/small"),
         loads.Load("hit_16k", "hit, 16 KiB reply", "/16k", reply_bytes=16 << 10))


# A field of a hit, and how its value begins.
NGINX_HIT, APIFORGE_HIT = ("X-Cache-Status", "HIT"), ("Cache-Status", "apiforge; hit")


def fill(subject: Subject, hit: tuple[str, str]) -> None:
    """Raises unless the third reply is a hit."""
    for _ in range(2):
        loads.verify(subject.load, subject.server, subject.prefix)
    url = loads.url(subject.load, subject.server, subject.prefix)
    with urllib.request.urlopen(url, timeout=10) as reply:
        name, begin = hit
        if not (reply.headers[name] or "").startswith(begin):
            raise RuntimeError(f"{subject.name}: no hit: {reply.headers}")


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
        peer = servers.start_nginx_cache(place, "nginx", upstream.port)
        running.callback(peer.close)
        gateway = servers.start_apiforge_cache(place, "gateway", upstream.port)
        running.callback(gateway.close)
        for load in LOADS:
            nginx = Subject("nginx, proxy_cache", peer, load)
            apiforge = Subject("apiforge, cache", gateway, load, "/proxy/bench")
            fill(nginx, NGINX_HIT)
            fill(apiforge, APIFORGE_HIT)
            loads.take_turns([nginx, apiforge], folder, rounds=options.rounds, seconds=options.seconds)
            ratio = loads.ratio(apiforge, nginx)
            print(f"{load.title:34} {'user us':>8} {'CPU us':>8}")
            for each in (nginx, apiforge):
                print(f"  {each.name:32} {each.median_user_us:8.2f} {each.median_total_us:8.2f}")
            print(f"  {'ratio to nginx':32} {'':8} {ratio:8.2f}")
            worst = max(worst, ratio)
    return 0 if worst <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
