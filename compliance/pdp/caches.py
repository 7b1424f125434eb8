"""What the hot path keeps in memory: keys, and what decisions rest on.

It is older than a second only where the database does not answer, and then no older than `STALE_S`.
One thread reads the revision row every half second and drops everything when it has moved. It also
reads what is missing, so that the event loop never waits for the database.
"""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog
from django.db import Error as AnyDatabaseError
from django.db import connection

from compliance.core.errors import ComplianceError
from compliance.core.revisions import current_revision
from compliance.decisions.contexts import DecisionContext, load_context
from compliance.decisions.errors import UnavailableError
from compliance.pdp.keys import KeyRing, load_keys
from compliance.tenants.models import Psp

POLL_S: Final = 0.5
STALE_S: Final = 5.0
"""After this long without word from the database nobody is let in: a key may have been revoked."""

_FIRST_LOAD_S: Final = 10.0
_STOP_LIMIT_S: Final = 10.0
"""Longest that a reading may hold up the end."""

_log = structlog.get_logger(__name__)


class Caches:
    """Keys and contexts of this process. Started and used on one event loop."""

    def __init__(self, *, stop_limit_s: float = _STOP_LIMIT_S) -> None:
        self._stop_limit_s = stop_limit_s
        self._keys = KeyRing({})
        self._contexts: dict[int, asyncio.Future[DecisionContext]] = {}
        self._revision: int | None = None
        self._checked_at = float("-inf")
        self._wanted: deque[tuple[Psp, asyncio.Future[DecisionContext]]] = deque()
        self._unread: set[asyncio.Future[DecisionContext]] = set()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="decision-caches", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._first_load = threading.Event()

    async def start(self) -> None:
        """Start reading; returns when the first reading is done, or has failed for long enough."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        await asyncio.to_thread(self._first_load.wait, _FIRST_LOAD_S)

    async def stop(self) -> None:
        """Stop reading and close the connection; whoever still waits is told so."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join, self._stop_limit_s)
        for future in tuple(self._unread):
            _fail(future, UnavailableError("the service has stopped"))

    @property
    def trouble(self) -> str:
        """Why the caches cannot be trusted just now; empty when they can."""
        if self._thread.ident is not None and not self._thread.is_alive():
            return "the thread that reads from the database has ended"
        if self._revision is None:
            return "nothing has been read from the database yet"
        age = time.monotonic() - self._checked_at
        return f"the database was last heard of {age:.0f} s ago" if age > STALE_S else ""

    @property
    def keys(self) -> KeyRing:
        """The usable keys.

        Raises:
            UnavailableError: if nobody can say any more which keys are.
        """
        if self._revision is None or time.monotonic() - self._checked_at > STALE_S:
            raise UnavailableError("the service has lost its database: ask again soon")
        return self._keys

    def context_of(self, psp: Psp) -> "asyncio.Future[DecisionContext]":
        """Return what decisions of `psp` rest on; requests that ask together share one reading."""
        known = self._contexts.get(psp.pk)
        if known is not None and not (known.done() and _has_failed(known)):
            return known
        if self._loop is None or self._stopping:
            raise UnavailableError(
                "the service is not running: ask another instance, or again soon"
            )
        future: asyncio.Future[DecisionContext] = self._loop.create_future()
        self._unread.add(future)
        future.add_done_callback(self._unread.discard)
        self._contexts[psp.pk] = future
        with self._wake:
            self._wanted.append((psp, future))
            self._wake.notify()
        return future

    def _run(self) -> None:
        """Poll, and read what is wanted, until told to stop."""
        try:
            while not self._stopping:
                self._poll()
                self._first_load.set()
                next_poll = time.monotonic() + POLL_S
                while (wait := next_poll - time.monotonic()) > 0 and not self._stopping:
                    self._serve(wait)
        finally:
            connection.close()

    def _serve(self, wait_s: float) -> None:
        """Wait for at most `wait_s` until something is wanted, and read it."""
        with self._wake:
            if not self._wanted:
                self._wake.wait(wait_s)
            wanted = list(self._wanted)
            self._wanted.clear()
        for psp, future in wanted:
            self._load(psp, future)

    def _poll(self) -> None:
        """Read the revision; when it has moved, read the keys and forget the contexts."""
        try:
            revision = current_revision()
            if revision != self._revision:
                keys = load_keys(now=datetime.now(UTC))
                self._tell(self._replace, keys, revision)
            else:
                self._checked_at = time.monotonic()
        except AnyDatabaseError as error:
            _log.warning("caches_not_refreshed", reason=str(error))
            connection.close()
        # The outermost edge of this thread: the next poll may be fine.
        except Exception:  # noqa: BLE001 - see above
            _log.exception("caches_not_readable")
            connection.close()

    def _replace(self, keys: KeyRing, revision: int) -> None:
        """Take over what was read, at once; runs on the event loop."""
        self._keys = keys
        self._contexts = {}
        self._revision = revision
        self._checked_at = time.monotonic()

    def _load(self, psp: Psp, future: "asyncio.Future[DecisionContext]") -> None:
        """Read one PSP's context for those who wait for it."""
        try:
            context = load_context(psp, now=datetime.now(UTC))
        except AnyDatabaseError as error:
            _log.warning("context_not_read", psp=psp.ref, reason=str(error))
            connection.close()
            self._tell(_fail, future, UnavailableError("the service has lost its database"))
        # The outermost edge of this thread: one PSP's rows must not stop the others.
        except Exception:  # noqa: BLE001 - see above
            _log.exception("context_not_readable", psp=psp.ref)
            self._tell(_fail, future, UnavailableError("what decisions rest on cannot be read"))
        else:
            self._tell(_fulfil, future, context)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        """Have the event loop call back."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)


def _fulfil(future: "asyncio.Future[DecisionContext]", context: DecisionContext) -> None:
    """Hand out what was read."""
    if not future.done():
        future.set_result(context)


def _fail(future: "asyncio.Future[DecisionContext]", error: ComplianceError) -> None:
    """Say that it could not be read; the next request tries again."""
    if not future.done():
        future.set_exception(error)


def _has_failed(future: "asyncio.Future[DecisionContext]") -> bool:
    """Return whether a finished reading is of no use."""
    return future.cancelled() or future.exception() is not None
