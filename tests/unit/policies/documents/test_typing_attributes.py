"""Attributes of a request are typed by the policy set's declarations, or refused by name."""
# SPDX-License-Identifier: Apache-2.0

from decimal import Decimal

import pytest

from policies.documents import AttributeValueError, type_attributes, type_built_in
from policies.model import AttributeDeclaration, PolicySet
from policies.vocabulary.attributes import AttributeType
from policies.vocabulary.effects import Effect
from tests.support.deciding import NOW


def policy_set(**attributes: AttributeDeclaration) -> PolicySet:
    return PolicySet(
        name="N", attributes=attributes, rules=(), otherwise=Effect.PERMIT, metadata={}
    )


def typed(value: object, type_: AttributeType, **bounds: object) -> object:
    declaration = AttributeDeclaration(type=type_, **bounds)  # type: ignore[arg-type]
    return type_attributes(policy_set(thing=declaration), {"thing": value})["thing"]


@pytest.mark.parametrize(
    ("value", "type_", "result"),
    [
        ("129.90", AttributeType.DECIMAL, Decimal("129.90")),
        (130, AttributeType.DECIMAL, Decimal(130)),
        ("-5", AttributeType.DECIMAL, Decimal(-5)),
        (10**30 - 1, AttributeType.INTEGER, 10**30 - 1),
        (False, AttributeType.BOOLEAN, False),
        ("", AttributeType.STRING, ""),
        ("x" * 256, AttributeType.STRING, "x" * 256),
        ("7.3.0", AttributeType.VERSION, (7, 3)),
        ([], AttributeType.STRING_SET, frozenset()),
        (["b", "a", "b"], AttributeType.STRING_SET, frozenset("ab")),
        ("2026-11-23T10:15:05Z", AttributeType.TIMESTAMP, NOW),
        ("2026-11-23T11:15:05.000+01:00", AttributeType.TIMESTAMP, NOW),
    ],
)
def test_a_fitting_value_is_typed(value: object, type_: AttributeType, result: object) -> None:
    assert typed(value, type_) == result
    assert type(typed(value, type_)) is type(result)


@pytest.mark.parametrize(
    ("value", "type_", "words"),
    [
        (129.9, AttributeType.DECIMAL, 'such as "129.90"'),
        (True, AttributeType.DECIMAL, "a decimal as text"),
        ("1e3", AttributeType.DECIMAL, "a decimal as text"),
        (10**30, AttributeType.DECIMAL, "a decimal as text"),
        (None, AttributeType.DECIMAL, "a decimal as text"),
        ("5", AttributeType.INTEGER, "an integer"),
        (True, AttributeType.INTEGER, "an integer"),
        (-(10**30), AttributeType.INTEGER, "at most 30 digits"),
        (1, AttributeType.BOOLEAN, "true or false"),
        ("true", AttributeType.BOOLEAN, "true or false"),
        (5, AttributeType.STRING, "text of at most 256"),
        ("x" * 257, AttributeType.STRING, "text of at most 256"),
        ("a\x00b", AttributeType.STRING, "without control characters"),
        ("7.x", AttributeType.VERSION, "a version such as"),
        (7, AttributeType.VERSION, "a version such as"),
        ([], AttributeType.STRING, "text"),
        ("a", AttributeType.STRING_SET, "a list of at most 64 texts"),
        (["a"] * 65, AttributeType.STRING_SET, "a list of at most 64 texts"),
        (["a", 5], AttributeType.STRING_SET, "each a text of at most 256"),
        (["x" * 257], AttributeType.STRING_SET, "each a text of at most 256"),
        (["a\ud800"], AttributeType.STRING_SET, "without control characters"),
        ({"a": 1}, AttributeType.STRING_SET, "a list of"),
        (1763892905, AttributeType.TIMESTAMP, "a time with its offset"),
        ("2026-11-23", AttributeType.TIMESTAMP, "a time with its offset"),
        ("2026-11-23T10:15:05", AttributeType.TIMESTAMP, "a time with its offset"),
        ("0001-01-01T00:00:00+10:00", AttributeType.TIMESTAMP, "a time with its offset"),
    ],
)
def test_an_unfitting_value_is_refused_by_name(
    value: object, type_: AttributeType, words: str
) -> None:
    with pytest.raises(AttributeValueError) as caught:
        typed(value, type_)
    (problem,) = caught.value.problems

    assert problem.pointer == "/thing"
    assert words in problem.detail


def test_an_enum_takes_its_values_only() -> None:
    assert typed("a", AttributeType.ENUM, values=("a", "b")) == "a"
    with pytest.raises(AttributeValueError, match="one of `a`, `b`"):
        typed("c", AttributeType.ENUM, values=("a", "b"))
    with pytest.raises(AttributeValueError, match="one of `a`, `b`"):
        typed(["a"], AttributeType.ENUM, values=("a", "b"))


def test_bounds_are_inclusive_and_exact() -> None:
    bounds = {"minimum": Decimal("0.01"), "maximum": Decimal("99.50")}

    assert typed("0.01", AttributeType.DECIMAL, **bounds) == Decimal("0.01")
    assert typed("99.5", AttributeType.DECIMAL, **bounds) == Decimal("99.5")
    with pytest.raises(AttributeValueError, match=r"at least 0\.01"):
        typed("0.0099", AttributeType.DECIMAL, **bounds)
    with pytest.raises(AttributeValueError, match=r"at most 99\.5"):
        typed("99.51", AttributeType.DECIMAL, **bounds)
    with pytest.raises(AttributeValueError, match="at least 3"):
        typed(2, AttributeType.INTEGER, minimum=3)


def test_all_problems_are_named_at_once() -> None:
    declared = policy_set(
        amount=AttributeDeclaration(type=AttributeType.DECIMAL, required=True),
        known=AttributeDeclaration(type=AttributeType.BOOLEAN),
    )

    with pytest.raises(AttributeValueError) as caught:
        type_attributes(declared, {"knwon": True, "known": 5, "a/b": 1})

    assert [(problem.pointer, problem.detail) for problem in caught.value.problems] == [
        ("/knwon", "the policy set declares no such attribute (did you mean `known`?)"),
        ("/known", "expected true or false"),
        ("/a~1b", "the policy set declares no such attribute"),
        ("/amount", "is required by the policy set and missing"),
    ]


def test_a_missing_optional_attribute_stays_missing() -> None:
    declared = policy_set(known=AttributeDeclaration(type=AttributeType.BOOLEAN))

    assert type_attributes(declared, {}) == {}


def test_more_attributes_than_anybody_declares_are_refused_unread() -> None:
    with pytest.raises(AttributeValueError) as caught:
        type_attributes(policy_set(), dict.fromkeys(map(str, range(100_000)), 1))

    assert [problem.pointer for problem in caught.value.problems] == [""]


def test_built_in_versions_are_compared_by_their_numbers_or_unknown() -> None:
    assert type_built_in(
        {
            "app_version": "7.10.0",
            "os_version": "14-beta",
            "platform": "android",
            "device_model": "",
            "channel": "mobile-app",
        }
    ) == {"app_version": (7, 10), "platform": "android", "channel": "mobile-app"}
