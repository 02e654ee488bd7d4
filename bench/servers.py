"""The servers of a benchmark: the upstream, the peers, and APIForge, each on a free loopback port."""
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import process_cost

ROOT = Path(__file__).resolve().parent.parent
APIFORGE = Path(os.environ.get("APIFORGE_BINARY", ROOT / "build" / "release" / "apiforge"))
START_SECONDS = 15
SMALL_BODY = '{"symbol":"BTCUSDT","price":"67123.45000000","time":1720000000123,"source":"benchmark upstream"}'


def program(name: str) -> str:
    """Where Debian puts a program; /usr/sbin is not on everyone's path."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin") or ""


def raise_open_files() -> int:
    """The limit of open files as far as allowed, for this process and those that it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Server:
    """A running server. `close` stops it and waits until it is gone."""
    name: str
    port: int
    process: subprocess.Popen
    log: Path
    headers: dict[str, str] = field(default_factory=dict)  # that its callers must send

    @property
    def pids(self) -> list[int]:
        return process_cost.family(self.process.pid)

    def memory(self) -> int:
        return process_cost.resident_bytes(self.pids)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass
class Place:
    """Where servers run: a folder of their own each, a certificate, and the cores they may use."""
    folder: Path
    cores: dict[str, str] = field(default_factory=dict)  # role -> list for taskset

    def __post_init__(self) -> None:
        self.certificate, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run([program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-keyout", self.key, "-out", self.certificate],
                       check=True, capture_output=True)
        (self.folder / "both.pem").write_text(self.certificate.read_text() + self.key.read_text())

    def make(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder

    def start(self, name: str, port: int, command: list[str | Path], *, role: str = "proxy",
              environment: dict[str, str] | None = None) -> Server:
        pinned = ["taskset", "-c", self.cores[role]] if role in self.cores else []
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen([*pinned, *map(str, command)], stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT, cwd=self.folder,
                                       env={**os.environ, **(environment or {})})
        server = Server(name, port, process, log)
        deadline = time.monotonic() + START_SECONDS
        while not is_listening(port):
            if process.poll() is not None or time.monotonic() > deadline:
                server.close()
                raise RuntimeError(f"{name} did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.02)
        return server


# --- nginx -----------------------------------------------------------------------------------

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections 16384; }}
http {{
  access_log {access_log};
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/json;
  keepalive_requests 10000000;
  keepalive_timeout 1h;
  tcp_nodelay on;
{body}
}}
"""

UPSTREAM = """
  sendfile on;
  tcp_nopush on;
  open_file_cache max=16;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    root {folder}/files;
    location = /small {{ return 200 '{small}'; }}
    location = /post {{ return 200 '{small}'; }}
  }}
