"""Bodies are read within bounds, answers carry what their status wants."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from compliance.core.errors import NotFoundError
from compliance.core.problems import STATUS_OF
from compliance.decisions.errors import RefusedRequestError, UnavailableError
from compliance.decisions.wire import BODY_LIMIT
from compliance.pdp.asgi_types import Receive
from compliance.pdp.http import (
    BodyTooLargeError,
    DisconnectedError,
    Incoming,
    UnsupportedMediaTypeError,
    problem_answer,
    read_body,
    require_json,
)
from compliance.pdp.keys import ScopeTooSmallError, UnauthenticatedError


class Client:
    """Sends a body in parts and counts how many were asked for.

    It stays after the body: whoever asks for more waits until it goes, here for ever.
    """

    def __init__(self, parts: Sequence[bytes], *, goes_away: bool = False) -> None:
        self.parts = list(parts)
        self.goes_away = goes_away
        self.asked = 0

    async def receive(self) -> Mapping[str, Any]:
        self.asked += 1
        if not self.parts:
            assert self.goes_away, "asked for more than the body"
            return {"type": "http.disconnect"}
        part = self.parts.pop(0)
        return {
            "type": "http.request",
            "body": part,
            "more_body": bool(self.parts) or self.goes_away,
        }


def read(receive: Receive, headers: dict[bytes, bytes] | None = None) -> bytes:
    return asyncio.run(read_body(headers or {}, receive))


def test_parts_are_put_together() -> None:
    assert read(Client([b"{", b'"a"', b": 1}"]).receive) == b'{"a": 1}'


def test_the_limit_is_the_longest_body() -> None:
    assert len(read(Client([b" " * (BODY_LIMIT - 1), b" "]).receive)) == BODY_LIMIT
    with pytest.raises(BodyTooLargeError):
        read(Client([b" " * BODY_LIMIT, b" "]).receive)


def test_no_more_is_read_than_shows_that_it_is_too_long() -> None:
    client = Client([b" " * 65_536] * 100)

    with pytest.raises(BodyTooLargeError):
        read(client.receive)

    assert client.asked == BODY_LIMIT // 65_536 + 1


@pytest.mark.parametrize("length", [b"262145", b"1e3", b"-5", b"", b"9" * 5000])
def test_an_announced_length_is_looked_at_first(length: bytes) -> None:
    client = Client([b"{}"])

    with pytest.raises(BodyTooLargeError):
        read(client.receive, {b"content-length": length})

    assert client.asked == 0


def test_a_client_that_goes_away_is_noticed() -> None:
    with pytest.raises(DisconnectedError):
        read(Client([b"{"], goes_away=True).receive)


def test_discarding_ends_with_the_body_or_at_its_own_bound() -> None:
    short, endless = Client([b"x"] * 3), Client([b" " * 1_000_000] * 100)

    asyncio.run(Incoming(short.receive).discard())
    asyncio.run(Incoming(endless.receive).discard())

    assert short.asked == 3
    assert endless.asked == 17


@pytest.mark.parametrize("goes_away", [False, True])
def test_nothing_is_discarded_after_the_end(*, goes_away: bool) -> None:
    client = Client([b"{}"], goes_away=goes_away)
    incoming = Incoming(client.receive)

    with contextlib.suppress(DisconnectedError):
        asyncio.run(read_body({}, incoming.receive))
    asked = client.asked
    asyncio.run(incoming.discard())

    assert incoming.is_over
    assert client.asked == asked


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"Application/JSON",
        b"application/json;charset=utf-8",
        b'application/json; charset="UTF-8"',
    ],
)
def test_json_is_taken(content_type: bytes) -> None:
    require_json({b"content-type": content_type})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"content-type": b"text/json"},
        {b"content-type": b"application/json; charset=utf-16"},
        {b"content-type": b"application/json", b"content-encoding": b"gzip"},
    ],
)
def test_anything_else_is_not(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        require_json(headers)


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (UnauthenticatedError(), 401, (b"www-authenticate", b'Bearer realm="ninefold"')),
        (UnavailableError("later"), 503, (b"retry-after", b"1")),
        (ScopeTooSmallError("decide"), 403, None),
        (BodyTooLargeError(), 413, None),
        (NotFoundError("decision", "dec_1"), 404, None),
        (RefusedRequestError("no"), 400, None),
    ],
)
def test_a_problem_has_its_status_and_headers(
    error: Any, status: int, header: tuple[bytes, bytes] | None
) -> None:
    answer = problem_answer(error)

    assert answer.status == status == STATUS_OF[error.code]
    assert answer.headers == ([header] if header else [])
    assert json.loads(answer.body)["code"] == error.code
