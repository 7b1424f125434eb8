"""Everything that a request can say, as Boolean variables: the domain of every proof."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from policies.analysis.attributes import Attribute, Single, ages_cut_by, attributes_for
from policies.analysis.choices import Choice
from policies.analysis.solver import Solver
from policies.analysis.terms import TRUE, Term, either, every, negate
from policies.design import Design, Designs, Hits, design_for, element_hits, element_statuses
from policies.model import Atom, AttributeIs, FindingIs, PolicySet, Value, atoms_of
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState, codes_of

Piece = tuple[Assurance, int | None]
"""What matters of one piece of evidence: its assurance, and its age in seconds (None: unknown)."""


class Said(NamedTuple):
    """What evidence says of one code: which pieces say `present`, and which `absent`."""

    present: Mapping[Piece, Term]
    absent: Mapping[Piece, Term]
    is_present: Term
    is_absent: Term

    @property
    def is_not_evaluated(self) -> Term:
        """Whether nobody looked."""
        return every([negate(self.is_present), negate(self.is_absent)])


class Case(NamedTuple):
    """One design (None: no design is registered), when it applies, and what findings hit under it."""

    design: Design | None
    applies: Term
    hits: Hits


@cache
def impact(code: str, assurance: Assurance) -> ElementStatus:
    """Return what a present finding does to an element that it hits: the engine's own word."""
    finding = Finding(code=code, state=FindingState.PRESENT, assurance=assurance, provider="")
    element = Element.POSSESSION
    return element_statuses({code: frozenset({element})}, [finding], [element])[element]


class World:
    """The variables of one request, with what every request keeps to.

    Evidence may say anything of any code; attributes have any value that is declared; at least
    one element is in use, and only such as the design of the method has.
    """

    def __init__(
        self, policy_sets: Sequence[PolicySet], designs: Designs | None, solver: Solver
    ) -> None:
        self.solver = solver
        self.designs = designs
        atoms = dict.fromkeys(
            atom for each in policy_sets for rule in each.rules for atom in atoms_of(rule.when)
        )
        self.pieces = _pieces(atoms)
        self.said = {code: self._said_of(code) for code in CATALOGUE}
        self.attributes: dict[str, Attribute] = attributes_for(
            policy_sets, _operands(atoms, designs), solver
        )
        if len(policy_sets) > 1:
            # Each version takes other requests: one is looked at if some version takes it.
            solver.require(either(self._taken_by(each) for each in policy_sets))
        self.environment = {
            field: Choice(values, solver) for field, values in ENVIRONMENT_FIELDS.items()
        }
        self.in_use = {element: solver.variable() for element in Element}
        solver.require(either(self.in_use.values()))
        self.cases = self._cases()
        for case in self.cases:
            for element in Element:
                if case.design is not None and element not in case.design.elements:
                    solver.require(negate(every([case.applies, self.in_use[element]])))

    def _taken_by(self, policy_set: PolicySet) -> Term:
        """Return when a policy set takes the attributes of the request."""
        return every(
            self.attributes[name].taken_by(declaration)
            for name, declaration in policy_set.attributes.items()
            if name in self.attributes
        )

    def _said_of(self, code: str) -> Said:
        """Return variables for what evidence says of a code."""
        present, absent = (
            {piece: self.solver.variable() for piece in self.pieces[code, state]}
            for state in (FindingState.PRESENT, FindingState.ABSENT)
        )
        return self.said_as(present, absent)

    def said_as(self, present: Mapping[Piece, Term], absent: Mapping[Piece, Term]) -> Said:
        """Return what these pieces say together: present if any says so, else absent if any does."""
        is_present = self.solver.name(either(present.values()))
        is_absent = every([negate(is_present), either(absent.values())])
        return Said(present, absent, is_present, self.solver.name(is_absent))

    def cases_of(self, method: str | None) -> list[Case]:
        """Return the designs that a method can have, each with the app versions that it is for.

        None stands for the method of the request itself.
        """
        if method is None:
            return self.cases
        found: dict[int, tuple[Design | None, list[Term]]] = {}
        for version, at_version in self._places("app_version"):
            known = version if isinstance(version, tuple) else None
            design = design_for(self.designs, method, known)
            found.setdefault(id(design), (design, []))[1].append(at_version)
        return [self._case(design, either(terms)) for design, terms in found.values()]

    def _case(self, design: Design | None, applies: Term) -> Case:
        """Return a design with what findings hit under it."""
        return Case(design, self.solver.name(applies), element_hits(self.designs, design))

    def _cases(self) -> list[Case]:
        """Return the designs that a request can fall under."""
        if self.designs is None:
            return [self._case(None, TRUE)]
        found: dict[int, tuple[Design | None, list[Term]]] = {}
        for method, with_method in self._places("method"):
            for version, at_version in self._places("app_version"):
                known = version if isinstance(version, tuple) else None
                design = design_for(self.designs, str(method or ""), known)
                term = every([with_method, at_version])
                found.setdefault(id(design), (design, []))[1].append(term)
        return [self._case(design, either(terms)) for design, terms in found.values()]

    def _places(self, name: str) -> list[tuple[Value | None, Term]]:
        """Return each class of a built-in attribute, with when it is chosen."""
        attribute = self.attributes.get(name)
        if not isinstance(attribute, Single):
            return [(None, TRUE)]
        options = attribute.choice.options
        return [(value, attribute.choice.among([place])) for place, value in enumerate(options)]


def _pieces(atoms: Iterable[Atom]) -> dict[tuple[str, FindingState], tuple[Piece, ...]]:
    """Return the pieces of evidence worth telling apart, by code and state."""
    ages: dict[tuple[str, FindingState], set[Value]] = {}
    for atom in atoms:
        if isinstance(atom, FindingIs) and atom.age is not None:
            for code in codes_of(atom.code):
                ages.setdefault((code, atom.state), set()).update(atom.age.operands)
    found = {}
    for code in CATALOGUE:
        # What is absent can be said to be present by the same evidence, so both are cut alike.
        operands = {
            each
            for state in (FindingState.PRESENT, FindingState.ABSENT)
            for each in ages.get((code, state), ())
        }
        known: tuple[int | None, ...] = ages_cut_by(operands)
        pieces = tuple(
            (assurance, age)
            for assurance in Assurance
            for age in (known if not operands else (*known, None))
        )
        for state in (FindingState.PRESENT, FindingState.ABSENT):
            found[code, state] = pieces
    return found


def _operands(atoms: Iterable[Atom], designs: Designs | None) -> dict[str, set[Value]]:
    """Return the values that rules and designs compare each attribute with."""
    found: dict[str, set[Value]] = {}
    for atom in atoms:
        if isinstance(atom, AttributeIs):
            found.setdefault(atom.name, set()).update(atom.comparison.operands)
    for design in designs.methods if designs is not None else ():
        found.setdefault("method", set()).add(design.method)
        bounds = [each for each in (design.app_at_least, design.app_below) if each is not None]
        found.setdefault("app_version", set()).update(bounds)
    return found
