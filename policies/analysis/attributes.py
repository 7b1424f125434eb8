"""Attributes of any value that the policy sets declare, and what their comparisons say of them."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from policies.analysis.choices import Choice
from policies.analysis.solver import Solver
from policies.analysis.terms import FALSE, TRUE, Term, either, negate
from policies.analysis.values import classes_of, indices_where
from policies.model import AttributeDeclaration, AttributeIs, PolicySet, Value
from policies.vocabulary.attributes import BUILT_IN, AttributeType

_SECONDS: Final = AttributeDeclaration(type=AttributeType.INTEGER, minimum=0)
_FUTURE: Final = timedelta(days=1)


def ages_cut_by(operands: Iterable[Value]) -> tuple[int, ...]:
    """Return an age in seconds for each class that comparisons with the operands tell apart."""
    named = set(operands)
    if not named:
        return (5,)
    return tuple(int(str(age)) for age in classes_of(_SECONDS, named) or ())


def declarations_of(policy_sets: Sequence[PolicySet]) -> dict[str, AttributeDeclaration]:
    """Return what requests may carry: the built-in attributes and those declared, at their widest."""
    found = {name: AttributeDeclaration(type=type_) for name, type_ in BUILT_IN.items()}
    for policy_set in policy_sets:
        for name, declaration in policy_set.attributes.items():
            known = found.get(name)
            found[name] = declaration if known is None else _widest(known, declaration)
    everywhere = [policy_set.attributes for policy_set in policy_sets]
    return {
        name: declaration
        if not declaration.required or all(name in declared for declared in everywhere)
        else _optional(declaration)
        for name, declaration in found.items()
    }


def _optional(declaration: AttributeDeclaration) -> AttributeDeclaration:
    """Return a declaration of the same values that may be left out."""
    return AttributeDeclaration(
        type=declaration.type,
        minimum=declaration.minimum,
        maximum=declaration.maximum,
        values=declaration.values,
    )


def _widest(one: AttributeDeclaration, other: AttributeDeclaration) -> AttributeDeclaration:
    """Return a declaration that allows what either allows; of two types, the first."""
    if one.type is not other.type:
        return _optional(one)
    lows = (one.minimum, other.minimum)
    highs = (one.maximum, other.maximum)
    return AttributeDeclaration(
        type=one.type,
        required=one.required and other.required,
        minimum=None if None in lows else min(each for each in lows if each is not None),
        maximum=None if None in highs else max(each for each in highs if each is not None),
        values=tuple(dict.fromkeys((*one.values, *other.values))),
    )


def is_allowed(value: Value | None, declaration: AttributeDeclaration) -> bool:
    """Return whether a request may say this of an attribute, or nothing of it (None)."""
    if value is None:
        return not declaration.required
    if declaration.type is AttributeType.ENUM:
        return value in declaration.values
    low: Any = declaration.minimum
    high: Any = declaration.maximum
    return (low is None or value >= low) and (high is None or value <= high)


class Attribute(Protocol):
    """One attribute: what a comparison says of it, and its value in an example."""

    def truth_of(self, atom: AttributeIs) -> tuple[Term, Term]:
        """Return when the comparison may hold, and when it may fail; both where unknown."""

    def taken_by(self, declaration: AttributeDeclaration) -> Term:
        """Return when a version that declares it so takes its value, or that it is missing."""

    def shown(self, solver: Solver, now: datetime) -> Value | None:
        """Return its value in the solver's last example; None where it is missing."""

    def values(self, now: datetime) -> tuple[Value, ...]:
        """Return a value of each kind that rules tell apart."""


