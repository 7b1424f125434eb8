"""A back-end's side of the REST interface, as small as a PSP would write it."""
# SPDX-License-Identifier: Apache-2.0

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


class RefusedError(Exception):
    """The service answered with a problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail', problem)}")
        self.status = status
        self.problem = problem


@dataclass(slots=True, kw_only=True)
class Client:
    """One kept connection with one API key. Not thread-safe: each thread has its own."""

    host: str
    port: int
    api_key: str
    _connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send `body` and return the answer.

        Raises:
            RefusedError: if the answer is not a success.
        """
        answer: dict[str, Any] = json.loads(self._call("POST", path, json.dumps(body).encode()))
        return answer

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return the JSON at `path`.

        Raises:
            RefusedError: if the answer is not a success.
        """
        answer: dict[str, Any] = json.loads(self.download(path, **query))
        return answer

    def download(self, path: str, **query: str) -> bytes:
        """Return the bytes at `path`.

        Raises:
            RefusedError: if the answer is not a success.
        """
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        """Send one request over the kept connection."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.api_key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RefusedError(response.status, _problem(content))
        return content


def _problem(content: bytes) -> dict[str, Any]:
    """Return the problem document, or something like one."""
    try:
        problem = json.loads(content)
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": content[:200].decode("latin-1")}
