"""A condition is read exactly, or every mistake in it is named with its place."""
# SPDX-License-Identifier: Apache-2.0

from decimal import Decimal
from typing import Any

import pytest

from policies.documents import PolicyDocumentError, read_policy_set
from policies.model import (
    All,
    AttributeIs,
    Comparison,
    Condition,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Not,
    Operator,
    ReliableElements,
)
from policies.model import Any as AnyOf
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import Assurance, FindingState
from tests.support.documents import policy, rule, with_condition


def compared(operator: Operator, *operands: Any) -> Comparison:
    return Comparison(operator=operator, operands=operands)


def attribute(name: str, operator: Operator, *operands: Any) -> AttributeIs:
    return AttributeIs(name=name, comparison=compared(operator, *operands))


@pytest.mark.parametrize(
    ("when", "condition"),
    [
        ({"finding": "device.rooted"}, FindingIs(code="device.rooted")),
        ({"finding": "device.*"}, FindingIs(code="device.*")),
        (
            {"finding": "device.rooted", "state": "absent", "assurance": "B"},
            FindingIs(code="device.rooted", state=FindingState.ABSENT, assurance=Assurance.B),
        ),
        (
            {"finding": "device.rooted", "assurance": "at_least C", "age": {"above": "10m"}},
            FindingIs(
                code="device.rooted",
                assurance=Assurance.C,
                or_better=True,
                age=compared(Operator.ABOVE, 600),
            ),
        ),
        (
            {"finding": "device.rooted", "state": "not_evaluated"},
            FindingIs(code="device.rooted", state=FindingState.NOT_EVALUATED),
        ),
        (
            {"element": "possession", "status": "compromised"},
            ElementIs(element=Element.POSSESSION, status=ElementStatus.COMPROMISED),
        ),
        (
            {"element": "inherence", "status": "at_least in_doubt"},
            ElementIs(element=Element.INHERENCE, status=ElementStatus.IN_DOUBT, or_worse=True),
        ),
        (
            {"reliable_elements": {"below": 2}},
            ReliableElements(comparison=compared(Operator.BELOW, 2)),
        ),
        (
            {"reliable_elements": {"equals": 0}},
            ReliableElements(comparison=compared(Operator.EQUALS, 0)),
        ),
        ({"environment": {"class": "tee"}}, EnvironmentIs(field="class", values=("tee",))),
        (
            {"environment": {"delivery": "bundled", "class": ["unknown", "none", "none"]}},
            All(
                parts=(
                    EnvironmentIs(field="class", values=("none", "unknown")),
                    EnvironmentIs(field="delivery", values=("bundled",)),
                )
            ),
        ),
        (
            {"attribute": "amount_eur", "above": "50.00"},
            attribute("amount_eur", Operator.ABOVE, Decimal(50)),
        ),
        (
            {"attribute": "payee_known", "is": False},
            attribute("payee_known", Operator.EQUALS, False),  # noqa: FBT003
        ),
        (
            {"attribute": "purpose", "in": ["payment", "access", "payment"]},
            attribute("purpose", Operator.IN, "access", "payment"),
        ),
        (
            {"attribute": "age_days", "in": [3, -1]},
            attribute("age_days", Operator.IN, -1, 3),
        ),
        ({"attribute": "wallet", "below": "2.0"}, attribute("wallet", Operator.BELOW, (2,))),
        (
            {"attribute": "app_version", "at_least": "7.3.0"},
            attribute("app_version", Operator.AT_LEAST, (7, 3)),
        ),
        ({"attribute": "flags", "contains": "vpn"}, attribute("flags", Operator.CONTAINS, "vpn")),
        (
            {"attribute": "enrolled_at", "age": {"below": "3d"}},
            AttributeIs(
                name="enrolled_at", comparison=compared(Operator.BELOW, 259_200), is_age=True
            ),
        ),
        (
            {"attribute": "device_model", "equals": "Pixel 8a"},
            attribute("device_model", Operator.EQUALS, "Pixel 8a"),
        ),
        (
            {"all": [{"finding": "device.rooted"}, {"not": {"finding": "app.hooking"}}]},
            All(
                parts=(
                    FindingIs(code="device.rooted"),
                    Not(part=FindingIs(code="app.hooking")),
                )
            ),
        ),
        (
            {"any": [{"finding": "device.rooted"}]},
            AnyOf(parts=(FindingIs(code="device.rooted"),)),
        ),
    ],
)
def test_a_condition_is_read_as_it_is_written(when: Any, condition: Condition) -> None:
    (read,) = read_policy_set(with_condition(when)).rules

    assert read.when == condition


