"""Conditions as terms over a world: the encoding of the reference engine's meaning."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Self

from policies.analysis.terms import TRUE, Term, either, every, negate
from policies.analysis.world import Case, Said, World, impact
from policies.engine.reference import compare, is_assured
from policies.model import (
    All,
    Any,
    Atom,
    Condition,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Not,
    ReliableElements,
    Rule,
)
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import CATALOGUE, Assurance, FindingState, codes_of


class Literal(NamedTuple):
    """An atom as a rule needs it: to hold or, negated, to fail."""

    atom: Atom
    negated: bool


def literals_of(condition: Condition, *, negated: bool = False) -> Iterator[Literal]:
    """Return the literals of a condition's negation normal form, in reading order."""
    match condition:
        case All(parts=parts) | Any(parts=parts):
            for part in parts:
                yield from literals_of(part, negated=negated)
        case Not(part=part):
            yield from literals_of(part, negated=not negated)
        case _:
            yield Literal(condition, negated)


def looks_at_elements(rule: Rule) -> bool:
    """Return whether a rule asks for the status of elements, which follows from any finding."""
    return any(
        isinstance(literal.atom, ElementIs | ReliableElements) for literal in literals_of(rule.when)
    )


def codes_named(rule: Rule) -> frozenset[str]:
    """Return the codes that a rule is about: those it wants to be present.

    A rule that looks at elements is about every code.
    """
    if looks_at_elements(rule):
        return frozenset(CATALOGUE)
    return frozenset(
        code
        for atom, negated in literals_of(rule.when)
        if isinstance(atom, FindingIs) and atom.state is FindingState.PRESENT and not negated
        for code in codes_of(atom.code)
    )


