"""The rules and facts of the engine's benchmark in the forms of ZEN Engine and Cedar.

Each peer gets its fastest documented path. ZEN: one decision table that collects, in loop mode over
the findings that are present (and one item for rules about none), compiled once; its index works on
the first column. Cedar: a policy a rule, parsed once; the policies that determine the answer are
the rules that hold. What follows from rules that hold (effect, united obligations, explanation) is
left out: only this engine is asked for it. Requests are made before the clock starts.
"""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple

import cedarpy
import zen

from policies.design import Hits, element_statuses
from policies.engine.reference import count_reliable
from policies.model import (
    All,
    AttributeIs,
    Condition,
    EnvironmentIs,
    Facts,
    FindingIs,
    Operator,
    PolicySet,
    ReliableElements,
    Rule,
)
from policies.model import Any as AnyOf
from policies.vocabulary.findings import ASSURANCE_RANK, FindingState


class Peer(NamedTuple):
    """An engine: what answers a prepared request, and what reads the ids of rules in an answer."""

    ask: Callable[[Any], Any]
    rules_in: Callable[[Any], frozenset[str]]


_ANYWAY: Final = "anyway"
_SIGNS: Final = {
    Operator.ABOVE: ">",
    Operator.AT_LEAST: ">=",
    Operator.BELOW: "<",
    Operator.AT_MOST: "<=",
    Operator.EQUALS: "==",
}


def _parts(rule: Rule) -> list[Condition]:
    """Return what a rule asks for, nested conjunctions spelt out."""
    waiting: list[Condition] = [rule.when]
    parts: list[Condition] = []
    while waiting:
        part = waiting.pop(0)
        waiting = [*part.parts, *waiting] if isinstance(part, All) else waiting
        parts += [] if isinstance(part, All) else [part]
    return parts


def _findings(part: Condition) -> list[FindingIs]:
    """Return the findings of which a part needs one; none if it is about something else."""
    atoms = part.parts if isinstance(part, AnyOf) else (part,)
    return [atom for atom in atoms if isinstance(atom, FindingIs)]


def _token(atom: FindingIs) -> str:
    """Return a finding's name, which has its state unless it is present."""
    return atom.code if atom.state is FindingState.PRESENT else f"{atom.code}?"


def _number(value: Any) -> Any:
    """Return a value that both peers can compare: amounts in cents, versions as one number."""
    if isinstance(value, tuple):
        major, minor, patch = (*value, 0, 0)[:3]
        return (major * 1000 + minor) * 1000 + patch
    return int(value * 100) if isinstance(value, Decimal) else value


def _said(facts: Facts, codes: frozenset[str]) -> dict[str, int]:
    """Return the token of everything that is present (with the rank of its assurance) or unsaid."""
    present = {
        finding.code: ASSURANCE_RANK[finding.assurance]
        for finding in facts.findings
        if finding.state is FindingState.PRESENT
    }
    unsaid = codes - {finding.code for finding in facts.findings}
    return present | {f"{code}?": 0 for code in unsaid}


def _asked_for(policy_set: PolicySet) -> frozenset[str]:
    """Return the codes that some rule wants not evaluated."""
    return frozenset(
        atom.code
        for rule in policy_set.rules
        for part in _parts(rule)
        for atom in _findings(part)
        if atom.state is FindingState.NOT_EVALUATED
    )


def _values(facts: Facts, hits: Hits) -> dict[str, Any]:
    """Return everything but findings; the number of reliable elements is given to the peers."""
    statuses = element_statuses(hits, facts.findings, facts.elements)
    return {
        **{name: _number(value) for name, value in facts.attributes.items()},
        "environment": facts.environment.class_,
        "reliable": count_reliable(statuses),
    }


def _scalar(part: Condition) -> tuple[str, Operator, list[Any]]:
    """Return a part about no finding as field, operator and operands."""
    match part:
        case AttributeIs(name=name, comparison=comparison):
            return name, comparison.operator, [*map(_number, comparison.operands)]
        case ReliableElements(comparison=comparison):
            return "reliable", comparison.operator, [*comparison.operands]
        case EnvironmentIs(values=values):
            return "environment", Operator.IN, [*values]
        case _:
            raise TypeError(f"the benchmark has no such condition: {part}")


