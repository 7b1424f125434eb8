"""A candidate policy set that decides many times: facts that no rule tells apart get one decision.

What the compiled engine tells apart is little: of each attribute the gap between thresholds that its
value lies in, of each finding its code, state and assurance, and on which side of the thresholds its
age is. So most decisions of a period are looked up, not computed; a property test holds this
against the reference.
"""
# SPDX-License-Identifier: Apache-2.0

from bisect import bisect_left
from datetime import datetime
from operator import attrgetter
from typing import Final

from policies.compiler import Program
from policies.design import Hits
from policies.engine import decide
from policies.model import Decision, Facts, FindingIs, age_s, atoms_of

_REMEMBERED: Final = 20_000
"""Decisions kept: some 20 MB; then all are forgotten and worked out again."""

_UNKNOWN: Final = -1
_WHAT: Final = attrgetter("code", "state", "assurance")
_WHEN: Final = attrgetter("observed_at")
Key = tuple[object, ...]


class Candidate:
    """A program with the decisions it has made. For one thread."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._made: dict[Key, Decision] = {}
        self._thresholds = sorted(
            {
                operand
                for rule in program.policy_set.rules
                for atom in atoms_of(rule.when)
                if isinstance(atom, FindingIs) and atom.age is not None
                for operand in atom.age.operands
                if isinstance(operand, int)
            }
        )

    def decide(self, hits: Hits, facts: Facts) -> Decision:
        """Return what the engine decides on the facts. `hits` must live as long as this object."""
        key = (id(hits), facts.elements, facts.environment, self._gaps(facts), self._said(facts))
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            made = self._made[key] = decide(self._program, hits, facts)
        return made

    def _gaps(self, facts: Facts) -> Key:
        """Return the gap that each attribute's value lies in, as the engine sees it.

        Of a time the age counts, which only the engine works out: here it stands for itself.
        """
        values = facts.attributes
        gaps: list[object] = []
        for name, gap_of, _masks, _gaps in self._program.attributes:
            value = values.get(name)
            if value is None:
                gaps.append(_UNKNOWN)
            elif isinstance(value, datetime):
                gaps += (value, facts.decided_at)
            else:
                gaps.append(gap_of(value))
        return tuple(gaps)

    def _said(self, facts: Facts) -> Key:
        """Return what each finding says, and its age's place among the thresholds."""
        said: Key = tuple(map(_WHAT, facts.findings))
        if not self._thresholds:
            return said
        # One item of evidence says many things at one time: its age is looked at once, and told
        # with the position of the first finding that has it.
        places = []
        last: object = self
        for position, moment in enumerate(map(_WHEN, facts.findings)):
            if moment != last:
                last = moment
                age = age_s(facts.findings[position], facts.decided_at)
                places.append((position, self._place(age)))
        return said, tuple(places)

    def _place(self, age: int | None) -> int:
        """Return the gap that an age lies in."""
        if age is None:
            return _UNKNOWN
        index = bisect_left(self._thresholds, age)
        is_threshold = index < len(self._thresholds) and self._thresholds[index] == age
        return 2 * index + is_threshold
