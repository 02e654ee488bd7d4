"""What the unified call costs: `POST /api/v1/gateway/call/{api}` with a JSON body of 1 KiB, beside the
same POST through the transparent proxy and through nginx.

envelope.py [--rounds 5] [--seconds 3]. All three reach the same upstream and take turns. The exit
status is 1 when the unified call needs more than MOST_USER_US of user CPU.
"""
import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import load as loads
import servers
from load import Subject

BODY_BYTES = 1 << 10
MOST_USER_US = 15.0


def payload() -> dict:
    """About 1 KiB as an order of a bot looks: short members, numbers, a list."""
    body = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01000000",
            "price": "67123.45", "tags": []}
    while len(json.dumps(body)) < BODY_BYTES:
        body["tags"].append({"name": f"tag-{len(body['tags'])}", "weight": 17, "on": True})
    return body


def lua(body: bytes) -> str:
    return (f"wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n"
            f"wrk.body = [==[{body.decode()}]==]")


def subjects(place: servers.Place, upstream: int, running: ExitStack) -> list[Subject]:
    plain = json.dumps(payload()).encode()
    envelope = json.dumps({"method": "POST", "path": "/post", "body": payload()}).encode()
    through = loads.Load("post_1k", "POST, 1 KiB", "/post", body=plain, setup=lua(plain))
    nginx = servers.start_nginx(place, "nginx", upstream, False)
    running.callback(nginx.close)
    gateway = servers.start_apiforge_with_key(place, "gateway", upstream, False)
    running.callback(gateway.close)
    call = loads.Load("call_1k", "call, 1 KiB", "/api/v1/gateway/call/bench", body=envelope,
                      setup=lua(envelope))
    return [Subject("nginx, proxy_pass", nginx, through),
            Subject("apiforge, transparent, with key", gateway, through, "/proxy/bench"),
            Subject("apiforge, unified call, with key", gateway, call)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        place = servers.Place(folder)
        upstream = servers.start_upstream(place)
        running.callback(upstream.close)
        measured = subjects(place, upstream.port, running)
        loads.take_turns(measured, folder, rounds=options.rounds, seconds=options.seconds)
    print(f"{'':34} {'user us':>8} {'CPU us':>8}")
    for subject in measured:
        print(f"{subject.name:34} {subject.median_user_us:8.2f} {subject.median_total_us:8.2f}")
    return 0 if measured[-1].median_user_us <= MOST_USER_US else 1


if __name__ == "__main__":
    sys.exit(main())