class Single:
    """An attribute with one value: its class, or missing; a timestamp by its age.

    `is_ever_required`: some version requires it, so that a timestamp is never left out.
    """

    def __init__(
        self,
        declaration: AttributeDeclaration,
        operands: Iterable[Value],
        solver: Solver,
        *,
        is_ever_required: bool,
    ) -> None:
        self._is_timestamp = declaration.type is AttributeType.TIMESTAMP
        self._is_ever_required = is_ever_required
        self.classes: tuple[Value, ...] = (
            ages_cut_by(operands) if self._is_timestamp else classes_of(declaration, operands) or ()
        )
        # The age of a moment in the future is not known, so a timestamp given can still be unknown.
        can_miss = self._is_timestamp or not declaration.required
        self.choice: Choice[Value | None] = Choice(
            (*self.classes, None) if can_miss else self.classes, solver
        )
        self.is_missing = self.choice.among([len(self.classes)]) if can_miss else FALSE

    def truth_of(self, atom: AttributeIs) -> tuple[Term, Term]:
        """Return when the comparison may hold, and when it may fail."""
        holds = self.choice.among(indices_where(self.classes, atom.comparison))
        return either([holds, self.is_missing]), negate(holds)

    def taken_by(self, declaration: AttributeDeclaration) -> Term:
        """Return when a version takes its value; a timestamp in the future is one of unknown age."""
        if self._is_timestamp:
            return TRUE
        options = enumerate(self.choice.options)
        return self.choice.among(place for place, each in options if is_allowed(each, declaration))

    def shown(self, solver: Solver, now: datetime) -> Value | None:
        """Return its value in the solver's last example."""
        value = self.choice.chosen(solver)
        if value is None:
            return now + _FUTURE if self._is_timestamp and self._is_ever_required else None
        return self._at(value, now)

    def values(self, now: datetime) -> tuple[Value, ...]:
        """Return a value of each class."""
        return tuple(self._at(value, now) for value in self.classes)

    def _at(self, value: Value, now: datetime) -> Value:
        """Return the moment of an age; any other value as it is."""
        return now - timedelta(seconds=int(str(value))) if self._is_timestamp else value


class Members:
    """A string set: which of the texts that rules look for it has, or missing."""

    def __init__(
        self, declaration: AttributeDeclaration, operands: Iterable[Value], solver: Solver
    ) -> None:
        named = sorted({text for text in operands if isinstance(text, str)})
        self.has = {text: solver.variable() for text in named}
        self.is_missing = FALSE if declaration.required else solver.variable()

    def truth_of(self, atom: AttributeIs) -> tuple[Term, Term]:
        """Return when the set may have the text, and when it may not."""
        has = either(self.has[text] for text in atom.comparison.operands if isinstance(text, str))
        return either([has, self.is_missing]), either([negate(has), self.is_missing])

    def taken_by(self, declaration: AttributeDeclaration) -> Term:
        """Return when a version takes it: always, but for a missing one that it requires."""
        return negate(self.is_missing) if declaration.required else TRUE

    def shown(self, solver: Solver, now: datetime) -> Value | None:  # noqa: ARG002 - the port's shape
        """Return its members in the solver's last example."""
        if solver.is_true(self.is_missing):
            return None
        return frozenset(text for text, term in self.has.items() if solver.is_true(term))

    def values(self, now: datetime) -> tuple[Value, ...]:  # noqa: ARG002 - the port's shape
        """Return the empty set, and one with each text alone."""
        return (frozenset(), *(frozenset({text}) for text in self.has))


def attributes_for(
    policy_sets: Sequence[PolicySet], operands: Mapping[str, set[Value]], solver: Solver
) -> dict[str, Attribute]:
    """Return each attribute that rules or designs look at, and each that a version requires."""
    found: dict[str, Attribute] = {}
    for name, declaration in declarations_of(policy_sets).items():
        own = [each.attributes[name] for each in policy_sets if name in each.attributes]
        is_ever_required = any(each.required for each in own)
        if not is_ever_required and name not in operands:
            continue
        if declaration.type is AttributeType.STRING_SET:
            found[name] = Members(declaration, operands.get(name, ()), solver)
            continue
        # What a request says of a built-in attribute is never a blank: that counts as missing.
        blank = {""} if name in BUILT_IN else set()
        cuts = (operands.get(name, set()) | _told_apart_by(own)) - blank
        found[name] = Single(declaration, cuts, solver, is_ever_required=is_ever_required)
    return found


def _told_apart_by(own: Sequence[AttributeDeclaration]) -> set[Value]:
    """Return the values at which versions differ in what they take."""
    bounds = {each for one in own for each in (one.minimum, one.maximum) if each is not None}
    values = [{*one.values} for one in own]
    shared = set.intersection(*values) if values else set()
    return {*bounds, *(value for each in values for value in each - shared)}