class Reading:
    """When atoms and rules hold in a world, or in one where evidence says something else of a code."""

    def __init__(
        self, world: World, changed: Mapping[str, Said] | None = None, base: Self | None = None
    ) -> None:
        self.world = world
        self.solver = world.solver
        self.said = {**world.said, **(changed or {})}
        self._changed = frozenset(changed or ())
        self._base = base
        self._atoms: dict[Atom, tuple[Term, Term]] = {}
        self._rules: dict[int, Term] = {}
        self._statuses: dict[Element, tuple[Term, Term]] = {}

    def with_code(self, code: str, said: Said) -> "Reading":
        """Return this world but for what evidence says of one code."""
        return Reading(self.world, {code: said}, self)

    def touches(self, rule: Rule) -> bool:
        """Return whether a rule can hold otherwise than in the world that this one differs from."""
        return any(self._touches(literal.atom) for literal in literals_of(rule.when))

    def _touches(self, atom: Atom) -> bool:
        """Return whether an atom looks at what differs."""
        if isinstance(atom, FindingIs):
            return not self._changed.isdisjoint(codes_of(atom.code))
        return isinstance(atom, ElementIs | ReliableElements)

    def holds(self, rule: Rule) -> Term:
        """Return a literal: the rule counts, since its condition is not definitely false."""
        known = self._rules.get(id(rule))
        if known is None:
            if self._base is not None and not self.touches(rule):
                known = self._base.holds(rule)
            else:
                known = self.solver.name(self.can(rule.when))
            self._rules[id(rule)] = known
        return known

    def can(self, condition: Condition, *, negated: bool = False) -> Term:
        """Return when a condition may hold or, negated, may fail; exact in Kleene's logic."""
        match condition:
            case Not(part=part):
                return self.can(part, negated=not negated)
            case All(parts=parts) | Any(parts=parts):
                join = every if isinstance(condition, All) is not negated else either
                return join(self.can(part, negated=negated) for part in parts)
            case _:
                return self.truth(condition)[negated]

    def truth(self, atom: Atom) -> tuple[Term, Term]:
        """Return when an atom may hold, and when it may fail."""
        known = self._atoms.get(atom)
        if known is None:
            if self._base is not None and not self._touches(atom):
                known = self._base.truth(atom)
            else:
                may_hold, may_fail = self._read(atom)
                known = (self.solver.name(may_hold), self.solver.name(may_fail))
            self._atoms[atom] = known
        return known

    def _read(self, atom: Atom) -> tuple[Term, Term]:
        """Read an atom."""
        match atom:
            case FindingIs(code=code):
                each = [self._finding(atom, self.said[member]) for member in codes_of(code)]
                return either(term[0] for term in each), every(term[1] for term in each)
            case ElementIs():
                return _two_valued(self._element(atom))
            case ReliableElements(comparison=comparison):
                counts = [count for count in range(len(Element) + 1) if compare(count, comparison)]
                return _two_valued(either(self._count_is(count) for count in counts))
            case EnvironmentIs(field=field, values=values):
                return self._environment(field, values)
            case _:
                return self.world.attributes[atom.name].truth_of(atom)

    def _finding(self, atom: FindingIs, said: Said) -> tuple[Term, Term]:
        """Read an atom about one code."""
        if atom.state is FindingState.NOT_EVALUATED:
            return _two_valued(said.is_not_evaluated)
        is_present = atom.state is FindingState.PRESENT
        state = said.is_present if is_present else said.is_absent
        pieces = said.present if is_present else said.absent
        sure, unsure = [], []
        for (assurance, age), term in pieces.items():
            if not is_assured(assurance, atom):
                continue
            if atom.age is None or (age is not None and compare(age, atom.age)):
                sure.append(term)
            elif age is None:
                unsure.append(term)
        return every([state, either([*sure, *unsure])]), negate(every([state, either(sure)]))

    def _environment(self, field: str, values: tuple[str, ...]) -> tuple[Term, Term]:
        """Read an atom about the execution environment; unknown unless it is named."""
        known = ENVIRONMENT_FIELDS[field]
        choice = self.world.environment[field]
        named = choice.among([known.index(value) for value in values])
        if UNKNOWN in values:
            return _two_valued(named)
        return either([named, choice.among([known.index(UNKNOWN)])]), negate(named)

    def _element(self, atom: ElementIs) -> Term:
        """Read an atom about an element's status."""
        in_use = self.world.in_use[atom.element]
        in_doubt, compromised = self.statuses(atom.element)
        match (atom.status, atom.or_worse):
            case (ElementStatus.RELIABLE, True):
                status = TRUE
            case (ElementStatus.RELIABLE, False):
                status = every([negate(in_doubt), negate(compromised)])
            case (ElementStatus.IN_DOUBT, True):
                status = either([in_doubt, compromised])
            case (ElementStatus.IN_DOUBT, False):
                status = every([in_doubt, negate(compromised)])
            case _:
                status = compromised
        return every([in_use, status])

    def statuses(self, element: Element) -> tuple[Term, Term]:
        """Return when findings put an element in doubt, and when they compromise it, were it in use."""
        known = self._statuses.get(element)
        if known is None:
            known = (
                self.solver.name(self._hit(self.world.cases, element, ElementStatus.IN_DOUBT)),
                self.solver.name(self._hit(self.world.cases, element, ElementStatus.COMPROMISED)),
            )
            self._statuses[element] = known
        return known

    def _hit(self, cases: Iterable[Case], element: Element, status: ElementStatus) -> Term:
        """Return when a finding gives an element a status under the design that applies."""
        return either(
            every([case.applies, self.has_impact(code, status)])
            for case in cases
            for code, elements in case.hits.items()
            if element in elements
        )

    def has_impact(self, code: str, status: ElementStatus) -> Term:
        """Return when a code is present with an assurance that gives elements a status."""
        return self.is_present(
            code, [level for level in Assurance if impact(code, level) is status]
        )

    def is_present(self, code: str, assurances: Iterable[Assurance]) -> Term:
        """Return when a code is present by evidence of one of these assurances."""
        wanted = frozenset(assurances)
        return self.solver.name(
            either(
                term
                for (assurance, _age), term in self.said[code].present.items()
                if assurance in wanted
            )
        )

    def reliable(self, element: Element) -> Term:
        """Return when an element is in use and reliable."""
        in_doubt, compromised = self.statuses(element)
        return self.solver.name(
            every([self.world.in_use[element], negate(in_doubt), negate(compromised)])
        )

    def _count_is(self, count: int) -> Term:
        """Return when exactly so many elements are reliable."""
        reliable = [self.reliable(element) for element in Element]
        return either(
            every(
                term if chosen >> place & 1 else negate(term) for place, term in enumerate(reliable)
            )
            for chosen in range(1 << len(reliable))
            if chosen.bit_count() == count
        )

    def fewer_reliable_than(self, count: int) -> Term:
        """Return when fewer elements than that are reliable."""
        return either(self._count_is(each) for each in range(count))


def _two_valued(term: Term) -> tuple[Term, Term]:
    """Return a term that is never unknown."""
    return term, negate(term)
