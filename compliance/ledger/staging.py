"""Stages entries: in the caller's transaction, so that a fact and its ledger entry commit together."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import rfc8785

from compliance.ledger.errors import EntryNotCanonicalError, EntryTooLargeError
from compliance.ledger.merkle import leaf_hash
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import Psp

ENTRY_LIMIT: Final = 8 * 1024
"""Longest entry, in bytes; tiles could carry 65,535 (C2SP tlog-tiles)."""

STAGED_TABLE: Final = "ledger_stagedentry"
"""Table that the decision point's writer inserts into by raw SQL."""

STAGED_COLUMNS: Final = ("psp_id", "kind", "ref", "body", "leaf_hash", "staged_at")
"""The columns that such an insert names, in this order; `id` is the database's."""


def entry_bytes(body: Mapping[str, Any]) -> bytes:
    """Return the bytes that enter the log: canonical JSON (RFC 8785), at most `ENTRY_LIMIT`.

    `body` must hold no personal data and no unsalted hash of any: an entry is never erased.

    Raises:
        EntryNotCanonicalError: if a value has no canonical form (NaN, integers beyond 2^53).
        EntryTooLargeError: if the result is too long.
    """
    try:
        entry = rfc8785.dumps(dict(body))
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeEncodeError) as error:
        raise EntryNotCanonicalError(f"ledger entry: {error}") from error
    if len(entry) > ENTRY_LIMIT:
        raise EntryTooLargeError(len(entry), limit=ENTRY_LIMIT)
    return entry


def stage_json(*, psp: Psp, kind: str, ref: str, body: Mapping[str, Any], now: datetime) -> bytes:
    """Stage one entry in the caller's transaction and return its leaf hash (32 bytes).

    The entry gets its index when the sequencer comes by, within about a second.

    Raises:
        EntryNotCanonicalError: as `entry_bytes`.
        EntryTooLargeError: as `entry_bytes`.
    """
    entry = entry_bytes(body)
    hashed = leaf_hash(entry)
    StagedEntry.objects.create(
        psp=psp, kind=kind, ref=ref, body=entry, leaf_hash=hashed, staged_at=now
    )
    return hashed
