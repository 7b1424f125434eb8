"""Whether the ledger tells of every record that is gone: one that was removed quietly shows."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Final, NamedTuple

from django.db.models import Exists, OuterRef

from compliance.decisions.models import Decision, DecisionRecord, Erasure
from compliance.ledger.models import Entry, StagedEntry
from compliance.tenants.models import Psp

_CHUNK: Final = 500


class Gone(NamedTuple):
    """How many decisions have no record, and how many records the ledger says were erased."""

    missing: int
    told: int

    @property
    def is_accounted_for(self) -> bool:
        """Whether there is an entry for everything that is gone, and nothing more."""
        return self.missing == self.told


def records_gone(psp: Psp) -> Gone:
    """Return what of the PSP's records is gone, and what the ledger tells of it.

    Which entry is about which decision cannot be told, and shall not be. Counted again where the two
    differ, as records may be erased between the two counts.
    """
    gone = _count(psp)
    return gone if gone.is_accounted_for else _count(psp)


def _count(psp: Psp) -> Gone:
    """Count once."""
    told = _told(psp)
    record = DecisionRecord.objects.filter(psp=psp, decision_ref=OuterRef("ref"))
    return Gone(Decision.objects.filter(~Exists(record), psp=psp).count(), told)


def _told(psp: Psp) -> int:
    """Return how many erased records the entries themselves speak of, whatever the rows say."""
    hashes = Erasure.objects.filter(psp=psp).order_by("pk").values_list("leaf_hash", flat=True)
    told, chunk = 0, list[bytes]()
    for leaf_hash in hashes.iterator(chunk_size=_CHUNK):
        chunk.append(bytes(leaf_hash))
        if len(chunk) == _CHUNK:
            told += _told_by(psp, chunk)
            chunk = []
    return told + _told_by(psp, chunk)


def _told_by(psp: Psp, leaf_hashes: list[bytes]) -> int:
    """Return how many records some entries speak of."""
    wanted = {"psp": psp, "kind": "erased", "leaf_hash__in": leaf_hashes}
    # Staged first, then sequenced: looked for in this order, an entry cannot slip between.
    bodies = {
        bytes(leaf_hash): bytes(body)
        for model in (StagedEntry, Entry)
        for leaf_hash, body in model.objects.filter(**wanted).values_list("leaf_hash", "body")
    }
    return sum(json.loads(body)["records"] for body in bodies.values())
