"""An obligation has the parameters that its action takes, and a deadline."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from policies.documents import PolicyDocumentError, read_policy_set
from policies.model import Obligation
from tests.support.documents import policy, rule


@pytest.mark.parametrize(
    ("written", "obligation"),
    [
        ({"action": "record_only"}, Obligation(action="record_only")),
        (
            {"action": "notify_fraud_desk", "within": "5m"},
            Obligation(action="notify_fraud_desk", within_s=300),
        ),
        (
            {"action": "limit", "known_payees_only": True, "amount_eur": "30.00", "within": "1m"},
            Obligation(
                action="limit",
                parameters=(("amount_eur", "30"), ("known_payees_only", True)),
                within_s=60,
            ),
        ),
        (
            {"action": "suspend_element", "element": "possession", "within": "1m"},
            Obligation(
                action="suspend_element", parameters=(("element", "possession"),), within_s=60
            ),
        ),
        (
            {"action": "inform_user", "hint": "Update the system.", "within": "1d"},
            Obligation(
                action="inform_user", parameters=(("hint", "Update the system."),), within_s=86400
            ),
        ),
    ],
)
def test_an_obligation_is_read_as_it_is_written(
    written: dict[str, Any], obligation: Obligation
) -> None:
    (read,) = read_policy_set(policy(rule(obligations=[written]))).rules

    assert read.obligations == (obligation,)


@pytest.mark.parametrize(
    ("written", "pointer", "words"),
    [
        ({"within": "5m"}, "", "`action` is missing"),
        ({"action": "notify", "within": "5m"}, "/action", "unknown value `notify`"),
        ({"action": "notify_fraud_desk"}, "", "needs a deadline"),
        ({"action": "record_only", "within": "5m"}, "/within", "has no deadline"),
        ({"action": "notify_fraud_desk", "within": "9999999d"}, "/within", "at most `3660d`"),
        ({"action": "suspend_element", "within": "5m"}, "", "needs `element`"),
        (
            {"action": "suspend_element", "element": "pin", "within": "5m"},
            "/element",
            "expected one of `knowledge`",
        ),
        ({"action": "limit", "within": "5m"}, "", "needs one of `amount_eur`"),
        ({"action": "limit", "read_only": False, "within": "5m"}, "/read_only", "expected true"),
        ({"action": "limit", "amount_eur": -1, "within": "5m"}, "/amount_eur", "at least 0"),
        ({"action": "end_session", "element": "x", "within": "5m"}, "/element", "unknown field"),
        ({"action": "emit_event", "event": "a b", "within": "5m"}, "/event", "expected a name"),
    ],
)
def test_a_wrong_obligation_is_named_with_its_place(
    written: dict[str, Any], pointer: str, words: str
) -> None:
    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(policy(rule(obligations=[written])))
    (problem,) = caught.value.problems

    assert problem.pointer == f"/rules/0/obligations/0{pointer}"
    assert words in problem.detail


def test_the_same_limit_in_two_spellings_is_the_same_obligation() -> None:
    limits = [
        {"action": "limit", "amount_eur": amount, "within": "1m"} for amount in ("30", "30.00")
    ]

    with pytest.raises(PolicyDocumentError, match="stands here twice"):
        read_policy_set(policy(rule(obligations=limits)))
