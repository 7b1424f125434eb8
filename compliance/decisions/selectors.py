"""Reads decisions, what they oblige to, and what was done."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from compliance.decisions.details import (
    DecisionDetail,
    FindingView,
    decision_by_ref,
    decision_detail,
    obligations_of,
    sealed_input_of,
)
from compliance.decisions.filters import DecisionFilter, filtered
from compliance.decisions.models import (
    Decision,
    Erasure,
    EvidenceKeeping,
    Obligation,
    Outcome,
    RetentionPeriod,
)
from compliance.decisions.obligations import ObligationView, obligation_views
from compliance.decisions.pages import Page, after, page_of
from compliance.ledger.expected import ExpectedEntry
from compliance.tenants.models import Psp

__all__ = [
    "DecisionDetail",
    "DecisionFilter",
    "FindingView",
    "ObligationView",
    "Page",
    "count_decisions",
    "count_overdue",
    "decision_by_ref",
    "decision_detail",
    "decisions_page",
    "expected_entries",
    "obligations_of",
    "overdue_obligations",
    "sealed_input_of",
]

_CHUNK = 2_000


def decisions_page(
    psp: Psp, *, filters: DecisionFilter, cursor: str = "", limit: int = 50
) -> Page[Decision]:
    """Return one page of the decisions that pass `filters`, newest first.

    Raises:
        InvalidCursorError: if `cursor` is not one that a page gave.
    """
    rows = after(filtered(psp, filters), cursor).order_by("-decided_at", "-ref")
    return page_of(list(rows[: limit + 1]), limit)


def count_decisions(psp: Psp, *, filters: DecisionFilter, at_most: int = 10_000) -> int:
    """Return how many decisions pass `filters`, or `at_most` if there are more."""
    return filtered(psp, filters)[:at_most].count()


def overdue_obligations(psp: Psp, *, now: datetime, limit: int = 20) -> list[ObligationView]:
    """Return obligations past their deadline about which nothing was heard, longest overdue first."""
    rows = _overdue(psp, now).order_by("due_at", "pk")[:limit]
    return list(obligation_views(rows, outcomes=(), now=now))


def count_overdue(psp: Psp, *, now: datetime) -> int:
    """Return how many obligations are past their deadline without a word."""
    return _overdue(psp, now).count()


def expected_entries(psp: Psp) -> Iterator[ExpectedEntry]:
    """Yield what the ledger must hold because of this PSP's decisions, outcomes and erasures."""
    decisions = Decision.objects.filter(psp=psp).order_by("pk")
    yield from _expected("decision", decisions.values_list("ref", "leaf_hash"))
    outcomes = Outcome.objects.filter(psp=psp).order_by("pk")
    yield from _expected("outcome", outcomes.values_list("ref", "leaf_hash"))
    erasures = Erasure.objects.filter(psp=psp).order_by("pk")
    yield from _expected("erased", erasures.values_list("ref", "leaf_hash"))
    periods = RetentionPeriod.objects.filter(psp=psp).order_by("pk")
    yield from _expected("retention_changed", periods.values_list("ref", "leaf_hash"))
    keepings = EvidenceKeeping.objects.filter(psp=psp).order_by("pk")
    yield from _expected("evidence_keeping_changed", keepings.values_list("ref", "leaf_hash"))


def _overdue(psp: Psp, now: datetime) -> QuerySet[Obligation]:
    """Return the obligations past their deadline that have no outcome."""
    heard = Outcome.objects.filter(
        psp=psp,
        decision_ref=OuterRef("decision_ref"),
        obligation_id=OuterRef("obligation_id"),
    )
    return Obligation.objects.filter(~Exists(heard), psp=psp, due_at__lt=now)


def _expected(
    kind: str, rows: "QuerySet[Any, tuple[str, bytes | memoryview]]"
) -> Iterator[ExpectedEntry]:
    """Yield one kind of entry, without holding all of them."""
    for ref, leaf_hash in rows.iterator(chunk_size=_CHUNK):
        yield ExpectedEntry(kind=kind, ref=ref, leaf_hash=bytes(leaf_hash))
