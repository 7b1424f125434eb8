"""Rules, conditions and obligations read as sentences."""
# SPDX-License-Identifier: Apache-2.0

from decimal import Decimal
from typing import Any

import pytest

from policies.engine import condition_phrase, obligation_phrase, rule_sentence
from policies.engine.sentences import duration, value_text
from policies.model import Obligation, Rule
from tests.support.deciding import NOW, policy_set
from tests.support.documents import rule


def read(**changes: Any) -> Rule:
    return policy_set(rule(**changes)).rules[0]


@pytest.mark.parametrize(
    ("when", "phrase"),
    [
        ({"finding": "device.rooted"}, "device.rooted is present"),
        (
            {
                "finding": "device.*",
                "state": "absent",
                "assurance": "at_least B",
                "age": {"above": "10m"},
            },
            "any of device.* is absent (assurance B or better, age above 10 min)",
        ),
        (
            {"finding": "app.hooking", "assurance": "D"},
            "app.hooking is present (assurance D)",
        ),
        ({"finding": "app.hooking", "state": "not_evaluated"}, "app.hooking was not evaluated"),
        (
            {"element": "possession", "status": "at_least in_doubt"},
            "the possession element is in doubt or worse",
        ),
        ({"element": "knowledge", "status": "reliable"}, "the knowledge element is reliable"),
        ({"reliable_elements": {"below": 2}}, "the number of reliable elements is below 2"),
        (
            {"environment": {"class": ["none", "app_container", "unknown"]}},
            "the execution environment's class is app container, none or unknown",
        ),
        ({"attribute": "amount_eur", "above": "50.00"}, "amount eur is above 50.00"),
        ({"attribute": "amount_eur", "at_most": "50"}, "amount eur is at most 50"),
        ({"attribute": "payee_known", "is": False}, "payee known is false"),
        ({"attribute": "purpose", "in": ["payment", "access"]}, "purpose is access or payment"),
        ({"attribute": "app_version", "below": "7.3"}, "app version is below 7.3"),
        ({"attribute": "flags", "contains": "new_payee"}, "flags contains new payee"),
        (
            {"attribute": "enrolled_at", "age": {"at_most": "3d"}},
            "the age of enrolled at is at most 3 days",
        ),
        (
            {
                "all": [
                    {"finding": "app.cloned"},
                    {"any": [{"finding": "app.hooking"}, {"finding": "app.tampered"}]},
                ]
            },
            "app.cloned is present and (app.hooking is present or app.tampered is present)",
        ),
        (
            {
                "any": [
                    {"finding": "app.cloned"},
                    {"all": [{"finding": "app.hooking"}, {"finding": "app.tampered"}]},
                ]
            },
            "app.cloned is present or (app.hooking is present and app.tampered is present)",
        ),
        (
            {"not": {"any": [{"finding": "app.cloned"}, {"finding": "app.hooking"}]}},
            "it is not so that (app.cloned is present or app.hooking is present)",
        ),
        ({"not": {"finding": "app.cloned"}}, "it is not so that app.cloned is present"),
    ],
)
def test_a_condition_reads_as_words(when: Any, phrase: str) -> None:
    assert condition_phrase(read(when=when).when) == phrase


@pytest.mark.parametrize(
    ("obligation", "phrase"),
    [
        (Obligation(action="record_only"), "record only"),
        (
            Obligation(action="notify_fraud_desk", within_s=300),
            "notify the fraud desk within 5 min",
        ),
        (
            Obligation(
                action="limit",
                parameters=(("amount_eur", "30"), ("known_payees_only", True)),
                within_s=60,
            ),
            "limit (amount eur 30, known payees only) within 1 min",
        ),
        (
            Obligation(action="step_up", parameters=(("method", "letter-code"),), within_s=86400),
            "step up (method letter-code) within 1 day",
        ),
    ],
)
def test_an_obligation_reads_as_words(obligation: Obligation, phrase: str) -> None:
    assert obligation_phrase(obligation) == phrase


def test_a_rule_reads_as_a_sentence() -> None:
    assert rule_sentence(read()) == "When device.rooted is present: deny, silently."
    assert (
        rule_sentence(read(disclosure={"level": "remediation_hint", "ground": "g"}))
        == "When device.rooted is present: deny, telling remediation hint."
    )
    assert (
        rule_sentence(read(effect="permit", obligations=[{"action": "record_only"}]))
        == "When device.rooted is present: permit; record only."
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1 s"),
        (90, "90 s"),
        (60, "1 min"),
        (3600, "1 hour"),
        (7200, "2 hours"),
        (172_800, "2 days"),
    ],
)
def test_a_duration_is_in_its_largest_unit(seconds: int, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (7, "7"),
        (Decimal("1E+3"), "1000"),
        ((7, 3), "7.3"),
        ("app_container", "app container"),
        (frozenset({"vpn", "new_payee"}), "new payee, vpn"),
        (frozenset(), "none"),
        (NOW, "2026-11-23T10:15:05Z"),
    ],
)
def test_a_value_reads_as_a_person_writes_it(value: Any, text: str) -> None:
    assert value_text(value) == text
