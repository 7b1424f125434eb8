"""Gives staged entries their index: batch by batch, each in one transaction.

A batch moves rows from `StagedEntry` to `Entry`, stores the tiles that became full and swaps the
head. A process that dies at any point leaves all of that or nothing; what was integrated but not
published is published by the next pass. Several sequencers may run: they queue behind a lock, and
the compare-and-swap of the head holds even without it.
"""
# SPDX-License-Identifier: Apache-2.0

import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from compliance.core.errors import ComplianceError, ConflictError
from compliance.ledger.errors import LedgerInconsistentError
from compliance.ledger.locks import lock_log
from compliance.ledger.merkle import GrowingTree, leaf_hash
from compliance.ledger.models import Log, StagedEntry
from compliance.ledger.publication import publish_head, require_consistent_with_copy
from compliance.ledger.services import create_log
from compliance.ledger.storage import load_tree, store_tiles
from compliance.tenants.models import Psp

_logger = structlog.get_logger(__name__)

PASS_LIMIT: Final = 10_000
"""Most entries of one log that are sequenced before its checkpoint is published."""

_BATCH_LIMIT: Final = {"postgresql": 1_000, "sqlite": 250}
"""Entries in one transaction. SQLite's is short, since the decision writer waits meanwhile."""

_PAUSE_S: Final = {"postgresql": 0.0, "sqlite": 0.02}
"""Rest between two batches: whoever waits for SQLite's lock polls, so it needs a gap to get in."""

_ID_LIST: Final = {
    "postgresql": "SELECT unnest(%s::bigint[])",
    "sqlite": "SELECT value FROM json_each(%s)",
}
_INSERT: Final = (
    'INSERT INTO ledger_entry (psp_id, "index", kind, ref, body, leaf_hash, sequenced_at)'
    " SELECT psp_id, %s + row_number() OVER (ORDER BY id) - 1, kind, ref, body, leaf_hash, %s"
    " FROM ledger_stagedentry WHERE id IN ({ids}) ORDER BY id"
)
_DELETE: Final = "DELETE FROM ledger_stagedentry WHERE id IN ({ids})"


class _Batch(NamedTuple):
    """Staged entries in order: what to sequence, and whether that was all there is."""

    ids: list[int]
    leaf_hashes: list[bytes]
    last_id: int
    is_last: bool


def sequence_all(*, now: datetime) -> int:
    """Sequence and publish what waits in every log; return how many entries got their index.

    A log that cannot go on (lost key, contradiction) is reported and does not stop the others.
    """
    waiting = Exists(StagedEntry.objects.filter(psp=OuterRef("pk")))
    unpublished = Exists(Log.objects.filter(psp=OuterRef("pk"), published_size__lt=F("size")))
    count = 0
    for psp in Psp.objects.filter(Q(waiting) | Q(unpublished)).order_by("pk"):
        try:
            count += sequence_log(psp=psp, now=now)
        except ComplianceError as error:
            _logger.error("ledger_refused", psp=psp.ref, code=error.code, reason=str(error))  # noqa: TRY400 - the reason is the story, not the stack
    return count


def sequence_log(*, psp: Psp, now: datetime) -> int:
    """Sequence up to `PASS_LIMIT` staged entries of `psp` and publish the head.

    Returns how many entries got their index. The log and its key are made on first use. When
    this returns, everything that had been staged before (up to the limit) is published. Not to be
    called inside a transaction: what is signed must have been committed before.

    Raises:
        LedgerInconsistentError: if the log's tables contradict each other or what was signed.
        LogKeyError: if the signing key is missing or another one.
    """
    log = create_log(psp=psp, now=now)
    tree: GrowingTree | None = None
    count, after, is_last = 0, 0, False
    while not is_last and count < PASS_LIMIT:
        if after:
            time.sleep(_PAUSE_S[connection.vendor])
        with transaction.atomic(durable=True):
            lock_log(psp.pk)
            log.refresh_from_db()
            if tree is None or not _is_head(log, tree):
                require_consistent_with_copy(log)
                tree = load_tree(log)
            batch = _read_batch(psp, after=after)
            if batch.ids:
                _integrate(log, tree, batch, now=now)
        count, after, is_last = count + len(batch.ids), batch.last_id, batch.is_last
    publish_head(log_id=log.pk, now=now)
    return count


def _is_head(log: Log, tree: GrowingTree) -> bool:
    """Say whether the head is still what this pass made it."""
    return log.size == tree.size and bytes(log.root_hash) == tree.root()


def _read_batch(psp: Psp, *, after: int) -> _Batch:
    """Read the next staged entries in order of their id.

    PostgreSQL commits ids out of order: a lower one that appears later is taken by a later
    batch, since exactly the ids that were read are moved. An entry whose leaf hash is not that of
    its body is left where it is, and reported: it must not enter the log.
    """
    limit = _BATCH_LIMIT[connection.vendor]
    rows = StagedEntry.objects.filter(psp=psp, id__gt=after).order_by("id")[:limit]
    ids, hashes, last_id, read = [], [], after, 0
    for number, body, stated in rows.values_list("id", "body", "leaf_hash"):
        read, last_id = read + 1, number
        if leaf_hash(bytes(body)) == bytes(stated):
            ids.append(number)
            hashes.append(bytes(stated))
        else:
            _logger.error("ledger_staged_entry_refused", psp=psp.ref, staged_id=number)
    return _Batch(ids, hashes, last_id, is_last=read < limit)


def _integrate(log: Log, tree: GrowingTree, batch: _Batch, *, now: datetime) -> None:
    """Move the batch into the log: entries, full tiles, head.

    Raises:
        ConflictError: if somebody else moved the head or the rows meanwhile; all is undone.
        LedgerInconsistentError: if an index or a tile is taken that should be free.
    """
    first, root = tree.size, bytes(log.root_hash)
    try:
        _move(batch.ids, first=first, now=now)
        store_tiles(log.psp_id, tree.append(batch.leaf_hashes))
    except IntegrityError as error:
        raise LedgerInconsistentError(
            f"log `{log.origin}` has rows beyond its head at size {first}: {error}"
        ) from error
    # INVARIANT: compare-and-swap on size and root; a head never moves to another history.
    heads = Log.objects.filter(pk=log.pk, size=first, root_hash=root)
    if not heads.update(size=tree.size, root_hash=tree.root()):
        raise ConflictError(f"the head of log `{log.origin}` moved during a batch")


def _move(ids: Sequence[int], *, first: int, now: datetime) -> None:
    """Turn the staged rows `ids` into entries from index `first` on, inside the database."""
    vendor = connection.vendor
    listed = json.dumps(ids) if vendor == "sqlite" else list(ids)
    with connection.cursor() as cursor:
        at = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(_INSERT.format(ids=_ID_LIST[vendor]), [first, at, listed])
        inserted = cursor.rowcount
        cursor.execute(_DELETE.format(ids=_ID_LIST[vendor]), [listed])
        if not inserted == cursor.rowcount == len(ids):
            raise ConflictError("staged entries were taken by somebody else during a batch")
