"""Calls the ASGI application in this process, as a server would, from a thread with its own loop."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import contextlib
import json
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from compliance.asgi import Application
from tests.support.factories import decision_body

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.json.get("errors", [])]


class Caller:
    """A started application, and a way to send it requests from a test's thread."""

    def __init__(self, key: str = "") -> None:
        self.application = Application()
        self.key = key
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def start(self) -> None:
        self._thread.start()
        self.run(self.application.point.start())

    def stop(self) -> None:
        self.run(self.application.point.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def post(self, body: Mapping[str, Any] | bytes | None = None, **headers: str) -> Response:
        """Post a decision request: the clean one, a given body, or raw bytes."""
        chunks = [self._bytes_of(body)]
        return self.run(self.request("POST", "/v1/decisions", chunks, headers))

    def decide(self, **changes: Any) -> Any:
        """Post the clean request with changes and return the answer's JSON."""
        response = self.post(decision_body(**changes))
        assert response.status == 201, response.body
        return response.json

    def get(self, path: str) -> Response:
        return self.run(self.request("GET", path, [b""], {}))

    async def request(
        self,
        method: str,
        path: str,
        chunks: Sequence[bytes],
        headers: Mapping[str, str],
        *,
        pause_s: float = 0.0,
        is_gone: bool = False,
    ) -> Response:
        """Send one request; the body comes in `chunks`, each after a pause.

        After the body the client stays and sends nothing; with `is_gone` it leaves there, too early.
        """
        waiting = list(chunks)
        sent: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            if waiting:
                await asyncio.sleep(pause_s)
                body = waiting.pop(0)
                return {"type": "http.request", "body": body, "more_body": bool(waiting) or is_gone}
            if not is_gone:
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": self._headers(chunks, headers),
        }
        await self.application(scope, receive, send)
        start = sent[0]
        names = {name.decode(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], names, b"".join(m.get("body", b"") for m in sent[1:]))

    def _headers(
        self, chunks: Sequence[bytes], given: Mapping[str, str]
    ) -> list[tuple[bytes, bytes]]:
        headers = {
            "host": "localhost",
            "content-type": "application/json",
            "content-length": str(sum(map(len, chunks))),
            "authorization": f"Bearer {self.key}",
        } | {name.replace("_", "-").lower(): value for name, value in given.items()}
        return [(name.encode(), value.encode()) for name, value in headers.items() if value]

    @staticmethod
    def _bytes_of(body: Mapping[str, Any] | bytes | None) -> bytes:
        if isinstance(body, bytes):
            return body
        return json.dumps(decision_body() if body is None else body).encode()


@contextlib.contextmanager
def running(key: str = "") -> Iterator[Caller]:
    """Yield a started application; it is stopped in order afterwards."""
    caller = Caller(key)
    caller.start()
    try:
        yield caller
    finally:
        caller.stop()
