"""Writes a policy set in its canonical form: RFC 8785 JSON, whose SHA-256 is its digest."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any

import rfc8785

from policies.documents.texts import decimal_text, duration_text
from policies.model.conditions import (
    All,
    AttributeIs,
    Comparison,
    Condition,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Operator,
    ReliableElements,
    Value,
)
from policies.model.conditions import Any as AnyOf
from policies.model.policy_set import (
    CASE_TIME,
    AttributeDeclaration,
    Case,
    Obligation,
    PolicySet,
    Rule,
)
from policies.vocabulary.attributes import BUILT_IN
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import Assurance, Finding, FindingState


def write_policy_set(policy_set: PolicySet) -> bytes:
    """Return the canonical form. Reading it gives an equal policy set."""
    body: dict[str, Any] = {
        "schema": 1,
        "name": policy_set.name,
        "metadata": dict(policy_set.metadata),
        "attributes": {
            name: _declaration(declaration) for name, declaration in policy_set.attributes.items()
        },
        "rules": [_rule(rule) for rule in policy_set.rules],
        "otherwise": str(policy_set.otherwise),
    }
    if policy_set.tests:
        body["tests"] = [_case(case) for case in policy_set.tests]
    return rfc8785.dumps(body)


def digest_of(policy_set: PolicySet) -> str:
    """Return `sha256:<hex>` of the canonical form."""
    return f"sha256:{hashlib.sha256(write_policy_set(policy_set)).hexdigest()}"


def _declaration(declaration: AttributeDeclaration) -> dict[str, Any]:
    """Return a declaration as JSON."""
    body: dict[str, Any] = {"type": str(declaration.type)}
    if declaration.required:
        body["required"] = True
    for name, bound in (("min", declaration.minimum), ("max", declaration.maximum)):
        if bound is not None:
            body[name] = _operand(bound)
    if declaration.values:
        body["values"] = list(declaration.values)
    return body


def _rule(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON."""
    body: dict[str, Any] = {
        "id": rule.id,
        "when": write_condition(rule.when),
        "effect": str(rule.effect),
    }
    if rule.title:
        body["title"] = rule.title
    if rule.answers:
        body["answers"] = [str(duty) for duty in rule.answers]
    if rule.obligations:
        body["obligations"] = [_obligation(obligation) for obligation in rule.obligations]
    if rule.disclosure is not Disclosure.NONE:
        body["disclosure"] = {"level": str(rule.disclosure), "ground": rule.disclosure_ground}
    return body


def _obligation(obligation: Obligation) -> dict[str, Any]:
    """Return an obligation as JSON."""
    body: dict[str, Any] = {"action": obligation.action, **dict(obligation.parameters)}
    if obligation.within_s is not None:
        body["within"] = duration_text(obligation.within_s)
    return body


def _case(case: Case) -> dict[str, Any]:
    """Return a test case as JSON."""
    expect: dict[str, Any] = {"effect": str(case.expect.effect)}
    if case.expect.obligations is not None:
        expect["obligations"] = [_obligation(each) for each in case.expect.obligations]
    if case.expect.determining_rules is not None:
        expect["determining_rules"] = list(case.expect.determining_rules)
    return {"name": case.name, "given": _given(case), "expect": expect}


def _given(case: Case) -> dict[str, Any]:
    """Return what a test case is decided on."""
    facts = case.facts
    values = {name: _given_value(value) for name, value in facts.attributes.items()}
    body: dict[str, Any] = {name: value for name, value in values.items() if name in BUILT_IN}
    said = {field: facts.environment.value_of(field) for field in ENVIRONMENT_FIELDS}
    parts = {
        "attributes": {name: value for name, value in values.items() if name not in BUILT_IN},
        "environment": {field: value for field, value in said.items() if value != UNKNOWN},
        "elements": [str(element) for element in facts.elements],
        "findings": [_given_finding(finding) for finding in facts.findings],
    }
    body |= {name: part for name, part in parts.items() if part}
    if case.unlisted is not FindingState.NOT_EVALUATED:
        body["unlisted"] = str(case.unlisted)
    return body


def _given_value(value: Value) -> Any:
    """Return an attribute's value as JSON; a timestamp by its age."""
    if isinstance(value, datetime):
        return {"age": _age_text(value)}
    return sorted(value) if isinstance(value, frozenset) else _operand(value)


def _given_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding of a test case as JSON, without what is the default."""
    body = {"code": finding.code}
    if finding.state is not FindingState.PRESENT:
        body["state"] = str(finding.state)
    if finding.assurance is not Assurance.A:
        body["assurance"] = str(finding.assurance)
    if finding.observed_at is None:
        body["age"] = UNKNOWN
    elif finding.observed_at != CASE_TIME:
        body["age"] = _age_text(finding.observed_at)
    return body


def _age_text(moment: datetime) -> str:
    """Return how long before the decision a moment of a test case is."""
    return duration_text(int((CASE_TIME - moment).total_seconds()))


def write_condition(condition: Condition) -> dict[str, Any]:
    """Return a condition as JSON."""
    match condition:
        case FindingIs():
            return _finding(condition)
        case ElementIs(element=element, status=status, or_worse=or_worse):
            return {"element": str(element), "status": f"{'at_least ' if or_worse else ''}{status}"}
        case ReliableElements(comparison=comparison):
            return {"reliable_elements": _comparison(comparison)}
        case EnvironmentIs(field=field, values=values):
            return {"environment": {field: list(values)}}
        case AttributeIs(name=name, comparison=comparison, is_age=True):
            return {"attribute": name, "age": _age(comparison)}
        case AttributeIs(name=name, comparison=comparison):
            return {"attribute": name, **_comparison(comparison)}
        case All(parts=parts):
            return {"all": [write_condition(part) for part in parts]}
        case AnyOf(parts=parts):
            return {"any": [write_condition(part) for part in parts]}
        case _:
            return {"not": write_condition(condition.part)}


def _finding(condition: FindingIs) -> dict[str, Any]:
    """Return a condition on a finding as JSON."""
    body: dict[str, Any] = {"finding": condition.code}
    if condition.state is not FindingState.PRESENT:
        body["state"] = str(condition.state)
    if condition.assurance is not None:
        body["assurance"] = f"{'at_least ' if condition.or_better else ''}{condition.assurance}"
    if condition.age is not None:
        body["age"] = _age(condition.age)
    return body


def _age(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison of seconds as JSON."""
    (seconds,) = comparison.operands
    return {str(comparison.operator): duration_text(int(str(seconds)))}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON."""
    operands = [_operand(operand) for operand in comparison.operands]
    is_list = comparison.operator is Operator.IN
    return {str(comparison.operator): operands if is_list else operands[0]}


def _operand(operand: Value) -> bool | int | str:
    """Return an operand as JSON: decimals and versions as text, so that nothing is rounded."""
    if isinstance(operand, tuple):
        return ".".join(map(str, operand))
    if isinstance(operand, Decimal):
        return decimal_text(operand)
    if isinstance(operand, bool) or (isinstance(operand, int) and abs(operand) < 2**53):
        return operand
    return str(operand)
