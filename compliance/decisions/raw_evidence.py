"""Keeps raw evidence, where the PSP says so, in the transaction that makes its decision durable.

The data key of a subject is made by whoever stores something of theirs first; of processes that make one at once
the database lets one through, and the others use it. It is locked until the commit, so that an
erasure destroys either all that it covers or waits: nothing is left under a key that is gone unnoticed.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from compliance.core.refs import new_ref
from compliance.decisions.claiming import Execute
from compliance.decisions.keeping import Keeping
from compliance.decisions.wire import EvidenceItem
from compliance.evidence.data_keys import encrypt, new_data_key, unwrap, wrap

KEY_TABLE: Final = "decisions_subjectkey"
RAW_TABLE: Final = "decisions_rawevidence"
RAW_COLUMNS: Final = ("psp_id", "decision_ref", "position", "key_ref", "sealed")

_TRIES: Final = 5
_SORTED: Final = msgspec.json.Encoder(order="sorted")

RawRow = tuple[int, str, int, str, bytes]


class SubjectKeyError(Exception):
    """A data key was made and destroyed again and again while one was wanted: nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Raw evidence of one decision that is to be kept: the items' places and texts, and whose key.

    `subject` is the keyed hash of the payer; where there is none, the decision's own reference.
    """

    psp_id: int
    psp_ref: str
    decision_ref: str
    subject: str
    wrapping_key: bytes
    items: tuple[tuple[int, bytes], ...]


def kept_of(
    evidence: Sequence[EvidenceItem],
    keeping: Keeping,
    *,
    psp_id: int,
    psp_ref: str,
    decision_ref: str,
    payer_hash: str,
) -> Kept | None:
    """Return what of a request's evidence is to be kept; None if nothing is."""
    items = tuple(
        (position, raw_text(item))
        for position, item in enumerate(evidence)
        if item.provider in keeping.providers
    )
    if not items:
        return None
    return Kept(
        psp_id=psp_id,
        psp_ref=psp_ref,
        decision_ref=decision_ref,
        subject=payer_hash or decision_ref,
        wrapping_key=keeping.wrapping_key,
        items=items,
    )


def raw_text(item: EvidenceItem) -> bytes:
    """Return an item as it was received, as JSON with sorted names: its payload has the recorded digest."""
    return _SORTED.encode(item)


def bound_to(psp_ref: str, decision_ref: str, position: int) -> str:
    """Return what the ciphertext of an item is bound to."""
    return f"ninefold raw evidence 1\n{psp_ref}\n{decision_ref}\n{position}"


def encrypted_rows(
    execute: Execute, kept: Iterable[Kept], *, lock: str, now: datetime
) -> list[RawRow]:
    """Return the rows of raw evidence; data keys that are missing are stored.

    `lock` is what the database wants after a SELECT to keep a row from being deleted. Keys come in
    one order for every process, so that two never wait for each other.

    Raises:
        SubjectKeyError: if no data key stays for long enough.
    """
    wanted = sorted(kept, key=lambda each: (each.psp_id, each.subject))
    known: dict[tuple[int, str], tuple[str, bytes]] = {}
    rows: list[RawRow] = []
    for each in wanted:
        place = (each.psp_id, each.subject)
        if place not in known:
            known[place] = _data_key(execute, each, lock, now)
        key_ref, data_key = known[place]
        for position, text in each.items:
            bound = bound_to(each.psp_ref, each.decision_ref, position)
            sealed = encrypt(text, data_key=data_key, bound_to=bound)
            rows.append((each.psp_id, each.decision_ref, position, key_ref, sealed))
    return rows


def _data_key(execute: Execute, kept: Kept, lock: str, now: datetime) -> tuple[str, bytes]:
    """Return the reference and the data key of a subject, locked; made if there is none."""
    for _ in range(_TRIES):
        found = execute(
            f"SELECT ref, wrapped FROM {KEY_TABLE} WHERE psp_id = ? AND subject = ?{lock}",  # noqa: S608 - names of ours
            (kept.psp_id, kept.subject),
        ).fetchone()
        if found is not None:
            return str(found[0]), unwrap(bytes(found[1]), wrapping_key=kept.wrapping_key)
        ref, data_key = new_ref("dek", now=now), new_data_key()
        made = execute(
            f"INSERT INTO {KEY_TABLE} (psp_id, ref, subject, wrapped) VALUES (?, ?, ?, ?)"  # noqa: S608 - names of ours
            " ON CONFLICT (psp_id, subject) DO NOTHING RETURNING ref",
            (kept.psp_id, ref, kept.subject, wrap(data_key, wrapping_key=kept.wrapping_key)),
        ).fetchone()
        if made is not None:
            return ref, data_key
    raise SubjectKeyError
