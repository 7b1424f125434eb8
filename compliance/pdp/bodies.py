"""Bounds the bodies that Django reads: it writes each whole to the disk before any view is asked."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from compliance.pdp.asgi_types import Application, Message, Receive, Scope, Send
from compliance.pdp.http import (
    BodyTooLargeError,
    Incoming,
    problem_answer,
    require_announced,
    send_answer,
)

_GONE: Final[Message] = {"type": "http.disconnect"}


class BoundedBody:
    """A request's body behind a counter; for its reader the client is gone once it is too long."""

    def __init__(self, receive: Receive, *, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0

    @property
    def is_too_long(self) -> bool:
        """Whether more came than the limit, in bytes."""
        return self._seen > self._limit

    async def receive(self) -> Message:
        """Return the next part of the body, or that nothing more comes."""
        message = _GONE if self.is_too_long else await self._receive()
        self._seen += len(message.get("body", b""))
        return _GONE if self._seen > self._limit else message


class UnreadBody:
    """A request as if it had no body, for an application that refuses it by its announced length."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_told = False

    async def receive(self) -> Message:
        """Return an empty body, then what follows the real one: that the client is gone."""
        if not self._is_told:
            self._is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await self._receive())["type"] == "http.request":
            pass
        return message


async def answer_bounded(
    application: Application,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    limit: int,
    request_id: str,
    is_page: bool = False,
) -> None:
    """Have `application` answer, unless the body is longer than `limit` bytes: then refuse it.

    An announced length is looked at first, and nothing of such a body is kept; a page
    (`is_page`) refuses it itself, by the same length, in words for the person who waits for it.
    A longer body that comes without one ends for the application as if the client had gone: it
    must not have begun to answer before the body's end.
    """
    incoming = Incoming(receive)
    body = BoundedBody(incoming.receive, limit=limit)
    refusal: BodyTooLargeError | None = None
    try:
        require_announced(dict(scope["headers"]), limit=limit)
    except BodyTooLargeError as error:
        if is_page:
            await incoming.discard()
            await application(scope, UnreadBody(incoming.receive).receive, send)
            return
        refusal = error
    else:
        await application(scope, body.receive, send)
    if body.is_too_long:
        refusal = BodyTooLargeError(limit)
    if refusal is not None:
        # The rest is thrown away first, so that the refusal can be read.
        await incoming.discard()
        await send_answer(send, problem_answer(refusal), request_id)
