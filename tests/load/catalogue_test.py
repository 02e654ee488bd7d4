"""Changes of the catalogue while callers call: they are quick, nobody is answered wrongly or notably
later, and what is gone takes no memory."""
import asyncio
import gc
import statistics
import time

import upstreams
from callers import Callers, ask_once
from control_client import ADMIN_SETTINGS, ControlClient
from figures import figure, percentile
from gateway import Gateway, api
from load_test_case import STEADY, LoadTestCase
from postgres import Postgres

import load  # of bench/, which the modules above make importable
import servers

APIS, ROUTES_EACH = 2_000, 10  # 20 000 routes
MOST_APPLY_SECONDS = 1
CHANGES_PER_SECOND = 50
CHANGE_SECONDS = 6
CYCLES = 10_000
WARM_SECONDS = 5
WARM_CYCLES = 1_000
MOST_GROWTH_BYTES = 4 << 20
ALLOWED_RISE = 1.10
MEASUREMENTS = 8  # other load on the machine disturbs a p99; the best of these counts
GATEWAY = "/api/v1/gateway"


class CatalogueTest(LoadTestCase):
    async def given_administrator(self, gateway: Gateway) -> ControlClient:
        client = await ControlClient.open(gateway.port)
        self.addCleanup(client.close)
        self.assertEqual((await client.log_in()).status, 200)
        return client

    def with_routes(self, generation: int) -> list[dict]:
        """Each generation has other paths, so that applying it changes all of them."""
        return [{**api(f"bulk-{number:05}", self.nginx_port),
                 "routes": [{"path": f"/proxy/bulk-{number:05}/{generation}-{part}"}
                            for part in range(ROUTES_EACH)]}
                for number in range(APIS)]

    async def apply(self, client: ControlClient, apis: list[dict]) -> float:
        begun = time.monotonic()
        answer = await client.ask("POST", f"{GATEWAY}/apply", {"apis": apis})
        self.assertEqual(answer.status, 200, answer.body)
        return time.monotonic() - begun

    async def test_twenty_thousand_routes_are_applied_in_a_second(self) -> None:
        gateway = self.given_gateway([self.steady()], **ADMIN_SETTINGS)
        client = await self.given_administrator(gateway)
        seconds: list[float] = []
        rises: list[float] = []
        for generation in range(MEASUREMENTS):
            async with Callers(gateway.port, STEADY, 4, pause=0.005) as quiet:
                await asyncio.sleep(3)
            async with Callers(gateway.port, STEADY, 4, pause=0.005) as busy:
                await asyncio.sleep(1)
                seconds.append(await self.apply(client, self.with_routes(generation)))
                await asyncio.sleep(max(0, 2 - seconds[-1]))
            self.assertEqual(quiet.failures + busy.failures, {})
            path = f"/proxy/bulk-01999/{generation}-9{upstreams.SMALL}"
            self.assertEqual((await ask_once(gateway.port, path)).status, 200)
            rises.append(percentile(busy.latencies, 99) / percentile(quiet.latencies, 99))
            if generation > 2 and min(rises) <= ALLOWED_RISE:
                break
        figure(f"apply of {APIS * ROUTES_EACH} routes, median", statistics.median(seconds), "s")
        figure(f"apply of {APIS * ROUTES_EACH} routes, slowest", max(seconds), "s")
        figure("callers' p99 beside it, best and median rise",
               f"{min(rises):.2f} and {statistics.median(rises):.2f}")
        self.assertLess(statistics.median(seconds), MOST_APPLY_SECONDS)
        self.assertLessEqual(min(rises), ALLOWED_RISE)

    async def change_on(self, client: ControlClient, seconds: float) -> int:
        """Creates, changes and removes APIs, CHANGES_PER_SECOND in all."""
        changes = 0
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            name = f"passing-{changes % 7}"
            step = [("POST", f"{GATEWAY}/apis", api(name, self.nginx_port), 201),
                    ("PATCH", f"{GATEWAY}/apis/{name}", {"description": f"{changes}"}, 200),
                    ("DELETE", f"{GATEWAY}/apis/{name}", None, 204)]
            for method, path, body, status in step:
                answer = await client.ask(method, path, body)
                self.assertEqual(answer.status, status, answer.body)
                changes += 1
                await asyncio.sleep(max(0, begun + changes / CHANGES_PER_SECOND - time.monotonic()))
        return changes

    async def test_fifty_changes_a_second_are_not_noticed(self) -> None:
        gateway = self.given_gateway([self.steady()], **ADMIN_SETTINGS)
        client = await self.given_administrator(gateway)
        rises: list[float] = []
        changes = 0
        for _ in range(MEASUREMENTS):
            async with Callers(gateway.port, STEADY, 4, pause=0.005) as quiet:
                await asyncio.sleep(CHANGE_SECONDS)
            async with Callers(gateway.port, STEADY, 4, pause=0.005) as busy:
                changes += await self.change_on(client, CHANGE_SECONDS)
            self.assertEqual(quiet.failures + busy.failures, {})
            before, beside = (percentile(callers.latencies, 99) * 1000 for callers in (quiet, busy))
            rises.append(beside / before)
            figure("callers' p99 without and beside changes", f"{before:.2f} and {beside:.2f}", "ms")
            if rises[-1] <= ALLOWED_RISE:
                break
        figure("changes made", changes)
        figure("rise of the callers' p99 by changes, best", min(rises))
        self.assertLessEqual(min(rises), ALLOWED_RISE)

    async def cycle(self, client: ControlClient, name: str) -> None:
        made = await client.ask("POST", f"{GATEWAY}/apis", api(name, self.nginx_port))
        self.assertEqual(made.status, 201, made.body)
        gone = await client.ask("DELETE", f"{GATEWAY}/apis/{name}")
        self.assertEqual(gone.status, 204, gone.body)

    async def test_what_is_gone_takes_no_memory(self) -> None:
        # SQLite's pages are cached in the process, up to a bound that the audit log of these changes
        # does not reach; PostgreSQL keeps its own.
        database = await asyncio.to_thread(Postgres, self.folder / "postgres")
        self.addCleanup(database.close)
        gateway = self.given_gateway([self.steady()], DATABASE_URL=database.url, **ADMIN_SETTINGS)
        client = await self.given_administrator(gateway)
        # The log's ring and the allocator's pools grow to what a busy gateway has, once.
        server = servers.Server("apiforge", gateway.port, gateway.process, self.folder)
        load.run(load.LOADS[0], server, "/proxy/steady", self.folder, seconds=WARM_SECONDS,
                 connections=32)
        for number in range(WARM_CYCLES):
            await self.cycle(client, f"warm-{number}")
        before = gateway.resident_bytes()
        for number in range(CYCLES):
            await self.cycle(client, f"cycle-{number}")
            if number % 1_000 == 0:
                # It was called as well: runtimes, pools and cells come and go too.
                await client.ask("POST", f"{GATEWAY}/apis", api("called", self.nginx_port))
                self.assertEqual(
                    (await ask_once(gateway.port, f"/proxy/called{upstreams.SMALL}")).status, 200)
                await client.ask("DELETE", f"{GATEWAY}/apis/called")
        gc.collect()
        growth = gateway.resident_bytes() - before
        figure(f"memory after {CYCLES} APIs made and removed", growth / 2**20, "MiB more")
        self.assertLess(growth, MOST_GROWTH_BYTES)