def zen_peer(policy_set: PolicySet) -> Peer:
    """Return ZEN's engine with the rules as one decision table."""
    rows = [_row(rule) for rule in policy_set.rules]
    fields = ["token", *sorted({field for row in rows for field in row} - {"token", "rule"})]
    content = {
        "hitPolicy": "collect",
        "executionMode": "loop",
        "inputField": "items",
        "outputPath": None,
        "passThrough": False,
        "inputs": [{"id": field, "name": field, "field": field} for field in fields],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": [{"_id": row["rule"], **dict.fromkeys(fields, ""), **row} for row in rows],
    }
    place = {"position": {"x": 0, "y": 0}}
    graph = {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", **place},
            {"id": "table", "name": "t", "type": "decisionTableNode", "content": content, **place},
            {"id": "out", "name": "out", "type": "outputNode", **place},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"rules": graph}}})

    return Peer(
        partial(engine.evaluate, "rules"),
        lambda answer: frozenset(row["rule"] for rows in answer["result"] for row in rows),
    )


def _row(rule: Rule) -> dict[str, str]:
    """Return a rule as a row of a decision table."""
    row = {"rule": f"'{rule.id}'", "token": f"'{_ANYWAY}'"}
    cells: dict[str, list[str]] = {}
    for part in _parts(rule):
        atoms = _findings(part)
        if atoms:
            row["token"] = ", ".join(f"'{_token(atom)}'" for atom in atoms)
            worst = {atom.assurance for atom in atoms} - {None}
            row.update([("rank", f"<= {ASSURANCE_RANK[level]}") for level in worst if level])
            continue
        field, operator, operands = _scalar(part)
        words = ", ".join(json.dumps(each) for each in operands)
        is_listed = operator in {Operator.IN, Operator.EQUALS}
        test = words if is_listed else f"{_SIGNS[operator]} {words}"
        cells.setdefault(field, [])
        cells[field] += [] if test in cells[field] else [test]
    return row | {field: _cell(each) for field, each in cells.items()}


def _cell(tests: list[str]) -> str:
    """Return one test as it is, so that it can be indexed; of several, their conjunction."""
    if len(tests) == 1:
        return tests[0]
    return " and ".join(f"$ {each}" if each[0] in "<>" else f"$ == {each}" for each in tests)


def zen_requests(policy_set: PolicySet, hits: Hits, facts: Sequence[Facts]) -> list[bytes]:
    """Return ZEN's requests, as JSON: quicker for it than objects; only what rules ask for."""
    codes = _asked_for(policy_set)
    asked = {field for rule in policy_set.rules for field in _row(rule)}
    return [
        json.dumps(
            {
                "items": [
                    {"token": token, "rank": rank}
                    | {k: v for k, v in _values(each, hits).items() if k in asked}
                    for token, rank in ({_ANYWAY: 0} | _said(each, codes)).items()
                ]
            }
        ).encode()
        for each in facts
    ]


def cedar_peer(policy_set: PolicySet) -> Peer:
    """Return Cedar's engine with a policy for each rule."""
    source = "\n".join(
        f"permit(principal, action, resource) when {{ {' && '.join(_terms(rule))} }};"
        for rule in policy_set.rules
    )
    policies = cedarpy.PolicySet.from_str(source)
    entities = cedarpy.Entities.from_json_str("[]")
    ids = {f"policy{number}": rule.id for number, rule in enumerate(policy_set.rules)}

    return Peer(
        partial(cedarpy.is_authorized, policies=policies, entities=entities),
        lambda answer: frozenset(ids[reason] for reason in answer.diagnostics.reasons),
    )


def _terms(rule: Rule) -> list[str]:
    """Return a rule's conditions in Cedar's language."""
    terms = []
    for part in _parts(rule):
        atoms = _findings(part)
        if atoms:
            words = [
                json.dumps(_token(atom) + (f"@{atom.assurance}" if atom.assurance else ""))
                for atom in atoms
            ]
            terms.append(f"context.said.containsAny([{', '.join(words)}])")
            continue
        field, operator, operands = _scalar(part)
        words = [json.dumps(each) for each in operands]
        if operator is Operator.IN:
            terms.append(f"[{', '.join(words)}].contains(context.{field})")
        else:
            terms.append(f"context.{field} {_SIGNS[operator]} {words[0]}")
    return terms


def cedar_requests(
    policy_set: PolicySet, hits: Hits, facts: Sequence[Facts]
) -> list[dict[str, Any]]:
    """Return Cedar's requests; a finding is in the set once for each assurance that it is at least."""
    codes = _asked_for(policy_set)
    return [
        {
            "principal": 'User::"payer"',
            "action": 'Action::"authenticate"',
            "resource": 'Method::"app"',
            "context": _values(each, hits) | {"said": _names(_said(each, codes))},
        }
        for each in facts
    ]


def _names(said: dict[str, int]) -> list[str]:
    """Return each token, alone and with each assurance that it is at least."""
    return [
        name
        for token, rank in said.items()
        for name in (
            token,
            *(f"{token}@{level}" for level, of in ASSURANCE_RANK.items() if of >= rank),
        )
    ]
