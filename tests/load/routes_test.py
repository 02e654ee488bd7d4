"""10 000 Apis: a reload takes less than a second, a call costs what it costs with ten, and an Api that
nobody calls takes little memory."""
import asyncio
import statistics
import time

import upstreams
from callers import ask_once
from figures import figure
from gateway import Gateway, api
from load_test_case import LoadTestCase

import load  # of bench/, which the modules above make importable
import servers

MANY, FEW = 10_000, 10
RELOADS = 5
MOST_RELOAD_SECONDS = 1
MOST_BYTES = 160 << 20  # with two workers
ROUNDS = 7
ATTEMPTS = 3
ROUND_SECONDS = 2
CONNECTIONS = 32
MOST_RATIO = 1.10
NEW_ROUTE_SECONDS = 10


class RoutesTest(LoadTestCase):
    def apis(self, count: int) -> list[dict]:
        return [api(f"api-{number:05}", self.nginx_port) for number in range(count)]

    async def seconds_to_reload(self, gateway: Gateway, apis: list[dict], newcomer: str) -> float:
        """From the signal to the first answer of an Api that was not there before."""
        gateway.configure([*apis, api(newcomer, self.nginx_port)])
        begun = time.monotonic()
        gateway.hang_up()
        while (await ask_once(gateway.port, f"/proxy/{newcomer}{upstreams.SMALL}")).status != 200:
            self.assertLess(time.monotonic() - begun, NEW_ROUTE_SECONDS, "the new Api never answered")
            await asyncio.sleep(0.002)
        return time.monotonic() - begun

    async def test_a_reload_of_all_routes_takes_less_than_a_second(self) -> None:
        apis = self.apis(MANY - 1)  # with the newcomer it is all that a configuration may hold
        gateway = self.given_gateway(apis)
        seconds = [await self.seconds_to_reload(gateway, apis, f"newcomer-{number}")
                   for number in range(RELOADS)]

        figure(f"reload with {MANY} Apis, median", statistics.median(seconds), "s")
        figure(f"reload with {MANY} Apis, slowest of {RELOADS}", max(seconds), "s")
        memory = gateway.resident_bytes()
        figure(f"memory with {MANY} Apis", memory / 2**20, "MiB")
        self.assertLess(statistics.median(seconds), MOST_RELOAD_SECONDS)
        self.assertLess(memory, MOST_BYTES)

    def microseconds_per_call(self, gateway: Gateway, prefix: str) -> float:
        server = servers.Server("apiforge", gateway.port, gateway.process, self.folder)
        sample = load.run(load.LOADS[0], server, prefix, self.folder, seconds=ROUND_SECONDS,
                          connections=CONNECTIONS)
        self.assertEqual(sample.errors, 0)
        return sample.total_us

    def test_a_call_costs_as_much_as_with_few_routes(self) -> None:
        sizes = (FEW, MANY)
        gateways = {size: self.given_gateway(self.apis(size), workers=1, folder=f"with-{size}")
                    for size in sizes}
        last = {size: f"/proxy/api-{size - 1:05}" for size in sizes}
        # What else the machine does only ever adds to one side or the other: a ratio that is too high is
        # measured again, and one measurement that is not disturbed is enough.
        for attempt in range(1, ATTEMPTS + 1):
            ratio = self.ratio_of_costs(gateways, last)
            figure(f"CPU per call, {MANY} Apis to {FEW}, attempt {attempt}", ratio)
            if ratio <= MOST_RATIO:
                break
        self.assertLessEqual(ratio, MOST_RATIO)

    def ratio_of_costs(self, gateways: dict[int, Gateway], last: dict[int, str]) -> float:
        costs: dict[int, list[float]] = {size: [] for size in gateways}
        for number in range(ROUNDS):
            for size in gateways if number % 2 else reversed(gateways):
                costs[size].append(self.microseconds_per_call(gateways[size], last[size]))
        for size in gateways:
            figure(f"CPU per call with {size} Apis", statistics.median(costs[size]), "us")
        # In turn, so that a slow moment of the machine hits both alike.
        return statistics.median(many / few for few, many in zip(costs[FEW], costs[MANY]))
