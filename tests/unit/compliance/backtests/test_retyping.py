"""Recorded attributes are decided on again only where a candidate would have taken them."""
# SPDX-License-Identifier: Apache-2.0

from decimal import Decimal
from typing import Any

import pytest

from compliance.backtests.retyping import _PYTHON_TYPE, Declarations
from policies.documents import read_policy_set
from policies.vocabulary.attributes import AttributeType
from tests.support.documents import policy


def reason(declared: dict[str, Any], **recorded: Any) -> str:
    return Declarations(read_policy_set(policy(attributes=declared))).reason_against(recorded)


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ({"type": "decimal", "min": 0, "max": 100}, Decimal(100)),
        ({"type": "integer"}, 3),
        ({"type": "boolean"}, False),
        ({"type": "enum", "values": ["payment"]}, "payment"),
        ({"type": "string"}, "anything"),
        ({"type": "version"}, (7, 3)),
    ],
)
def test_a_value_of_the_declared_type_fits(declaration: dict[str, Any], value: Any) -> None:
    assert reason({"x": declaration}, x=value) == ""


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ({"type": "decimal"}, 3),
        ({"type": "integer"}, Decimal(3)),
        ({"type": "integer"}, True),
        ({"type": "boolean"}, 1),
        ({"type": "string"}, (7, 3)),
        ({"type": "version"}, "7.3"),
    ],
)
def test_another_type_is_a_reason(declaration: dict[str, Any], value: Any) -> None:
    kind = declaration["type"]

    assert reason({"x": declaration}, x=value) == (
        f"attribute `x` is `{kind}` for the candidate, not as recorded"
    )


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ({"type": "decimal", "max": 100}, Decimal("100.01")),
        ({"type": "integer", "min": 0}, -1),
        ({"type": "enum", "values": ["payment"]}, "account_access"),
    ],
)
def test_a_value_that_would_be_refused_is_a_reason(declaration: dict[str, Any], value: Any) -> None:
    assert "does not allow" in reason({"x": declaration}, x=value)


def test_an_undeclared_attribute_is_a_reason() -> None:
    assert reason({}, amount=3) == "the candidate declares no attribute `amount`"


def test_built_in_attributes_need_no_declaration() -> None:
    assert reason({}, channel="mobile-app", app_version=(7, 3)) == ""


def test_a_missing_attribute_is_a_reason_where_it_is_required() -> None:
    optional = {"type": "integer"}

    assert reason({"x": optional}) == ""
    assert "requires attribute `x`" in reason({"x": optional | {"required": True}})


def test_every_type_of_attribute_is_known() -> None:
    assert {each.value for each in AttributeType} <= _PYTHON_TYPE.keys()
