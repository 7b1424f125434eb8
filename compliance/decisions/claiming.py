"""Claims what evidence may say only once, in the transaction that makes its decision durable.

So a claim without its decision is never left behind, and of any number of processes that were sent
the same evidence at once the database lets one through. The others decide again, knowing better.
"""
# SPDX-License-Identifier: Apache-2.0

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from compliance.evidence.providers.shape import Appraisal, Once

SEEN_TABLE: Final = "evidence_seenevidence"
COUNTER_TABLE: Final = "evidence_evidencecounter"

_PART: Final = 64
_NOTHING_LOST: Final[Mapping[str, frozenset[str]]] = {}

Execute = Callable[[str, Sequence[Any]], Any]
"""Runs a statement with `?` for each parameter, and returns a cursor."""


class SeenBeforeError(Exception):
    """Something that a decision claims was claimed before: the decision was not stored.

    `digests` are those of `Once.digest`, and of keys whose counter did not rise.
    """

    def __init__(self, digests: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(digests)))
        self.digests = digests


@dataclass(frozen=True, slots=True)
class Claims:
    """What one decision claims: each digest once, and of each key the value of its counter."""

    once: tuple[Once, ...] = ()
    counters: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.once or self.counters)


NO_CLAIMS: Final = Claims()


@dataclass(frozen=True, slots=True)
class Claimant:
    """A decision that claims something."""

    psp_id: int
    ref: str
    claims: Claims


def claims_of(appraisals: Iterable[Appraisal], seen: frozenset[str]) -> Claims:
    """Return what a decision on these appraisals claims, beside what is known to be seen before."""
    once = {
        each.digest: each
        for appraisal in appraisals
        for each in appraisal.once
        if each.digest not in seen
    }
    counters = dict(
        appraisal.counter
        for appraisal in appraisals
        if appraisal.counter is not None and appraisal.counter[0] not in seen
    )
    if not once and not counters:
        return NO_CLAIMS
    return Claims(tuple(once.values()), tuple(counters.items()))


def claim(
    execute: Execute, claimants: Sequence[Claimant], *, now: datetime | str
) -> Mapping[str, frozenset[str]]:
    """Claim for each in turn; return what those lost that came too late, by their reference.

    Nothing is left of the claims of those. Statements come in one order of keys for every process,
    so that two never wait for each other.
    """
    if not claimants:
        return _NOTHING_LOST
    lost: dict[str, set[str]] = defaultdict(set)
    for ref, digest in _not_claimed(execute, claimants, now):
        lost[ref].add(digest)
    for ref, digest in _not_risen(execute, [each for each in claimants if each.ref not in lost]):
        lost[ref].add(digest)
    for each in claimants:
        if each.ref in lost:
            execute(
                f"DELETE FROM {SEEN_TABLE} WHERE psp_id = ? AND decision_ref = ?",  # noqa: S608 - names of ours
                (each.psp_id, each.ref),
            )
    return {ref: frozenset(digests) for ref, digests in lost.items()}


def _not_claimed(
    execute: Execute, claimants: Sequence[Claimant], now: datetime | str
) -> Iterable[tuple[str, str]]:
    """Insert every digest; yield the claimant and digest of each that somebody else has."""
    wanted = sorted(
        (
            (each.psp_id, once.digest, each.ref, once.scope)
            for each in claimants
            for once in each.claims.once
        ),
        key=lambda row: row[:2],  # stable: of two in one batch the first one wins
    )
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        rows = ", ".join(["(?, ?, ?, ?, ?)"] * len(part))
        cells = [
            cell for psp, digest, ref, scope in part for cell in (psp, digest, ref, scope, now)
        ]
        inserted = execute(
            f"INSERT INTO {SEEN_TABLE} (psp_id, digest, decision_ref, scope, seen_at)"  # noqa: S608 - names of ours
            f" VALUES {rows} ON CONFLICT (psp_id, digest) DO NOTHING"
            " RETURNING psp_id, digest, decision_ref",
            cells,
        ).fetchall()
        ours = {tuple(row) for row in inserted}
        for psp, digest, ref, scope in part:
            if (psp, digest, ref) not in ours and not _is_of_scope(execute, psp, digest, scope):
                yield ref, digest


def _is_of_scope(execute: Execute, psp_id: int, digest: str, scope: str) -> bool:
    """Return whether a digest was first seen in this very scope, where a repeat is none."""
    if not scope:
        return False
    rows = execute(
        f"SELECT scope FROM {SEEN_TABLE} WHERE psp_id = ? AND digest = ?",  # noqa: S608 - names of ours
        (psp_id, digest),
    ).fetchall()
    return [row[0] for row in rows] == [scope]


def _not_risen(execute: Execute, claimants: Sequence[Claimant]) -> Iterable[tuple[str, str]]:
    """Raise every counter; yield the claimant and key of each that did not rise."""
    wanted = sorted(
        (
            (each.psp_id, key, value, each.ref)
            for each in claimants
            for key, value in each.claims.counters
        ),
        key=lambda row: row[:2],
    )
    for psp_id, key, value, ref in wanted:
        risen = execute(
            f"INSERT INTO {COUNTER_TABLE} AS known (psp_id, key_digest, counter)"  # noqa: S608 - names of ours
            " VALUES (?, ?, ?) ON CONFLICT (psp_id, key_digest)"
            " DO UPDATE SET counter = excluded.counter WHERE known.counter < excluded.counter"
            " RETURNING counter",
            (psp_id, key, value),
        ).fetchall()
        if not risen:
            yield ref, key
