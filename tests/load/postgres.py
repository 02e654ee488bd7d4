"""A PostgreSQL of its own for a test, from Debian's package: in a folder, on a free loopback port."""
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from servers import free_port

START_SECONDS = 30
PASSWORD = "only-for-this-test"


def folder_of_programs() -> Path | None:
    """Where the newest installed version has its programs; Debian keeps them off the path."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class Postgres:
    """`close` ends it. It refuses to run as root; root runs it as the package's user."""

    def __init__(self, folder: Path):
        programs = folder_of_programs()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed; run ./dev setup")
        self._programs = programs
        self._folder = folder
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        folder.mkdir(mode=0o700)
        if self._user:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
            for parent in folder.parents:  # the temporary folder is private; let the server pass
                if parent == Path("/tmp"):
                    break
                parent.chmod(parent.stat().st_mode | 0o011)
        self.port = free_port()
        self._run("initdb", "-D", folder / "data", "-U", "owner", "-A", "trust", "-E", "UTF8",
                  "--locale=C")
        self.process = self._start()
        self._prepare()

    @property
    def url(self) -> str:
        """As an ordinary user, who does not bypass row-level security."""
        return f"postgresql://apiforge:{PASSWORD}@127.0.0.1:{self.port}/apiforge"

    def _as_user(self) -> dict:
        return {"user": self._user.pw_uid, "group": self._user.pw_gid} if self._user else {}

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run([self._programs / program, *map(str, arguments)], text=True,
                              capture_output=True, check=False, timeout=120, cwd=self._folder,
                              **self._as_user())
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def _start(self) -> subprocess.Popen:
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder, "-h",
                 "127.0.0.1", "-p", str(self.port)], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, cwd=self._folder, **self._as_user())

    def _sql(self, text: str, database: str = "postgres") -> subprocess.CompletedProcess:
        return subprocess.run(
            [self._programs / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "owner", "-d",
             database, "-v", "ON_ERROR_STOP=1", "-c", text], text=True, capture_output=True,
            check=False, timeout=60, cwd=self._folder, **self._as_user())

    def _prepare(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._sql("SELECT 1").returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise RuntimeError((self._folder / "log").read_text(errors="replace"))
            time.sleep(0.05)
        for text in (f"CREATE ROLE apiforge LOGIN PASSWORD '{PASSWORD}'",
                     "CREATE DATABASE apiforge OWNER apiforge"):
            done = self._sql(text)
            if done.returncode:
                raise RuntimeError(done.stderr)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast" shutdown
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
