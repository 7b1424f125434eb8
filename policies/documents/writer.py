"""Writes a policy set in its canonical form: RFC 8785 JSON, whose SHA-256 is its digest."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
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
from policies.model.policy_set import AttributeDeclaration, Obligation, PolicySet, Rule
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.findings import FindingState


def write_policy_set(policy_set: PolicySet) -> bytes:
    """Return the canonical form. Reading it gives an equal policy set."""
    return rfc8785.dumps(
        {
            "schema": 1,
            "name": policy_set.name,
            "metadata": dict(policy_set.metadata),
            "attributes": {
                name: _declaration(declaration)
                for name, declaration in policy_set.attributes.items()
            },
            "rules": [_rule(rule) for rule in policy_set.rules],
            "otherwise": str(policy_set.otherwise),
        }
    )


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
