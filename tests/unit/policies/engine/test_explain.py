"""An explanation names each rule, whether it counted, and why."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from policies.design import element_hits
from policies.engine import Reason, explain
from policies.model import Environment, Facts
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import Assurance, FindingState
from tests.support.deciding import NOW, facts, finding, policy_set
from tests.support.documents import rule

HITS = element_hits(None, None)


def reason_of(when: Any, given: Facts) -> Reason:
    (explanation,) = explain(policy_set(rule(when=when)), HITS, given)
    (reason,) = explanation.reasons
    return reason


def test_every_rule_is_explained_in_the_documents_order() -> None:
    policies = policy_set(
        rule(id="z"), rule(id="a", when={"attribute": "payee_known", "is": False}), rule(id="m")
    )
    explanations = explain(policies, HITS, facts(finding("device.rooted")))

    assert [each.rule.id for each in explanations] == ["z", "a", "m"]
    assert [each.truth for each in explanations] == [True, None, True]
    assert all(each.counted for each in explanations)
    assert explanations[0].sentence == "When device.rooted is present: deny, silently."
    assert not explain(policies, HITS, facts())[0].counted


def test_a_waived_rule_is_shown_as_set_aside() -> None:
    policies = policy_set(
        rule(id="waived"), rule(id="kept"), rule(id="idle", when={"finding": "app.cloned"})
    )
    waived = frozenset({"waived", "idle"})
    first, second, third = explain(policies, HITS, facts(finding("device.rooted")), waived)

    assert (first.truth, first.counted, first.set_aside) == (True, False, True)
    assert (second.truth, second.counted, second.set_aside) == (True, True, False)
    assert (third.is_waived, third.counted, third.set_aside) == (True, False, False)


@pytest.mark.parametrize(
    ("when", "given", "truth", "actual"),
    [
        (
            {"finding": "device.rooted"},
            facts(finding("device.rooted", assurance=Assurance.D, age_s=5)),
            True,
            "device.rooted present (a-provider, D, 5 s old)",
        ),
        (
            {"finding": "device.rooted", "state": "absent"},
            facts(finding("device.rooted", FindingState.ABSENT, age_s=None)),
            True,
            "device.rooted absent (a-provider, A, age not known)",
        ),
        (
            {"finding": "device.rooted"},
            facts(finding("device.rooted", FindingState.NOT_EVALUATED)),
            False,
            "device.rooted not evaluated (a-provider, A, 1 s old)",
        ),
        ({"finding": "device.rooted"}, facts(), False, "no evidence said anything about it"),
        (
            {"finding": "key.*"},
            facts(finding("key.software_backed"), finding("key.counter_regressed")),
            True,
            (
                "key.counter_regressed present (a-provider, A, 1 s old); "
                "key.software_backed present (a-provider, A, 1 s old)"
            ),
        ),
        (
            {"element": "possession", "status": "compromised"},
            facts(finding("device.os_outdated")),
            False,
            "in doubt",
        ),
        (
            {"element": "inherence", "status": "reliable"},
            facts(),
            False,
            "not in use",
        ),
        (
            {"reliable_elements": {"below": 2}},
            facts(elements=(Element.KNOWLEDGE,)),
            True,
            "1 of 1 in use are reliable",
        ),
        (
            {"environment": {"class": "tee"}},
            facts(environment=Environment(class_="app_container")),
            False,
            "app container",
        ),
        (
            {"environment": {"class": "tee"}},
            facts(environment=Environment()),
            None,
            "not given, so not excluded",
        ),
        (
            {"attribute": "amount_eur", "above": "50"},
            facts(attributes={"amount_eur": Decimal("120.00")}),
            True,
            "120.00",
        ),
        (
            {"attribute": "app_version", "above": "7"},
            facts(attributes={"app_version": (7, 3, 1)}),
            True,
            "7.3.1",
        ),
        (
            {"attribute": "flags", "contains": "vpn"},
            facts(attributes={"flags": frozenset({"a", "b"})}),
            False,
            "a, b",
        ),
        (
            {"attribute": "enrolled_at", "age": {"below": "1h"}},
            facts(attributes={"enrolled_at": NOW - timedelta(minutes=5)}),
            True,
            "2026-11-23T10:10:05Z, 300 s ago",
        ),
        (
            {"attribute": "enrolled_at", "age": {"below": "1h"}},
            facts(attributes={"enrolled_at": NOW + timedelta(days=1)}),
            None,
            "2026-11-24T10:15:05Z, in the future, so not excluded",
        ),
        (
            {"attribute": "payee_known", "is": True},
            facts(),
            None,
            "not given, so not excluded",
        ),
    ],
)
def test_a_reason_says_what_was_there(when: Any, given: Facts, truth: Any, actual: str) -> None:
    reason = reason_of(when, given)

    assert reason.truth is truth
    assert reason.actual == actual


def test_every_condition_of_a_rule_has_a_reason_once() -> None:
    rooted = {"finding": "device.rooted"}
    when = {"all": [rooted, {"any": [rooted, {"not": {"finding": "app.hooking"}}]}]}
    (explanation,) = explain(policy_set(rule(when=when)), HITS, facts())

    assert [reason.asked for reason in explanation.reasons] == [
        "device.rooted is present",
        "app.hooking is present",
    ]
