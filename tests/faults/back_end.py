"""A back-end that asks for decisions without pause, from several threads, and keeps what it was answered."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.support.factories import decision_body

THREATS = ((), ("hooks",), ("privilegedAccess",), ("devMode", "systemVPN"))


@dataclass(slots=True)
class BackEnd:
    """What came back: whole answers with 201, other statuses, and connections that broke."""

    port: int
    key: str
    answers: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    broken: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, count: int, *, within_s: float = 60) -> None:
        """Return once `count` decisions were answered."""
        deadline = time.monotonic() + within_s
        while len(self.answers) < count:
            assert time.monotonic() < deadline, f"only {len(self.answers)} answers"
            time.sleep(0.01)

    def ask(self, number: int) -> None:
        """Ask until told to stop; one connection at a time."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.stop.is_set():
            number += 1
            try:
                self._ask_once(connection, number)
            except (OSError, HTTPException):
                self.broken += 1
                connection.close()
                time.sleep(0.02)
        connection.close()

    def _ask_once(self, connection: HTTPConnection, number: int) -> None:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/decisions", json.dumps(_body(number)), headers)
        response = connection.getresponse()
        content = response.read()
        if response.status == 201:
            self.answers.append(json.loads(content))
        else:
            self.refusals.append(response.status)


def _body(number: int) -> dict[str, Any]:
    """Return a request with a transaction of its own."""
    threats = THREATS[number % len(THREATS)]
    item = decision_body()["evidence"][0]
    item["payload"] = {"threats": list(threats), "all_checks_finished": True}
    return decision_body(
        transaction={"ref": f"tx-{number}", "channel": "mobile-app", "method": "app-pin-push"},
        evidence=[item],
    )


@contextlib.contextmanager
def asking(port: int, key: str, *, threads: int = 8) -> Iterator[BackEnd]:
    """Run a back-end; it stops when the block ends."""
    back_end = BackEnd(port, key)
    running = [
        threading.Thread(target=back_end.ask, args=(1_000_000 * number,))
        for number in range(threads)
    ]
    for thread in running:
        thread.start()
    try:
        yield back_end
    finally:
        back_end.stop.set()
        for thread in running:
            thread.join()
