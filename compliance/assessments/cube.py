"""Decisions counted once, by everything that figures divide them by, then folded as needed."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count

from compliance.assessments.expressions import Day, IsNotEmpty
from compliance.assessments.model import Part
from compliance.assessments.scope import Scope

UNDETERMINED = "undetermined"


class Cell(NamedTuple):
    """So many decisions that agree in all of these."""

    day: str
    effect: str
    disposition: str
    environment_class: str
    reliable_elements: int
    channel: str
    method: str
    platform: str
    app_version: str
    policy_number: int
    has_evidence: bool
    decisions: int


@dataclass(frozen=True, slots=True)
class Cube:
    """The cells of a scope. One query, so that all figures of a report are of the same rows."""

    cells: tuple[Cell, ...]

    @property
    def total(self) -> int:
        """All decisions."""
        return self.count(lambda _cell: True)

    def count(self, where: Callable[[Cell], bool]) -> int:
        """Return how many decisions are in the cells that `where` accepts."""
        return sum(cell.decisions for cell in self.cells if where(cell))

    def by(self, key: Callable[[Cell], str]) -> Counter[str]:
        """Return how many decisions there are for each key."""
        counts: Counter[str] = Counter()
        for cell in self.cells:
            counts[key(cell)] += cell.decisions
        return counts

    def parts(self, key: Callable[[Cell], str], order: Iterable[str] = ()) -> tuple[Part, ...]:
        """Return the parts for each key: those of `order` first (zeros too), then by size."""
        counts = self.by(key)
        first = tuple(order)
        rest = sorted((name for name in counts if name not in first), key=_largest(counts))
        return tuple(
            Part(key=name, count=counts[name], of=counts.total()) for name in (*first, *rest)
        )


def count_decisions(scope: Scope) -> Cube:
    """Return the cube of a scope."""
    fields = Cell._fields[1:-2]
    rows = (
        scope.decisions()
        .values_list(Day("decided_at"), *fields, IsNotEmpty("evidence"))
        .annotate(n=Count("pk"))
        .order_by()
    )
    return Cube(tuple(Cell._make((*row[:10], bool(row[10]), row[11])) for row in rows))


def _largest(counts: Mapping[str, int]) -> Callable[[str], tuple[int, str]]:
    """Return a sort key: the largest first, names where counts are equal."""
    return lambda name: (-counts[name], name)
