"""What a fact can be, as Boolean variables: one of several classes, or any set of members."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from policies.analysis.solver import Solver
from policies.analysis.terms import FALSE, TRUE, Term, either, every, negate

T = TypeVar("T")


class Choice(Generic[T]):
    """Exactly one of some options; variable i says that the option chosen is number i or later."""

    def __init__(self, options: Sequence[T], solver: Solver) -> None:
        self.options = tuple(options)
        later = [solver.variable() for _ in self.options[1:]]
        for one, next_one in pairwise(later):
            solver.require(either([one, negate(next_one)]))
        self._from = (TRUE, *later, FALSE)

    def among(self, places: Iterable[int]) -> Term:
        """Return that the option chosen stands at one of these places."""
        return either(
            every([self._from[first], negate(self._from[last + 1])])
            for first, last in _runs(sorted(set(places)))
        )

    def chosen(self, solver: Solver) -> T:
        """Return the option chosen in the solver's last example."""
        place = 0
        while place + 1 < len(self.options) and solver.is_true(self._from[place + 1]):
            place += 1
        return self.options[place]


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Return the first and last of each run of neighbours."""
    start = 0
    for index in range(len(places)):
        if index + 1 == len(places) or places[index + 1] != places[index] + 1:
            yield places[start], places[index]
            start = index + 1
