"""What every load test starts from: a folder of its own, nginx as an upstream, and a gateway."""
import asyncio
import tempfile
import unittest
from pathlib import Path

import upstreams
from gateway import Gateway, api

STEADY = f"/proxy/steady{upstreams.SMALL}"  # what callers ask for who only want an answer


class LoadTestCase(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="apiforge-load-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        nginx = upstreams.start_nginx(self.folder)
        self.addCleanup(nginx.close)
        self.nginx_port = nginx.port

    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().set_debug(False)  # unittest asks for it; it costs half of the CPU

    def steady(self) -> dict:
        return api("steady", self.nginx_port)

    def given_gateway(self, apis: list[dict], *, folder: str = "gateway", **options) -> Gateway:
        """A running gateway; it ends with the test. Options are those of `Gateway`."""
        gateway = Gateway(self.folder / folder, apis, **options)
        self.addCleanup(gateway.stop)
        return gateway
