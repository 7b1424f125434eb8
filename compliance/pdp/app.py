"""The decision point: `POST /v1/decisions` as a small ASGI application of its own."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from random import getrandbits
from typing import Final

import msgspec
import structlog

from compliance.core.errors import ComplianceError
from compliance.core.middleware import request_id_from
from compliance.decisions.claiming import SeenBeforeError
from compliance.decisions.contexts import DecisionContext
from compliance.decisions.deciding import decide_request
from compliance.decisions.errors import UnavailableError
from compliance.decisions.records import record_of
from compliance.decisions.wire import DecisionAnswer, DecisionRequest, read_request
from compliance.decisions.writer import WAIT_LIMIT_S, DecisionWriter
from compliance.pdp.asgi_types import Receive, Scope, Send
from compliance.pdp.caches import Caches
from compliance.pdp.http import (
    Answer,
    DisconnectedError,
    Incoming,
    problem,
    problem_answer,
    read_body,
    require_json,
    send_answer,
)
from compliance.pdp.keys import Caller

PATH: Final = "/v1/decisions"
_SCOPE: Final = "decide"
_DRAIN_S: Final = 2.0
_CREATED: Final = int(HTTPStatus.CREATED)
_encode: Final = msgspec.json.encode
_log = structlog.get_logger(__name__)


class DecisionPoint:
    """One process's decision point: its caches, its writer, and the requests that it is answering.

    Started by the server's lifespan event, or by the first request where the server has none.
    """

    def __init__(self, *, context_limit_s: float = WAIT_LIMIT_S) -> None:
        self._context_limit_s = context_limit_s
        self.caches = Caches()
        self.writer = DecisionWriter()
        self._answering = 0
        self._idle: asyncio.Event | None = None
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the caches and the writer, once; requests that come meanwhile wait for it."""
        if self._starting is None:
            self._idle = asyncio.Event()
            self._idle.set()
            self.writer.start()
            self._starting = asyncio.create_task(self.caches.start())
        await asyncio.shield(self._starting)

    async def stop(self) -> None:
        """Answer what was accepted, then stop.

        A server sends this once it has answered everybody who still listens, so little is left.
        """
        if self._starting is None or self._idle is None:
            return
        try:
            await asyncio.wait_for(self._idle.wait(), _DRAIN_S)
        except TimeoutError:
            _log.warning("stopped_with_requests_unanswered", count=self._answering)
        await self.writer.stop()
        await self.caches.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._starting is None or not self._starting.done():
            await self.start()
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        incoming = Incoming(receive)
        self._enter()
        try:
            answer = await self._answer(headers, incoming, request_id)
        except DisconnectedError:
            return
        finally:
            # What follows is the server's business: it may never end where the client is gone.
            self._leave()
        await incoming.discard()
        await send_answer(send, answer, request_id)

    async def _answer(
        self, headers: dict[bytes, bytes], incoming: Incoming, request_id: str
    ) -> Answer:
        """Return the answer, whatever happens; of a refused body the rest may still be to come."""
        try:
            authorization = headers.get(b"authorization", b"").decode("latin-1")
            caller = self.caches.keys.caller_of(authorization, scope=_SCOPE, now=_now())
            require_json(headers)
            body = await read_body(headers, incoming.receive)
            return await self._decide(body, caller)
        except ComplianceError as error:
            return problem_answer(error)
        except DisconnectedError:
            raise
        except Exception:  # noqa: BLE001 - the outermost edge
            _log.exception("decision_failed", request_id=request_id)
            return problem("internal-error", "something went wrong on our side")

    async def _decide(self, body: bytes, caller: Caller) -> Answer:
        """Return the decision on `body`, once it is durable."""
        request = read_request(body)
        context = await self._context_of(caller)
        answer = await self._durable(request, context)
        location = f"{PATH}/{answer.ref}".encode()
        return Answer(_CREATED, _encode(answer), [(b"location", location)])

    async def _durable(self, request: DecisionRequest, context: DecisionContext) -> DecisionAnswer:
        """Return the answer once its decision is durable.

        Whether evidence was seen before, only the commit can tell; then it is decided again. Each
        time something is known that was not, so that this ends.
        """
        seen: frozenset[str] = frozenset()
        while True:
            # Only now: a body or a database that takes its time must not date the decision back.
            decided = decide_request(request, context=context, now=_now(), seen=seen)
            rows, answer = record_of(request, decided, context=context)
            try:
                await self.writer.submit(rows)
            except SeenBeforeError as error:
                seen |= error.digests
            else:
                return answer

    async def _context_of(self, caller: Caller) -> DecisionContext:
        """Return what the PSP's decisions rest on, if it is read in time."""
        future = self.caches.context_of(caller.psp)
        if future.done():
            return future.result()
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._context_limit_s)
        except TimeoutError as error:
            raise UnavailableError(
                "what decisions rest on could not be read in time: ask again"
            ) from error

    def _enter(self) -> None:
        """Count a request whose answer must be ready before we stop."""
        self._answering += 1
        if self._idle is not None:
            self._idle.clear()

    def _leave(self) -> None:
        """Count an answer that is ready."""
        self._answering -= 1
        if self._answering == 0 and self._idle is not None:
            self._idle.set()


def _request_id(headers: dict[bytes, bytes]) -> str:
    """Return the caller's id if it is sane, else a new one; it names a request and guards nothing."""
    given = headers.get(b"x-request-id")
    if given is None:
        return f"{getrandbits(128):032x}"
    return request_id_from(given.decode("latin-1"))


def _now() -> datetime:
    """Return the time, in whole milliseconds, as every answer shows that of its decision."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
