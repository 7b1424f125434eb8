"""Reads recorded decisions in order of time, some at a time: as quick at the end as at the start."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from django.db.models import ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from compliance.decisions.models import Decision, DecisionRecord, Obligation
from compliance.tenants.models import Psp

CHUNK: Final = 2_000
"""Decisions that are read, compared and counted together: some 10 MB, and well under a second."""

# Action, parameters in alphabetical order, seconds allowed.
Owed = tuple[str, tuple[tuple[str, str | bool], ...], int | None]


class Place(NamedTuple):
    """A place in the order of time: after this decision."""

    decided_at: datetime | None
    row: int


class RecordedDecision(NamedTuple):
    """What is needed of a decision; `facts` is None once its record was erased."""

    row: int
    ref: str
    decided_at: datetime
    effect: str
    disposition: str
    design_digest: str
    facts: bytes | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Decisions that follow each other, with what each obliged to."""

    decisions: Sequence[RecordedDecision]
    obligations: dict[str, tuple[Owed, ...]]

    @property
    def last(self) -> Place:
        """The place after its last decision."""
        last = self.decisions[-1]
        return Place(last.decided_at, last.row)


def decisions_between(psp: Psp, start: datetime, end: datetime) -> "QuerySet[Decision]":
    """Return the PSP's decisions of [start, end)."""
    return Decision.objects.filter(psp=psp, decided_at__gte=start, decided_at__lt=end)


def read_chunk(
    psp: Psp, *, start: datetime, end: datetime, after: Place, size: int = CHUNK
) -> Chunk | None:
    """Return the next decisions of [start, end) after a place; None if there are none."""
    rows = decisions_between(psp, start, end)
    if after.decided_at is not None:
        # The first condition alone bounds the index scan; the second one breaks ties.
        rows = rows.filter(
            Q(decided_at__gte=after.decided_at),
            Q(decided_at__gt=after.decided_at) | Q(pk__gt=after.row),
        )
    record = DecisionRecord.objects.filter(psp=psp, decision_ref=OuterRef("ref"))
    read = rows.order_by("decided_at", "pk").values_list(
        *("pk", "ref", _as_stored("decided_at"), "effect", "disposition", "design_digest"),
        Subquery(record.values("facts")[:1]),
    )
    decisions = [
        RecordedDecision(row, ref, _moment(decided_at), *more)
        for row, ref, decided_at, *more in read[:size]
    ]
    if not decisions:
        return None
    return Chunk(decisions, _obligations(psp, decisions))


def _obligations(psp: Psp, decisions: Sequence[RecordedDecision]) -> dict[str, tuple[Owed, ...]]:
    """Return the recorded obligations of some decisions; nothing for those without any.

    References sort by time, so those of a chunk lie side by side in the index.
    """
    decided_at = {decision.ref: decision.decided_at for decision in decisions}
    rows = Obligation.objects.filter(
        psp=psp, decision_ref__gte=min(decided_at), decision_ref__lte=max(decided_at)
    ).order_by("decision_ref", "obligation_id")
    # As text: the same few parameters come again and again, and are read once.
    text = Cast("parameters", TextField())
    found: dict[str, list[Owed]] = {}
    columns = rows.values_list("decision_ref", "action", text, _as_stored("due_at"))
    for ref, action, parameters, due_at in columns:
        if ref in decided_at:
            within_s = None if due_at is None else _seconds(decided_at[ref], _moment(due_at))
            found.setdefault(ref, []).append((action, _pairs(parameters), within_s))
    return {ref: _in_order(owed) for ref, owed in found.items()}


def _in_order(owed: list[Owed]) -> tuple[Owed, ...]:
    """Return obligations as the engine sorts them; by name, `ob_10` comes before `ob_2`."""
    return tuple(owed if len(owed) < 10 else sorted(owed, key=itemgetter(0, 1)))


def _as_stored(column: str) -> Combinable:
    """Return a column of times as the driver gives it: Django's own way costs three times as much."""
    return ExpressionWrapper(F(column), output_field=TextField())


def _moment(stored: datetime) -> datetime:
    """Return a time as the driver gives it: SQLite's are in UTC without saying so."""
    return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored


def _seconds(start: datetime, end: datetime) -> int:
    """Return the whole seconds between two moments."""
    return round((end - start).total_seconds())


@lru_cache(maxsize=1_024)
def _pairs(parameters: str) -> tuple[tuple[str, str | bool], ...]:
    """Return parameters (JSON) as the engine has them."""
    return tuple(sorted(json.loads(parameters).items()))
