"""A policy set as frozen syntax."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from policies.model.conditions import Condition
from policies.vocabulary.attributes import AttributeType
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect

ParameterValue = str | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDeclaration:
    """What a PSP's back-end tells about an attempt under one name."""

    type: AttributeType
    required: bool = False
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """An action that the enforcing system must carry out.

    `parameters` are (name, value) pairs in alphabetical order; `within_s` is the deadline in
    seconds after the decision, None for `record_only` alone.
    """

    action: str
    parameters: tuple[tuple[str, ParameterValue], ...] = ()
    within_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. It can be read alone: order never matters and adding a rule only strengthens."""

    id: str
    when: Condition
    effect: Effect
    title: str = ""
    answers: tuple[Duty, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    disclosure: Disclosure = Disclosure.NONE
    disclosure_ground: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """A PSP's policy: its attributes, its rules, and what holds otherwise.

    INVARIANT (the reader sees to it): no rule's effect is weaker than `otherwise`.
    """

    name: str
    attributes: Mapping[str, AttributeDeclaration]
    rules: tuple[Rule, ...]
    otherwise: Effect
    metadata: Mapping[str, str]
