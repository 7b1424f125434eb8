"""What follows from the rules that hold."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from policies.model import Disposition, Obligation
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect
from policies.vocabulary.findings import Finding, FindingState
from tests.support.deciding import both_decide, facts, finding, policy_set
from tests.support.documents import rule

ALWAYS = {"finding": "device.rooted", "state": "not_evaluated"}
STEP_UP = {"action": "step_up", "method": "letter-code", "within": "10m"}
REVIEW = {"action": "review", "queue": "integrity", "within": "4h"}
FRAUD = {"action": "notify_fraud_desk", "within": "5m"}
RECORD = {"action": "record_only"}


def always(id_: str, effect: str, *obligations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return rule(id=id_, when=ALWAYS, effect=effect, obligations=list(obligations), **changes)


def test_the_strongest_effect_wins_and_its_rules_determine() -> None:
    decision = both_decide(
        policy_set(
            always("z-deny", "deny"),
            always("permit", "permit"),
            always("a-deny", "deny"),
            always("hold", "hold", REVIEW),
            rule(id="not-now", effect="deny"),
        ),
        facts(),
    )

    assert decision.effect is Effect.DENY
    assert decision.determining_rules == ("a-deny", "z-deny")
    assert decision.matched_rules == ("a-deny", "hold", "permit", "z-deny")


@pytest.mark.parametrize("otherwise", ["permit", "deny"])
def test_where_no_rule_holds_otherwise_holds(otherwise: str) -> None:
    decision = both_decide(policy_set(rule(), otherwise=otherwise), facts())

    assert decision.effect is Effect(otherwise)
    assert decision.matched_rules == decision.determining_rules == ()
    assert decision.obligations == ()
    assert decision.disclosure is Disclosure.NONE


def test_the_same_obligation_stands_once_with_its_shortest_deadline() -> None:
    decision = both_decide(
        policy_set(
            always("a", "deny", FRAUD | {"within": "1h"}, RECORD),
            always("b", "permit", FRAUD, RECORD),
            always("c", "permit", FRAUD | {"within": "2d"}),
        ),
        facts(),
    )

    assert decision.obligations == (
        Obligation(action="notify_fraud_desk", within_s=300),
        Obligation(action="record_only"),
    )


def test_an_action_with_other_parameters_is_another_obligation() -> None:
    limit = {"action": "limit", "within": "1m"}
    decision = both_decide(
        policy_set(
            always("a", "permit", limit | {"amount_eur": 30}),
            always("b", "permit", limit | {"amount_eur": 100, "known_payees_only": True}),
        ),
        facts(),
    )

    assert [each.parameters for each in decision.obligations] == [
        (("amount_eur", "100"), ("known_payees_only", True)),
        (("amount_eur", "30"),),
    ]


def test_two_step_up_methods_are_both_asked_for() -> None:
    decision = both_decide(
        policy_set(
            always("a", "step_up", STEP_UP),
            always("b", "step_up", STEP_UP | {"method": "branch"}),
        ),
        facts(),
    )

    assert [dict(each.parameters)["method"] for each in decision.obligations] == [
        "branch",
        "letter-code",
    ]


def test_a_denied_authentication_is_not_stepped_up_but_still_reviewed() -> None:
    decision = both_decide(
        policy_set(
            always("a", "step_up", STEP_UP, FRAUD),
            always("b", "hold", REVIEW),
            always("c", "deny"),
        ),
        facts(),
    )

    assert [each.action for each in decision.obligations] == ["notify_fraud_desk", "review"]


def test_a_held_authentication_still_needs_its_step_up() -> None:
    decision = both_decide(
        policy_set(always("a", "step_up", STEP_UP), always("b", "hold", REVIEW)), facts()
    )

    assert decision.effect is Effect.HOLD
    assert [each.action for each in decision.obligations] == ["review", "step_up"]


def test_the_least_that_a_determining_rule_tells_is_told() -> None:
    full = {"level": "full", "ground": "g"}
    hint = {"level": "remediation_hint", "ground": "g"}
    policies = policy_set(
        always("a", "deny", disclosure=full),
        always("b", "deny", disclosure=hint),
        always("c", "permit"),
    )

    assert both_decide(policies, facts()).disclosure is Disclosure.REMEDIATION_HINT


PRESENT, ABSENT, NOT_EVALUATED = FindingState


@pytest.mark.parametrize(
    ("findings", "disposition"),
    [
        ([], Disposition.UNDETERMINED),
        ([finding("device.rooted", ABSENT)], Disposition.CLEAR),
        (
            [finding("device.rooted", ABSENT), finding("app.hooking", NOT_EVALUATED)],
            Disposition.UNDETERMINED,
        ),
        ([finding("device.rooted", NOT_EVALUATED)], Disposition.UNDETERMINED),
        ([finding("attestation.missing")], Disposition.UNDETERMINED),
        (
            [finding("attestation.missing"), finding("device.rooted", ABSENT)],
            Disposition.UNDETERMINED,
        ),
        ([finding("provider.unavailable"), finding("device.rooted")], Disposition.ENFORCED),
        (
            [finding("device.rooted"), finding("app.hooking", NOT_EVALUATED)],
            Disposition.ENFORCED,
        ),
    ],
)
def test_the_disposition_says_what_the_evidence_amounted_to(
    findings: list[Finding], disposition: Disposition
) -> None:
    assert both_decide(policy_set(), facts(*findings)).disposition is disposition
