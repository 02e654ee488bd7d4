"""kill -9 in a write loop: what was acknowledged is there afterwards, and the audit log is whole.

KILL_ROUNDS says how many times for each database (default 12; the full measurement takes 200).
"""
import asyncio
import os
import random
import subprocess
import unittest
from pathlib import Path

from control_client import ADMIN_SETTINGS, ControlClient
from figures import figure
from gateway import BINARY, Gateway
from load_test_case import LoadTestCase
from postgres import Postgres

ROUNDS = int(os.environ.get("KILL_ROUNDS", "12"))
WRITERS = 4
SHORTEST_SECONDS, LONGEST_SECONDS = 0.02, 0.3


class KillTest(LoadTestCase):
    async def test_sqlite_loses_nothing(self) -> None:
        await self.kill_again_and_again("SQLite", {})

    async def test_postgresql_loses_nothing(self) -> None:
        database = await asyncio.to_thread(Postgres, self.folder / "postgres")
        self.addCleanup(database.close)
        await self.kill_again_and_again("PostgreSQL", {"DATABASE_URL": database.url})

    async def kill_again_and_again(self, database: str, settings: dict[str, str]) -> None:
        seed = random.randrange(1 << 32)
        figure(f"kill -9, {database}: seed", seed)
        pauses = random.Random(seed)
        self.settings = {**ADMIN_SETTINGS, **settings}
        credential = ""
        acknowledged: list[str] = []
        for number in range(ROUNDS):
            gateway = await self.started(number)
            credential = credential or await self.credential_for(gateway)
            written = await self.write_until_killed(gateway, credential, number, pauses)
            acknowledged += written
            survivor = await self.started(f"{number}-after")
            await self.expect_all(survivor, credential, written)
            survivor.process.kill()  # even the reader gets no time to say goodbye
            survivor.stop()
        survivor = await self.started("last")
        await self.expect_all(survivor, credential, acknowledged)
        survivor.stop()
        self.expect_whole_audit_log()
        figure(f"kill -9, {database}: rounds", ROUNDS)
        figure(f"kill -9, {database}: acknowledged rows, all there", len(acknowledged))

    async def started(self, name: object) -> Gateway:
        return await asyncio.to_thread(self.given_gateway, [], name=f"gateway-{name}",
                                       **self.settings)

    async def credential_for(self, gateway: Gateway) -> str:
        client = await ControlClient.open(gateway.port)
        self.assertEqual((await client.log_in()).status, 200)
        answer = await client.create_key("writer", ["auth:manage", "gateway:call"])
        client.close()
        self.assertEqual(answer.status, 201)
        return answer.body["key"]

    async def write_until_killed(self, gateway: Gateway, credential: str, number: int,
                                 pauses: random.Random) -> list[str]:
        """The ids of the rows that were acknowledged before the end."""
        written: list[str] = []

        async def write(writer: int) -> None:
            try:
                client = await ControlClient.open(gateway.port, credential)
                for row in range(10_000):
                    answer = await client.create_key(f"row {number}-{writer}-{row}",
                                                     ["gateway:call"])
                    self.assertEqual(answer.status, 201, answer.body)
                    written.append(answer.body["id"])
            except (OSError, TimeoutError):
                pass  # the process is gone; what was not acknowledged may be there or not

        writing = [asyncio.create_task(write(writer)) for writer in range(WRITERS)]
        await asyncio.sleep(pauses.uniform(SHORTEST_SECONDS, LONGEST_SECONDS))
        gateway.process.kill()
        await asyncio.gather(*writing)
        gateway.stop()
        return written

    async def expect_all(self, gateway: Gateway, credential: str, ids: list[str]) -> None:
        client = await ControlClient.open(gateway.port, credential)
        for row in ids:
            answer = await client.ask("GET", f"/api-keys/{row}")
            self.assertEqual(answer.status, 200, f"the acknowledged row {row} is lost")
        client.close()

    def expect_whole_audit_log(self) -> None:
        folder = self.folder / "gateway"
        done = subprocess.run([BINARY, "audit", "verify"], cwd=folder, text=True, timeout=120,
                              capture_output=True, check=False,
                              env={**os.environ, **self.settings, "DATA_DIR": str(folder / "data")})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("the audit log is whole", done.stdout)


if __name__ == "__main__":
    assert Path(BINARY).exists(), f"{BINARY} is not built"
    unittest.main()