"""

PROXY = """
  upstream backend {{
    server 127.0.0.1:{upstream};
    keepalive 64;
    keepalive_requests 10000000;
    keepalive_timeout 1h;
  }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_buffers 16 16k;
  proxy_buffer_size 16k;
  proxy_max_temp_file_size 0;
  client_body_buffer_size 64k;
  server {{
    listen 127.0.0.1:{port} {tls} backlog=4096;
    {certificate}
    location / {{ proxy_pass http://backend; }}
  }}
"""


CACHING_PROXY = """
  proxy_cache_path {folder}/kept levels=1:2 keys_zone=kept:16m max_size=64m inactive=1h;
  upstream backend {{
    server 127.0.0.1:{upstream};
    keepalive 64;
  }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_cache kept;
  proxy_cache_valid 200 1h;
  proxy_cache_lock on;
  open_file_cache max=1000;
  add_header X-Cache-Status $upstream_cache_status;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://backend; }}
  }}
"""


def _nginx(place: Place, folder: Path, port: int, body: str, *, role: str,
           access_log: str = "off") -> Server:
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(
        folder=folder, body=body, access_log=access_log,
        user="user root;" if os.geteuid() == 0 else ""))
    return place.start(folder.name, port, [program("nginx"), "-p", folder, "-e",
                                           folder / "error.log", "-c", configuration], role=role)


def start_upstream(place: Place) -> Server:
    """Serves /small (about 100 bytes), /16k, /1m and takes POST /post."""
    folder, port = place.make("upstream"), free_port()
    (folder / "files").mkdir()
    (folder / "files" / "16k").write_bytes(os.urandom(16 << 10))
    (folder / "files" / "1m").write_bytes(os.urandom(1 << 20))
    body = UPSTREAM.format(port=port, folder=folder, small=SMALL_BODY)
    return _nginx(place, folder, port, body, role="upstream")


def start_nginx(place: Place, name: str, upstream: int, tls: bool, *, logged: bool = False) -> Server:
    port, folder = free_port(), place.make(name)
    certificate = f"ssl_certificate {place.certificate}; ssl_certificate_key {place.key};"
    body = PROXY.format(port=port, upstream=upstream, tls="ssl" if tls else "",
                        certificate=certificate if tls else "")
    log = f"{folder}/access.log combined buffer=64k flush=1s" if logged else "off"
    return _nginx(place, folder, port, body, role="proxy", access_log=log)


def start_nginx_with_log(place: Place, name: str, upstream: int, tls: bool) -> Server:
    return start_nginx(place, name, upstream, tls, logged=True)


def start_nginx_cache(place: Place, name: str, upstream: int) -> Server:
    """proxy_cache on disk, which stays in the page cache, with its files kept open."""
    port, folder = free_port(), place.make(name)
    body = CACHING_PROXY.format(port=port, upstream=upstream, folder=folder)
    return _nginx(place, folder, port, body, role="proxy")


# --- HAProxy ---------------------------------------------------------------------------------

HAPROXY = """
global
  nbthread 1
  maxconn 8000
defaults
  mode {mode}
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
  {reuse}
frontend callers
  bind 127.0.0.1:{port} backlog 4096 {tls}
  default_backend servers
backend servers
  server one 127.0.0.1:{upstream}
"""


def _haproxy(place: Place, name: str, upstream: int, tls: bool, mode: str) -> Server:
    port, folder = free_port(), place.make(name)
    configuration = folder / "haproxy.cfg"
    configuration.write_text(HAPROXY.format(
        mode=mode, port=port, upstream=upstream, reuse="http-reuse always" if mode == "http" else "",
        tls=f"ssl crt {place.folder / 'both.pem'}" if tls else ""))
    return place.start(name, port, [program("haproxy"), "-db", "-f", configuration])


def start_haproxy(place: Place, name: str, upstream: int, tls: bool) -> Server:
    return _haproxy(place, name, upstream, tls, "http")


def start_haproxy_tcp(place: Place, name: str, upstream: int, tls: bool) -> Server:
    return _haproxy(place, name, upstream, tls, "tcp")


# --- APIForge --------------------------------------------------------------------------------

DECLARATIVE = """\
version: 1
apis:
  - name: bench
    access: {{public: {public}}}
    upstream: {{endpoints: [{{url: "http://127.0.0.1:{upstream}"}}]}}
{more}"""


def _apiforge_environment(folder: Path, port: int) -> dict[str, str]:
    """One worker, with its log file and metrics on, as it is run."""
    return {"API_HOST": "127.0.0.1", "API_PORT": str(port), "WORKERS": "1", "ENV": "development",
            "DEBUG": "false", "LOG_LEVEL": "INFO", "LOG_FILE": str(folder / "calls.log"),
            "DATA_DIR": str(folder / "data"), "DEFAULT_RATE_LIMIT": "0",
            "ZMQ_PUBLISHER_PORT": "0", "ZMQ_SUBSCRIBER_PORT": "0",
            "UPSTREAM_ALLOW_CIDRS": "127.0.0.0/8"}


def start_apiforge_in(place: Place, folder: Path, port: int, upstream: int, *, tls: bool,
                    public: bool, more: str = "") -> Server:
    configuration = folder / "apiforge.yaml"
    configuration.write_text(DECLARATIVE.format(upstream=upstream, public=str(public).lower(),
                                                more=more))
    environment = _apiforge_environment(folder, port)
    if tls:
        environment |= {"TLS_CERT_FILE": str(place.certificate), "TLS_KEY_FILE": str(place.key)}
    return place.start(folder.name, port, [APIFORGE, "serve", "--config", configuration],
                       environment=environment)


def start_apiforge(place: Place, name: str, upstream: int, tls: bool) -> Server:
    return start_apiforge_in(place, place.make(name), free_port(), upstream, tls=tls, public=True)


def start_apiforge_cache(place: Place, name: str, upstream: int) -> Server:
    return start_apiforge_in(place, place.make(name), free_port(), upstream, tls=False, public=True,
                             more="    cache: {default_ttl_ms: 3600000}\n")


def make_api_key(folder: Path) -> str:
    """A key in the database of the gateway whose folder this is; it must not run yet."""
    def command(*words: str) -> str:
        return subprocess.run([APIFORGE, *words], cwd=folder, text=True, check=True, timeout=30,
                              capture_output=True, stdin=subprocess.DEVNULL,
                              env={**os.environ, **_apiforge_environment(folder, 0)}).stdout

    command("init", "--username", "bench")
    shown = command("key", "create", "--user", "bench", "--name", "load")
    return next(line for line in shown.splitlines() if line.startswith("key:")).split()[1]


def start_apiforge_with_key(place: Place, name: str, upstream: int, tls: bool) -> Server:
    folder = place.make(name)
    key = make_api_key(folder)
    server = start_apiforge_in(place, folder, free_port(), upstream, tls=tls, public=False)
    server.headers["X-API-Key"] = key
    return server


def _limit(name: str, **match: str) -> str:
    """Far above what a benchmark reaches: it is counted, and never refuses."""
    members = ", ".join(f'{member}: "{value}"' for member, value in match.items())
    return (f"  - {{name: {name}, match: {{{members}}}, "
            "limit: {unit: requests, amount: 900000000, per_ms: 1000}}\n")


LIMITS = ("quotas:\n" + _limit("all", api="bench") + _limit("each", key="*") +
          _limit("tenant", tenant="*", api="bench") +
          "circuit_breakers:\n  - {api: bench, slow_call_ms: 1000}\n")


def start_apiforge_with_limits(place: Place, name: str, upstream: int, tls: bool) -> Server:
    """A key, three limits and a circuit breaker."""
    folder = place.make(name)
    key = make_api_key(folder)
    server = start_apiforge_in(place, folder, free_port(), upstream, tls=tls, public=False,
                               more=LIMITS)
    server.headers["X-API-Key"] = key
    return server


@dataclass(frozen=True)
class Peer:
    name: str
    start: Callable[[Place, str, int, bool], Server]  # place, name, upstream port, TLS to the caller
    note: str
    prefix: str = ""  # of the path under which it serves the upstream

    @property
    def is_there(self) -> bool:
        name = self.name.split()[0]
        return APIFORGE.exists() if name == "apiforge" else bool(program(name))


PEERS = (
    Peer("nginx", start_nginx, "proxy_pass, one worker, keep-alive to the upstream, no access log"),
    Peer("nginx logged", start_nginx_with_log, "the same with a buffered access log"),
    Peer("haproxy", start_haproxy, "HTTP mode, one thread, http-reuse always, no log"),
    Peer("haproxy tcp", start_haproxy_tcp, "relays bytes: the bound for a proxy in user space"),
    Peer("apiforge", start_apiforge, "one worker, log file and metrics on", "/proxy/bench"),
    Peer("apiforge key", start_apiforge_with_key, "the same, and each call shows an API key",
         "/proxy/bench"),
    Peer("apiforge limits", start_apiforge_with_limits,
         "the same, under three limits and a circuit breaker", "/proxy/bench"),
)
