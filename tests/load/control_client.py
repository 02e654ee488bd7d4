"""The control API as load tests use it: JSON requests over one connection."""
import json
from dataclasses import dataclass

from callers import HttpConnection, Reply

ADMIN = "load-test-admin"
ADMIN_PASSWORD = "forty-two sheep on a hill"
ADMIN_SETTINGS = {"ADMIN_USERNAME": ADMIN, "ADMIN_PASSWORD": ADMIN_PASSWORD}


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict


def request(method: str, path: str, body: object = None, credential: str = "",
            forwarded_for: str = "") -> bytes:
    text = "" if body is None else json.dumps(body)
    fields = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if forwarded_for:
        fields.append(f"X-Forwarded-For: {forwarded_for}")
    if credential:
        fields.append(f"Authorization: Bearer {credential}")
    if body is not None:
        fields += ["Content-Type: application/json", f"Content-Length: {len(text)}"]
    return ("\r\n".join(fields) + "\r\n\r\n" + text).encode()


class ControlClient:
    """`close` it. Raises ConnectionError or TimeoutError when no whole reply comes."""

    def __init__(self, connection: HttpConnection, credential: str = ""):
        self._connection = connection
        self.credential = credential
        self.forwarded_for = ""  # the address that a trusted proxy would tell

    @staticmethod
    async def open(port: int, credential: str = "") -> "ControlClient":
        return ControlClient(await HttpConnection.open(port), credential)

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """`path` is below `/api/v1/auth`, unless it begins with `/api/`."""
        target = path if path.startswith("/api/") else f"/api/v1/auth{path}"
        reply = await self.send(request(method, target, body, self.credential, self.forwarded_for))
        return Answer(reply.status, json.loads(reply.body) if reply.body else {})

    async def send(self, whole_request: bytes) -> Reply:
        """For requests and replies whose JSON would keep this process busy."""
        return await self._connection.ask(whole_request)

    async def log_in(self, username: str = ADMIN, password: str = ADMIN_PASSWORD) -> Answer:
        """On success the client goes on with the access token."""
        answer = await self.ask("POST", "/login", {"username": username, "password": password})
        if answer.status == 200:
            self.credential = answer.body["access_token"]
        return answer

    async def create_key(self, name: str, scopes: list[str]) -> Answer:
        return await self.ask("POST", "/api-keys", {"name": name, "scopes": scopes})

    def close(self) -> None:
        self._connection.close()
