"""Two policy sets are compared by the ids of their rules, in sentences."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

from policies.engine import Change, Difference, difference
from tests.support.deciding import policy_set
from tests.support.documents import rule

NOTIFY: Final = {"action": "notify_fraud_desk", "within": "5m"}
CASE: Final = {"name": "A case", "given": {}, "expect": {"effect": "permit"}}


def compared(*rules: dict[str, Any], **changes: Any) -> Difference:
    """Return the difference from a policy set of two rules."""
    before = policy_set(rule(id="a"), rule(id="b"), tests=[CASE], metadata={"from": "x"})
    changes = {"tests": [CASE], "metadata": {"from": "x"}} | changes
    return difference(before, policy_set(*rules, **changes))


def test_the_order_of_rules_is_no_difference() -> None:
    found = compared(rule(id="b"), rule(id="a"))

    assert found.is_empty
    assert found.lines() == []


def test_rules_are_compared_by_id() -> None:
    found = compared(rule(id="c"), rule(id="a", effect="permit", obligations=[NOTIFY]))

    assert found.rules == (
        Change(
            "a",
            "When device.rooted is present: deny, silently.",
            "When device.rooted is present: permit; notify the fraud desk within 5 min.",
            ("effect", "obligations"),
        ),
        Change("b", "When device.rooted is present: deny, silently.", None),
        Change("c", None, "When device.rooted is present: deny, silently."),
    )
    assert [change.kind for change in found.rules] == ["changed", "removed", "added"]
    assert not found.is_empty


def test_what_a_sentence_does_not_say_is_a_difference_too() -> None:
    (change,) = compared(rule(id="a", title="New", answers=["9(2)"]), rule(id="b")).rules

    assert change.fields == ("title", "answers")
    assert change.before == change.after


def test_everything_else_is_compared_by_name() -> None:
    declared = {
        "amount_eur": {"type": "decimal", "min": 0, "max": "99.50"},
        "risk": {"type": "integer", "required": True},
        "purpose": {"type": "enum", "values": ["payment", "access"]},
    }
    given = {"attributes": {"risk": 1}}
    tests = [CASE | {"given": given, "expect": {"effect": "deny", "determining_rules": ["a", "b"]}}]
    found = compared(
        rule(id="a"),
        rule(id="b"),
        attributes=declared,
        tests=tests,
        metadata={"to": "y"},
        otherwise="deny",
    )

    assert found.document == (
        Change("metadata from", "x", None),
        Change("metadata to", None, "y"),
        Change("otherwise", "permit", "deny"),
    )
    assert found.attributes[1] == Change(
        "amount_eur",
        "optional decimal at least 0",
        "optional decimal at least 0 at most 99.50",
    )
    assert found.attributes[-3:-1] == (
        Change("risk", None, "required integer"),
        Change("segment", "optional string", None),
    )
    assert {change.name for change in found.attributes} == {
        *("age_days", "amount_eur", "enrolled_at", "flags", "payee_known"),
        *("risk", "segment", "wallet"),
    }
    assert found.tests == (Change("A case", "expects permit", "expects deny by a, b"),)


def test_a_new_enum_shows_its_values() -> None:
    declared = {"kind": {"type": "enum", "values": ["a", "b"]}}
    (change,) = difference(policy_set(attributes={}), policy_set(attributes=declared)).attributes

    assert change == Change("kind", None, "optional enum one of a, b")


def test_the_lines_show_what_is_new_and_what_is_gone() -> None:
    found = compared(rule(id="a", effect="permit"))

    assert found.lines() == [
        "rule a changed (effect)",
        "  - When device.rooted is present: deny, silently.",
        "  + When device.rooted is present: permit.",
        "rule b removed",
        "  - When device.rooted is present: deny, silently.",
    ]
