"""The specification: what a policy set means, slow and plain."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from policies.design import Hits, element_statuses
from policies.engine.combining import (
    disposition_of,
    least_disclosure,
    strongest_effect,
    united_obligations,
)
from policies.model import (
    All,
    Any,
    AttributeIs,
    Comparison,
    Condition,
    Decision,
    ElementIs,
    EnvironmentIs,
    Facts,
    FindingIs,
    Operator,
    PolicySet,
    ReliableElements,
    Value,
    age_s,
    seconds_since,
)
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import UNKNOWN
from policies.vocabulary.findings import Assurance, Finding, FindingState, codes_of

_RELIABLE: Final = ElementStatus.RELIABLE

Truth = bool | None
"""Kleene's three values; None is unknown."""

Statuses = Mapping[Element, ElementStatus]


def decide(
    policy_set: PolicySet, hits: Hits, facts: Facts, waived: frozenset[str] = frozenset()
) -> Decision:
    """Decide on `facts`: every rule counts whose condition is not definitely false.

    `hits` says which elements a finding code puts in question (`policies.design.element_hits`).
    Rules whose ids are in `waived` are set aside: the decision names those that would have
    counted, and has the effect and obligations of the others.
    """
    statuses = element_statuses(hits, facts.findings, facts.elements)
    every = [rule for rule in policy_set.rules if truth_of(rule.when, facts, statuses) is not False]
    holding = [rule for rule in every if rule.id not in waived]
    waived_rules = tuple(sorted(rule.id for rule in every if rule.id in waived))
    effect = strongest_effect(holding, policy_set.otherwise)
    determining = [rule for rule in holding if rule.effect is effect]
    return Decision(
        effect=effect,
        obligations=united_obligations(holding, effect),
        determining_rules=tuple(sorted(rule.id for rule in determining)),
        matched_rules=tuple(sorted(rule.id for rule in holding)),
        elements=statuses,
        reliable_elements=count_reliable(statuses),
        disposition=disposition_of(facts.findings, is_waived=bool(waived_rules)),
        disclosure=least_disclosure(determining),
        waived_rules=waived_rules,
    )


def count_reliable(statuses: Statuses) -> int:
    """Return how many elements in use are reliable; none in use means none."""
    return list(statuses.values()).count(_RELIABLE)


def truth_of(condition: Condition, facts: Facts, statuses: Statuses) -> Truth:
    """Return whether a condition holds, fails, or cannot be known."""
    match condition:
        case FindingIs():
            return _any(_finding(code, condition, facts) for code in codes_of(condition.code))
        case ElementIs(element=element, status=status, or_worse=or_worse):
            actual = statuses.get(element)
            if actual is None:
                return False
            return actual.rank >= status.rank if or_worse else actual is status
        case ReliableElements(comparison=comparison):
            return compare(count_reliable(statuses), comparison)
        case EnvironmentIs(field=field, values=values):
            said = facts.environment.value_of(field)
            return None if said == UNKNOWN and UNKNOWN not in values else said in values
        case AttributeIs(comparison=comparison):
            value = value_for(condition, facts)
            return None if value is None else compare(value, comparison)
        case All(parts=parts):
            return _all(truth_of(part, facts, statuses) for part in parts)
        case Any(parts=parts):
            return _any(truth_of(part, facts, statuses) for part in parts)
        case _:
            truth = truth_of(condition.part, facts, statuses)
            return None if truth is None else not truth


def value_for(condition: AttributeIs, facts: Facts) -> Value | None:
    """Return what a condition compares: an attribute's value or a timestamp's age; None: unknown."""
    value = facts.attributes.get(condition.name)
    return seconds_since(value, facts.decided_at) if isinstance(value, datetime) else value


def overall_state(findings: Iterable[Finding]) -> FindingState:
    """Return a code's state from all its findings: present, else absent, else not evaluated.

    A code about which nothing was said was not evaluated: stripping evidence never makes it absent.
    """
    states = {finding.state for finding in findings}
    for state in (FindingState.PRESENT, FindingState.ABSENT):
        if state in states:
            return state
    return FindingState.NOT_EVALUATED


def _finding(code: str, condition: FindingIs, facts: Facts) -> Truth:
    """Return whether one code is as the condition says."""
    findings = [finding for finding in facts.findings if finding.code == code]
    if overall_state(findings) is not condition.state:
        return False
    if condition.state is FindingState.NOT_EVALUATED:
        return True
    return _any(
        _age(condition.age, finding, facts)
        for finding in findings
        if finding.state is condition.state and is_assured(finding.assurance, condition)
    )


def is_assured(assurance: Assurance, condition: FindingIs) -> bool:
    """Return whether the evidence is worth what the condition asks for."""
    if condition.assurance is None:
        return True
    if condition.or_better:
        return assurance.rank <= condition.assurance.rank
    return assurance is condition.assurance


def _age(comparison: Comparison | None, finding: Finding, facts: Facts) -> Truth:
    """Return whether the finding's age is as the condition says."""
    if comparison is None:
        return True
    age = age_s(finding, facts.decided_at)
    return None if age is None else compare(age, comparison)


def compare(value: Value, comparison: Comparison) -> bool:
    """Return whether a value compares so; operands are of its type, by the reader's care."""
    if comparison.operator is Operator.IN:
        return value in comparison.operands
    (operand,) = comparison.operands
    match comparison.operator:
        case Operator.EQUALS:
            return value == operand
        case Operator.CONTAINS:
            return operand in value  # type: ignore[operator]
        case Operator.ABOVE:
            return value > operand  # type: ignore[operator]
        case Operator.AT_LEAST:
            return value >= operand  # type: ignore[operator]
        case Operator.BELOW:
            return value < operand  # type: ignore[operator]
        case _:
            return value <= operand  # type: ignore[operator]


def _all(truths: Iterable[Truth]) -> Truth:
    """Kleene's conjunction."""
    unknown = False
    for truth in truths:
        if truth is False:
            return False
        unknown = unknown or truth is None
    return None if unknown else True


def _any(truths: Iterable[Truth]) -> Truth:
    """Kleene's disjunction."""
    unknown = False
    for truth in truths:
        if truth:
            return True
        unknown = unknown or truth is None
    return None if unknown else False
