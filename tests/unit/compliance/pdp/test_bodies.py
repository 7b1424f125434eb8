"""A body that Django would write to the disk ends at its limit, announced or not."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from compliance.pdp.asgi_types import Message, Receive, Scope, Send
from compliance.pdp.bodies import answer_bounded

LIMIT = 100_000


class Exchange:
    """A client that sends a body of `parts` of 10,000 bytes, and an application that reads it all.

    The client stays after the body: whoever asks for more waits until it goes, here for ever.
    """

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.kept = 0
        self.is_aborted = False
        self.sent: list[Mapping[str, Any]] = []

    async def receive(self) -> Message:
        assert self.parts, "asked for more than the body"
        self.parts -= 1
        return {"type": "http.request", "body": bytes(10_000), "more_body": self.parts > 0}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def application(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.is_aborted = True
                return
            self.kept += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    def run(self, headers: list[tuple[bytes, bytes]]) -> tuple[int, dict[str, Any]]:
        scope = {"type": "http", "headers": headers}
        asyncio.run(
            answer_bounded(
                self.application, scope, self.receive, self.send, limit=LIMIT, request_id="r-1"
            )
        )
        return self.sent[0]["status"], json.loads(self.sent[1]["body"])


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"100000")]])
def test_the_limit_is_the_longest_body(headers: list[tuple[bytes, bytes]]) -> None:
    exchange = Exchange(10)

    assert exchange.run(headers)[0] == 200
    assert exchange.kept == LIMIT


@pytest.mark.parametrize("parts", [11, 500])
def test_a_body_without_a_length_ends_at_the_limit(parts: int) -> None:
    exchange = Exchange(parts)

    status, problem = exchange.run([])

    assert (status, problem["code"]) == (413, "body-too-large")
    assert str(LIMIT) in problem["detail"]
    assert exchange.is_aborted
    assert exchange.kept == LIMIT


@pytest.mark.parametrize("length", [b"100001", b"9" * 400, b"-1", b"much", b""])
def test_an_announced_length_is_looked_at_before_anything_is_read(length: bytes) -> None:
    exchange = Exchange(3)

    status, problem = exchange.run([(b"content-length", length)])

    assert (status, problem["code"]) == (413, "body-too-large")
    assert exchange.kept == 0
    assert not exchange.is_aborted


def test_a_body_longer_than_it_was_announced_ends_at_the_limit_too() -> None:
    exchange = Exchange(11)

    assert exchange.run([(b"content-length", b"10")])[0] == 413
    assert exchange.kept == LIMIT


def test_a_length_that_is_no_number_is_called_that() -> None:
    _, problem = Exchange(1).run([(b"content-length", b"1e3")])

    assert "not a number" in problem["detail"]
