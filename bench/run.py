"""Compares APIForge with nginx and HAProxy as a reverse proxy, on this machine, in one run.

For each load the peers take turns, round by round, so that a change of the machine's pace hits all
of them. The main figure is CPU time per request, from the kernel's accounting of the proxy's own
processes: unlike requests per second it does not depend on what else shares the cores.
`./dev bench quick` is a short run into build/benchmarks/; the full run writes docs/benchmarks/.
"""
import argparse
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import load as loads
import report
import servers

WARM_UP_SECONDS = 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 rounds of 2 s")
    parser.add_argument("--seconds", type=int, help="of one measurement (default 5)")
    parser.add_argument("--rounds", type=int, help="default 5")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--load", action="append", choices=[load.name for load in loads.LOADS])
    parser.add_argument("--peer", action="append", choices=[peer.name for peer in servers.PEERS])
    parser.add_argument("--output", type=Path, help="folder of proxy.json, proxy.svg, proxy.md")
    parser.add_argument("--proxy-cores", help="list for taskset, for example 0")
    parser.add_argument("--upstream-cores", help="list for taskset")
    parser.add_argument("--load-cores", help="list for taskset")
    options = parser.parse_args()
    options.seconds = options.seconds or (2 if options.quick else 5)
    options.rounds = options.rounds or (3 if options.quick else 5)
    folder = "build/benchmarks" if options.quick else "docs/benchmarks"
    options.output = options.output or servers.ROOT / folder
    return options


def present(options: argparse.Namespace) -> list[servers.Peer]:
    chosen = [peer for peer in servers.PEERS if options.peer is None or peer.name in options.peer]
    for peer in chosen:
        if not peer.is_there:
            what = "build/release/apiforge; run ./dev build" if peer.name == "apiforge" else peer.name
            print(f"Left out: {peer.name}, for there is no {what}.", file=sys.stderr)
    return [peer for peer in chosen if peer.is_there]


def measure(options: argparse.Namespace, folder: Path) -> report.Results:
    cores = {"proxy": options.proxy_cores, "upstream": options.upstream_cores}
    peers = present(options)
    results = report.Results(options.rounds, options.seconds, options.connections,
                             {peer.name: peer.note for peer in peers})
    with ExitStack() as running:
        place = servers.Place(folder, {role: list_ for role, list_ in cores.items() if list_})
        upstream = servers.start_upstream(place)
        running.callback(upstream.close)
        for load in loads.LOADS:
            if options.load is not None and load.name not in options.load:
                continue
            with ExitStack() as turn:
                proxies = []
                for peer in peers:
                    name = f"{peer.name} {load.name}".replace(" ", "-")
                    proxy = peer.start(place, name, upstream.port, load.tls)
                    turn.callback(proxy.close)
                    loads.verify(load, proxy, peer.prefix)
                    proxies.append((peer, proxy))
                take_turns(options, load, proxies, folder, results)
    return results


def take_turns(options: argparse.Namespace, load: loads.Load,
               proxies: list[tuple[servers.Peer, servers.Server]], folder: Path,
               results: report.Results) -> None:
    for number in range(options.rounds + 1):
        for peer, proxy in random.sample(proxies, len(proxies)):
            is_warm_up = number == 0
            sample = loads.run(load, proxy, peer.prefix, folder,
                               seconds=WARM_UP_SECONDS if is_warm_up else options.seconds,
                               connections=options.connections, cores=options.load_cores)
            if not is_warm_up:
                results.add(load, peer.name, sample)
                print(f"{load.name:<15} round {number} {peer.name:<13} {sample.total_us:8.2f} us CPU "
                      f"{sample.requests_per_second:9.0f}/s {sample.errors} errors", file=sys.stderr)
    for peer, proxy in proxies:
        results.set_memory(load, peer.name, proxy.memory())


def main() -> int:
    options = arguments()
    missing = [name for name in ("nginx", "wrk", "openssl") if not servers.program(name)]
    if missing:
        print(f"Not installed: {', '.join(missing)}; run ./dev setup", file=sys.stderr)
        return 1
    servers.raise_open_files()
    with tempfile.TemporaryDirectory(prefix="apiforge-bench-") as folder:
        results = measure(options, Path(folder))
    print(results.table())
    results.write(options.output)
    print(f"Written: {options.output}/proxy.json, proxy.svg, proxy.md")
    return 1 if results.errors() else 0


if __name__ == "__main__":
    sys.exit(main())
