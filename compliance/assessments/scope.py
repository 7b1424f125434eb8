"""Which rows a figure may count: one PSP, one period, and no further than one checkpoint."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery

from compliance.decisions.models import Decision, Obligation, Outcome, PresentFinding
from compliance.ledger.models import Entry, StagedEntry
from compliance.tenants.models import Psp

_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The rows of `psp` decided in [start, end) whose ledger entry lies below `tree_size`.

    A decision and its entry commit together, so what is missing from the tree is exactly what
    is staged or was sequenced later: a short list, left out by name. `tree_size` None counts all.
    """

    psp: Psp
    start: datetime
    end: datetime
    tree_size: int | None = None

    def decisions(self) -> QuerySet[Decision]:
        """Return the decisions in scope."""
        rows = Decision.objects.filter(
            psp=self.psp, decided_at__gte=self.start, decided_at__lt=self.end
        )
        return self._without_later(rows, "decision", "ref")

    def findings(self) -> QuerySet[PresentFinding]:
        """Return the findings that were present in the decisions in scope."""
        rows = PresentFinding.objects.filter(
            psp=self.psp, decided_at__gte=self.start, decided_at__lt=self.end
        )
        return self._without_later(rows, "decision", "decision_ref")

    def obligations(self) -> QuerySet[Obligation]:
        """Return the obligations of the decisions in scope."""
        rows = Obligation.objects.filter(
            psp=self.psp, decided_at__gte=self.start, decided_at__lt=self.end
        )
        return self._without_later(rows, "decision", "decision_ref")

    def outcomes(self) -> QuerySet[Outcome]:
        """Return every outcome that the ledger holds below the checkpoint, of any period."""
        return self._without_later(Outcome.objects.filter(psp=self.psp), "outcome", "ref")

    def last_outcome(self, field: str) -> Subquery:
        """Return a subquery for an obligation: `field` of the last outcome; the last one counts."""
        rows = self.outcomes().filter(
            decision_ref=OuterRef("decision_ref"), obligation_id=OuterRef("obligation_id")
        )
        return Subquery(rows.order_by("-pk").values(field)[:1])

    def later_refs(self, kind: str) -> frozenset[str]:
        """Return what the ledger's entries of `kind` are about that the checkpoint does not cover.

        To be read after what it is held against: what happens between the two is then known.
        """
        staged, later = self._later(kind)
        return frozenset(
            [*staged.values_list("ref", flat=True), *later.values_list("ref", flat=True)]
        )

    def later_bodies(self, kind: str) -> tuple[Mapping[str, Any], ...]:
        """Return those entries themselves, where a reference alone does not say which is meant."""
        staged, later = self._later(kind)
        bodies = [*staged.values_list("body", flat=True), *later.values_list("body", flat=True)]
        return tuple(json.loads(bytes(body)) for body in bodies)

    def _without_later(self, rows: QuerySet[_Row], kind: str, field: str) -> QuerySet[_Row]:
        """Return `rows` without those that the checkpoint does not cover."""
        for entries in self._later(kind):
            rows = rows.exclude(**{f"{field}__in": entries.values("ref")})
        return rows

    def _later(self, kind: str) -> tuple[QuerySet[StagedEntry], QuerySet[Entry]]:
        """Return the entries of `kind` beyond the checkpoint; none where all count.

        What is staged first: an entry that is sequenced between two queries is in one of them.
        """
        staged = StagedEntry.objects.filter(psp=self.psp, kind=kind)
        later = Entry.objects.filter(psp=self.psp, kind=kind)
        if self.tree_size is None:
            return staged.none(), later.none()
        return staged, later.filter(index__gte=self.tree_size)