@pytest.mark.parametrize(
    ("when", "pointer", "words"),
    [
        (5, "", "expected an object, not a number"),
        ({}, "", "expected exactly one of `finding`"),
        ({"findng": "device.rooted"}, "", "did you mean `finding`?"),
        ({"zebra": 1}, "", "expected exactly one of `finding`"),
        ({"finding": "device.rooted", "all": []}, "", "not 2 of them"),
        ({"finding": "device.roted"}, "/finding", "did you mean `device.rooted`?"),
        ({"finding": 5}, "/finding", "expected text, not a number"),
        ({"finding": "device.rooted", "state": "here"}, "/state", "expected one of `present`"),
        ({"finding": "device.rooted", "assurance": "E"}, "/assurance", "expected `A` to `D`"),
        ({"finding": "device.rooted", "assurance": "at_least"}, "/assurance", "`A` to `D`"),
        ({"finding": "device.rooted", "age": {"equals": "5m"}}, "/age/equals", "unknown field"),
        ({"finding": "device.rooted", "age": {}}, "/age", "expected exactly one of `above`"),
        (
            {"finding": "device.rooted", "age": {"above": "1m", "below": "2m"}},
            "/age",
            "expected exactly one of",
        ),
        ({"finding": "device.rooted", "age": {"above": 60}}, "/age/above", "expected text"),
        ({"finding": "device.rooted", "agee": 1}, "/agee", "did you mean `age`?"),
        (
            {"finding": "device.rooted", "state": "not_evaluated", "assurance": "A"},
            "",
            "neither assurance nor age",
        ),
        (
            {"finding": "device.rooted", "state": "not_evaluated", "age": {"above": "1m"}},
            "",
            "neither assurance nor age",
        ),
        ({"element": "posession", "status": "reliable"}, "/element", "did you mean `possession`?"),
        ({"element": "possession"}, "", "`status` is missing"),
        ({"element": "possession", "status": "bad"}, "/status", "expected `reliable`"),
        ({"reliable_elements": 2}, "/reliable_elements", "expected an object"),
        ({"reliable_elements": {"below": 4}}, "/reliable_elements/below", "expected 0 to 3"),
        ({"reliable_elements": {"below": -1}}, "/reliable_elements/below", "expected 0 to 3"),
        ({"environment": {}}, "", "expected at least one of `class`"),
        ({"environment": {"class": "teee"}}, "/environment/class", "did you mean `tee`?"),
        ({"environment": {"class": []}}, "/environment/class", "expected 1 to"),
        ({"environment": {"clas": "tee"}}, "/environment/clas", "did you mean `class`?"),
        ({"attribute": "amont_eur", "above": 5}, "/attribute", "did you mean `amount_eur`?"),
        ({"attribute": "amount_eur"}, "", "expected exactly one comparison"),
        ({"attribute": "amount_eur", "above": 5, "below": 9}, "", "exactly one comparison"),
        ({"attribute": "amount_eur", "in": [5]}, "/in", "is of type decimal"),
        ({"attribute": "amount_eur", "above": "lots"}, "/above", "expected a number"),
        ({"attribute": "payee_known", "is": "yes"}, "/is", "expected true or false"),
        ({"attribute": "payee_known", "above": True}, "/above", "is of type boolean"),
        ({"attribute": "purpose", "is": "paymnt"}, "/is", "did you mean `payment`?"),
        ({"attribute": "purpose", "in": []}, "/in", "expected 1 to 200 items"),
        ({"attribute": "age_days", "above": "x"}, "/above", "expected an integer"),
        ({"attribute": "segment", "is": 5}, "/is", "expected text"),
        ({"attribute": "wallet", "is": "1"}, "/is", "is of type version"),
        ({"attribute": "wallet", "equals": "1-beta"}, "/equals", "expected a version"),
        ({"attribute": "flags", "is": "vpn"}, "/is", "of type string_set: expected one of `conta"),
        ({"attribute": "flags", "contains": ["vpn"]}, "/contains", "expected text, not a list"),
        ({"attribute": "segment", "contains": "a"}, "/contains", "is of type string"),
        ({"attribute": "enrolled_at", "above": "3d"}, "/above", "of type timestamp: expected one"),
        ({"attribute": "enrolled_at", "age": "3d"}, "/age", "expected an object, not text"),
        ({"attribute": "enrolled_at", "age": {"above": 3}}, "/age/above", "expected text"),
        ({"attribute": "enrolled_at", "age": {"equals": "3d"}}, "/age/equals", "unknown field"),
        ({"attribute": "age_days", "age": {"above": "3d"}}, "/age", "is of type integer"),
        ({"all": []}, "/all", "expected 1 to 200 items, not 0"),
        ({"any": [{"finding": "device.rooted"}] * 201}, "/any", "not 201"),
        ({"not": {"finding": "x"}}, "/not/finding", "unknown finding `x`"),
    ],
)
def test_a_mistake_is_named_with_its_place(when: Any, pointer: str, words: str) -> None:
    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(with_condition(when))
    problem = caught.value.problems[0]

    assert problem.pointer == f"/rules/0/when{pointer}"
    assert words in problem.detail


def test_every_part_with_a_mistake_is_named() -> None:
    parts = [{"finding": "x"}, {"finding": "device.rooted"}, {"not": {"element": "y"}}]

    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(with_condition({"any": parts}))

    pointers = [problem.pointer for problem in caught.value.problems]
    assert pointers == ["/rules/0/when/any/0/finding", "/rules/0/when/any/2/not/element"]


def test_a_yaml_version_may_stand_without_quotes() -> None:
    document = b"""
schema: 1
name: N
otherwise: permit
rules:
  - id: old-app
    when: {attribute: app_version, below: 7.10}
    effect: deny
"""
    (read,) = read_policy_set(document).rules

    assert read.when == attribute("app_version", Operator.BELOW, (7, 10))


def test_a_large_integer_is_written_as_text() -> None:
    policy_set = read_policy_set(
        policy(rule(when={"attribute": "age_days", "above": str(2**53 + 1)}))
    )

    assert policy_set.rules[0].when == attribute("age_days", Operator.ABOVE, 2**53 + 1)
