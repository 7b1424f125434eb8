"""Group commit: decisions that arrive together become durable together, in one transaction.

One thread owns the connection. While it commits, requests queue; when it is done, it takes all that
queue as the next batch. So an idle service adds no wait, and a busy one pays one fsync for many.
"""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from compliance.decisions.claiming import SeenBeforeError
from compliance.decisions.errors import UnavailableError
from compliance.decisions.records import NewDecision
from compliance.decisions.stores import (
    Lost,
    RowsRefusedError,
    Store,
    StoreUnavailableError,
    default_store,
)

QUEUE_LIMIT: Final = 4_096
"""Decisions that may wait; over it the service says so at once."""

BATCH_LIMIT: Final = 512
WAIT_LIMIT_S: Final = 10.0
"""Longest that a request waits for its commit."""

_RETRY_S: Final = 0.2
_WATCH_S: Final = 0.25
_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A decision, and the request that waits for it."""

    decision: NewDecision
    future: "asyncio.Future[None]"
    since: float = field(default_factory=time.monotonic)


class DecisionWriter:
    """Makes decisions durable. Started and used on one event loop; writes on a thread of its own."""

    def __init__(
        self,
        open_store: Callable[[], Store] = default_store,
        *,
        queue_limit: int = QUEUE_LIMIT,
        wait_limit_s: float = WAIT_LIMIT_S,
    ) -> None:
        self._open_store = open_store
        self._queue_limit = queue_limit
        self._wait_limit_s = wait_limit_s
        self._arrived: list[_Waiting] = []
        self._queue: deque[_Waiting] = deque()
        self._in_flight: Sequence[_Waiting] = ()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="decision-writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._trouble = ""

    def start(self) -> None:
        """Start writing; called on the event loop that will submit."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        self._watch = self._loop.call_later(_WATCH_S, self._give_up_on_late)

    @property
    def trouble(self) -> str:
        """Why decisions cannot be made durable just now; empty when they can."""
        if not self._thread.is_alive():
            return "the writer has ended"
        return self._trouble

    def submit(self, decision: NewDecision) -> "asyncio.Future[None]":
        """Queue a decision; the future is done once it is durable.

        The future fails with `UnavailableError` when that takes too long, and with `SeenBeforeError`
        when the decision claims what another one claimed before: it is to be decided again then.

        Raises:
            UnavailableError: if too many wait, or the service stops.
        """
        if self._loop is None or self._stopping:
            raise UnavailableError("the service is stopping: ask another instance, or again soon")
        if len(self._queue) + len(self._arrived) >= self._queue_limit:
            raise UnavailableError("too many decisions wait to be stored: ask again soon")
        waiting = _Waiting(decision, self._loop.create_future())
        if not self._arrived:
            # After what the loop has to do now: requests that came together are handed over together.
            self._loop.call_soon(self._hand_over)
        self._arrived.append(waiting)
        return waiting.future

    def _hand_over(self) -> None:
        """Give what arrived to the thread."""
        with self._wake:
            self._queue.extend(self._arrived)
            self._wake.notify()
        self._arrived.clear()

    async def stop(self) -> None:
        """Write what was accepted, then end; called on the loop that started it."""
        self._hand_over()
        with self._wake:
            self._stopping = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join, self._wait_limit_s)
        if self._watch is not None:
            self._watch.cancel()
        _settle((*self._in_flight, *list(self._queue)), _stopped())

    def _run(self) -> None:
        """Write batch after batch until told to stop and nothing waits."""
        store = self._open_store()
        try:
            while batch := self._next_batch():
                self._in_flight = batch
                try:
                    self._write(store, batch)
                # The outermost edge of this thread: whatever went wrong, the next batch may be fine.
                except Exception as error:  # noqa: BLE001 - see above
                    _log.exception("batch_not_written", count=len(batch))
                    store.close()
                    self._tell(batch, error)
                self._in_flight = ()
        finally:
            store.close()

    def _next_batch(self) -> list[_Waiting]:
        """Return all that waits, as soon as something does; nothing when it is time to end."""
        with self._wake:
            while not self._queue and not self._stopping:
                self._wake.wait()
            size = min(len(self._queue), BATCH_LIMIT)
            return [self._queue.popleft() for _ in range(size)]

    def _write(self, store: Store, batch: list[_Waiting]) -> None:
        """Write a batch, whatever it takes, unless nobody waits for it any more."""
        in_doubt = False
        lost: Lost = {}
        while True:
            try:
                if in_doubt:
                    # Each by itself: what lost its claim was not stored with the others.
                    held = [each for each in batch if store.holds(each.decision)]
                    self._tell(held, None)
                    batch = [each for each in batch if each not in held]
                # Whoever gave up was told so: what is not stored yet need not be.
                batch = [each for each in batch if not each.future.done()]
                if batch:
                    lost = store.write([each.decision for each in batch])
            except StoreUnavailableError as error:
                self._note(str(error))
                store.close()
                if self._stopping and self._is_late(batch[0]):
                    self._tell(batch, _stopped())
                    return
                in_doubt = True
                time.sleep(_RETRY_S)
            except RowsRefusedError as error:
                self._refuse(store, batch, error)
                return
            else:
                self._note("")
                self._tell([each for each in batch if each.decision.ref not in lost], None)
                for each in batch:
                    if each.decision.ref in lost:
                        self._tell([each], SeenBeforeError(lost[each.decision.ref]))
                return

    def _refuse(self, store: Store, batch: list[_Waiting], error: RowsRefusedError) -> None:
        """Find the one decision that the database refuses; the others are innocent."""
        if len(batch) > 1:
            for each in batch:
                self._write(store, [each])
        elif self._is_stored_after_all(store, batch[0]):
            self._tell(batch, None)
        else:
            _log.error("decision_refused_by_database", ref=batch[0].decision.ref, reason=str(error))
            self._tell(batch, error)

    def _is_stored_after_all(self, store: Store, waiting: _Waiting) -> bool:
        """Return whether a commit whose connection was lost arrived while it was tried again."""
        try:
            return store.holds(waiting.decision)
        except StoreUnavailableError:
            return False

    def _tell(self, batch: list[_Waiting], error: Exception | None) -> None:
        """Wake the requests that wait, all in one call into their loop."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, batch, error)

    def _note(self, trouble: str) -> None:
        """Remember and log a change between working and not."""
        if bool(trouble) != bool(self._trouble):
            event = "decision_store_lost" if trouble else "decision_store_found_again"
            _log.warning(event, reason=trouble)
        self._trouble = trouble

    def _is_late(self, waiting: _Waiting) -> bool:
        """Return whether a request has waited for longer than it should."""
        return time.monotonic() - waiting.since > self._wait_limit_s

    def _give_up_on_late(self) -> None:
        """Fail the requests that waited too long, without knowing whether they will be stored."""
        late = UnavailableError("the decision could not be stored in time: ask again")
        for each in (*self._in_flight, *list(self._queue)):
            if not self._is_late(each):
                break
            _settle([each], late)
        if self._loop is not None and not self._stopping:
            self._watch = self._loop.call_later(_WATCH_S, self._give_up_on_late)


def _stopped() -> UnavailableError:
    """Return what whoever still waits is told at the end."""
    return UnavailableError("the service has stopped")


def _settle(batch: Sequence[_Waiting], error: Exception | None) -> None:
    """Answer the requests that still wait."""
    for each in batch:
        if each.future.done():
            continue
        if error is None:
            each.future.set_result(None)
        else:
            each.future.set_exception(error)
