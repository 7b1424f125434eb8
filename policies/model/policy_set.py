"""A policy set as frozen syntax, with its own test cases."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from policies.model.conditions import Condition
from policies.model.facts import Facts
from policies.vocabulary.attributes import AttributeType
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect
from policies.vocabulary.findings import FindingState

ParameterValue = str | bool

CASE_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When every test case is decided: cases have ages instead of times, so that they never grow old."""


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
class Expectation:
    """What a case must lead to; obligations and determining rules only where they are asked for."""

    effect: Effect
    obligations: tuple[Obligation, ...] | None = None
    determining_rules: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A test case: facts at `CASE_TIME`, and what the policy set must decide on them.

    `unlisted` is the state of every code that `facts` has no finding of: `not_evaluated`
    (nothing was said), or `absent` (looked for just now at assurance A, and not found).
    """

    name: str
    facts: Facts
    expect: Expectation
    unlisted: FindingState = FindingState.NOT_EVALUATED


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """A PSP's policy: its attributes, its rules, what holds otherwise, and its test cases.

    The cases are part of the document: they are approved with it and its digest covers them.

    INVARIANT (the reader sees to it): no rule's effect is weaker than `otherwise`.
    """

    name: str
    attributes: Mapping[str, AttributeDeclaration]
    rules: tuple[Rule, ...]
    otherwise: Effect
    metadata: Mapping[str, str]
    tests: tuple[Case, ...] = ()
