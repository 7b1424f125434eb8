"""The conditions of a rule, as frozen syntax: finite and declarative, so that a prover can read them."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import Assurance, FindingState

Version = tuple[int, ...]
Value = bool | int | Decimal | str | Version | frozenset[str] | datetime
"""A typed value: boolean, integer, decimal, string or enum member, version, string set, timestamp."""


class Operator(StrEnum):
    """How a value is compared."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"
    EQUALS = "equals"
    IN = "in"
    CONTAINS = "contains"


ORDERED = frozenset({Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One operator with its operand; several operands for `in` alone."""

    operator: Operator
    operands: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingIs:
    """A finding of a code has a state; of a family such as `device.*`: some finding of it has.

    A code's state is `present` if any evidence says so, else `absent` if any does, else
    `not_evaluated`, also where nothing was said. `assurance` is exact unless `or_better`; `age`
    compares whole seconds since the evidence was taken, and is unknown where that is not known.
    Both are asked of one and the same piece of evidence, which has the state. Neither goes with
    `not_evaluated`, where there is nothing to look at.
    """

    code: str
    state: FindingState = FindingState.PRESENT
    assurance: Assurance | None = None
    or_better: bool = False
    age: Comparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementIs:
    """An element has a status: exactly this one, or this one and worse; false when not in use."""

    element: Element
    status: ElementStatus
    or_worse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliableElements:
    """The number of reliable elements in use compares so; each is of another category."""

    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentIs:
    """A field of the execution environment has one of these values.

    Where nobody said (`unknown`): true if `unknown` is one of the values, else unknown.
    """

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeIs:
    """An attribute compares so; unknown when it is missing.

    `is_age`: of a timestamp, its age is compared in whole seconds at the time of the decision;
    the age of a time further in the future than clocks differ is unknown.
    """

    name: str
    comparison: Comparison
    is_age: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Any:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold; unknown stays unknown."""

    part: "Condition"


Atom = FindingIs | ElementIs | ReliableElements | EnvironmentIs | AttributeIs
Condition = Atom | All | Any | Not


def atoms_of(condition: Condition) -> tuple[Atom, ...]:
    """Return the atoms of a condition in reading order, each once."""
    match condition:
        case All(parts=parts) | Any(parts=parts):
            return tuple(dict.fromkeys(atom for part in parts for atom in atoms_of(part)))
        case Not(part=part):
            return atoms_of(part)
        case _:
            return (condition,)
