"""Requests and answers over ASGI: bounded reading, JSON, problem documents."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

import msgspec

from compliance.core.errors import ComplianceError
from compliance.core.problems import MEDIA_TYPE, STATUS_OF, FieldProblem, problem_document
from compliance.decisions.errors import RefusedRequestError
from compliance.decisions.wire import BODY_LIMIT
from compliance.pdp.asgi_types import Message, Receive, Send

Headers = list[tuple[bytes, bytes]]
_JSON: Final = b"application/json"
_DISCARDED: Final = 16 * 1024 * 1024
_encode: Final = msgspec.json.encode


class DisconnectedError(Exception):
    """The client went away before the request was complete; nobody waits for an answer."""


class BodyTooLargeError(ComplianceError):
    """The body is longer than one request may be (`limit`, in bytes), or does not say how long."""

    code = "body-too-large"

    def __init__(self, limit: int = BODY_LIMIT, *, detail: str = "") -> None:
        super().__init__(detail or f"the body is larger than {limit} bytes")


class UnsupportedMediaTypeError(ComplianceError):
    """The body is not in the form that is read here."""

    code = "unsupported-media-type"


class Answer(msgspec.Struct, frozen=True):
    """A whole answer: status, body, and headers beside the content's type and length."""

    status: int
    body: bytes
    headers: Headers
    media_type: bytes = _JSON


def require_json(headers: dict[bytes, bytes]) -> None:
    """Do nothing if the body is said to be plain JSON.

    Raises:
        UnsupportedMediaTypeError: if it is something else, or compressed.
    """
    content_type = headers.get(b"content-type", b"")
    if content_type != _JSON:
        media_type, _, parameters = content_type.lower().partition(b";")
        parameter = parameters.replace(b'"', b"").strip()
        if media_type.strip() != _JSON or parameter not in {b"", b"charset=utf-8"}:
            raise UnsupportedMediaTypeError("send `Content-Type: application/json` (UTF-8)")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise UnsupportedMediaTypeError("send the body as it is, without Content-Encoding")


def require_announced(headers: dict[bytes, bytes], *, limit: int) -> None:
    """Do nothing if the announced length of the body, where there is one, is at most `limit` bytes.

    Raises:
        BodyTooLargeError: if it is more, or no number.
    """
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit():
        raise BodyTooLargeError(detail="the Content-Length is not a number of bytes")
    if len(announced) > 18 or int(announced) > limit:
        raise BodyTooLargeError(limit)


class Incoming:
    """What the server hands over of a request, and whether all of it has come (`is_over`).

    After the end a server has nothing to hand over until the client goes: asking again waits for that.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_over = False

    async def receive(self) -> Message:
        """Return the next message."""
        message = await self._receive()
        self.is_over = not message.get("more_body", False)
        return message

    async def discard(self) -> None:
        """Read what is left of a refused body and keep none of it, so that the refusal can be read.

        A server that closes on a client that still sends cuts its own answer off.
        """
        seen = 0
        while seen < _DISCARDED and not self.is_over:
            seen += len((await self.receive()).get("body", b""))


async def read_body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """Return the body, of at most `BODY_LIMIT` bytes.

    A longer one is refused before more of it is kept: at once where its length is announced.

    Raises:
        BodyTooLargeError: if it is longer.
        DisconnectedError: if the client goes away.
    """
    require_announced(headers, limit=BODY_LIMIT)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise DisconnectedError
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise BodyTooLargeError
        if not message.get("more_body", False):
            return bytes(body)


async def send_answer(send: Send, answer: Answer, request_id: str) -> None:
    """Send a whole answer."""
    length = str(len(answer.body)).encode()
    headers = [
        (b"content-type", answer.media_type),
        (b"content-length", length),
        (b"x-request-id", request_id.encode()),
        (b"cache-control", b"no-store"),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def json_answer(status: int, value: object, headers: Headers | None = None) -> Answer:
    """Return an answer of JSON."""
    return Answer(status, _encode(value), headers or [])


def problem_answer(error: ComplianceError) -> Answer:
    """Return the problem document of a domain error, with the headers that its status wants."""
    problems = error.problems if isinstance(error, RefusedRequestError) else ()
    return problem(error.code, str(error), problems)


def problem(code: str, detail: str, problems: Iterable[FieldProblem] = ()) -> Answer:
    """Return a problem document, with the headers that its status wants."""
    status = STATUS_OF[code]
    headers: Headers = []
    if status is HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b'Bearer realm="ninefold"'))
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"1"))
    body = _encode(problem_document(code, detail, problems))
    return Answer(int(status), body, headers, MEDIA_TYPE.encode())
