"""One gateway process, in a folder of its own, on a loopback port."""
import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from callers import ask_once  # noqa: E402
from servers import free_port, raise_open_files  # noqa: E402, F401  (of bench/)

BINARY = Path(os.environ.get("APIFORGE_BINARY", ROOT / "build" / "release" / "apiforge"))
START_SECONDS = 15
RELOAD_SECONDS = 10
STOP_SECONDS = 20


def api(name: str, upstream: int, **options: int) -> dict:
    """A public Api at /proxy/{name} with one endpoint; `options` are of its upstream."""
    return {"name": name, "access": {"public": True},
            "upstream": {"endpoints": [{"url": f"http://127.0.0.1:{upstream}"}], **options}}


class Gateway:
    """`stop` it in every case. The configuration may be replaced and reloaded while it runs."""

    def __init__(self, folder: Path, apis: list[dict], *, port: int = 0, workers: int = 2,
                 name: str = "gateway", bounds: dict[str, list[dict]] | None = None,
                 **settings: str):
        """`bounds` are further members of the file: quotas, circuit_breakers."""
        raise_open_files()
        folder.mkdir(exist_ok=True)
        self._file = folder / "apiforge.yaml"
        self._bounds = bounds or {}
        self.configure(apis)
        environment = {
            **os.environ, "API_HOST": "127.0.0.1", "API_PORT": str(port), "ENV": "development",
            "DEBUG": "false", "LOG_LEVEL": "INFO", "WORKERS": str(workers),
            "DATA_DIR": str(folder / "data"), "LOG_FILE": str(folder / f"{name}.log"),
            "DEFAULT_RATE_LIMIT": "0", "ZMQ_PUBLISHER_PORT": "0", "ZMQ_SUBSCRIBER_PORT": "0",
            "UPSTREAM_ALLOW_CIDRS": "127.0.0.0/8", **settings}
        self._errors = folder / f"{name}.err"
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--config", self._file], cwd=folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        self.port = self._await_port()

    def _await_port(self) -> int:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("listening on "):
            self.stop()
            raise RuntimeError(f"the gateway did not start: {line}{self._errors.read_text()}")
        return int(line.rsplit(":", 1)[1])

    @property
    def pid(self) -> int:
        return self.process.pid

    def configure(self, apis: list[dict]) -> None:
        """Replaces the file at once, so that the gateway never sees half of it. JSON is YAML."""
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({"version": 1, "apis": apis, **self._bounds}), encoding="utf-8")
        new.replace(self._file)

    def hang_up(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    async def revision(self) -> int:
        """The revision of the configuration in force, from the metrics page."""
        reply = await ask_once(self.port, "/metrics")
        for line in reply.body.decode().splitlines():
            if line.startswith("apiforge_configuration_revision "):
                return int(float(line.split()[1]))
        raise AssertionError(f"no revision in /metrics, status {reply.status}")

    async def reload(self, apis: list[dict]) -> None:
        """Returns when the metrics page shows a later revision."""
        before = await self.revision()
        self.configure(apis)
        self.hang_up()
        deadline = time.monotonic() + RELOAD_SECONDS
        while await self.revision() == before:
            if time.monotonic() > deadline:
                raise AssertionError(f"revision {before} is still in force after {RELOAD_SECONDS} s")
            await asyncio.sleep(0.001)

    def resident_bytes(self) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the gateway is gone")

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def ended(self, seconds: float) -> int:
        """The exit status; waits while other coroutines run."""
        return await asyncio.to_thread(self.process.wait, seconds)

    def stop(self) -> int:
        """Ends the process, by force when it does not end by itself; gives its exit status."""
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.returncode
