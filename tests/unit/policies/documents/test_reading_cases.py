"""Test cases are read with the document, and every mistake in one is named with its place."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from policies.documents import (
    PolicyDocumentError,
    Problem,
    digest_of,
    read_policy_set,
    write_policy_set,
)
from policies.model import CASE_TIME, Case, Environment, Facts, Obligation
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import Assurance, Finding, FindingState
from tests.support.documents import ATTRIBUTES, policy, rule

PRESENT, ABSENT, NOT_EVALUATED = FindingState
EXPECT: Final = {"effect": "deny"}


def case(**changes: Any) -> dict[str, Any]:
    return {"name": "A case", "given": {}, "expect": EXPECT} | changes


def read(*cases: dict[str, Any], **changes: Any) -> tuple[Case, ...]:
    return read_policy_set(policy(rule(), tests=list(cases), **changes)).tests


def problems_of(*cases: Any, **changes: Any) -> tuple[Problem, ...]:
    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(policy(rule(), tests=list(cases), **changes))
    return caught.value.problems


def finding(code: str, state: FindingState, assurance: Assurance, age_s: int | None) -> Finding:
    observed_at = None if age_s is None else CASE_TIME - timedelta(seconds=age_s)
    return Finding(
        code=code,
        state=state,
        assurance=assurance,
        provider="test case",
        observed_at=observed_at,
    )


GIVEN: Final = {
    "channel": "mobile-app",
    "app_version": "7.3.0",
    "attributes": {
        "amount_eur": "129.90",
        "payee_known": False,
        "purpose": "payment",
        "age_days": str(2**60),
        "segment": "private",
        "wallet": "2.1",
        "flags": ["vpn", "new", "vpn"],
        "enrolled_at": {"age": "2d"},
    },
    "environment": {"class": "tee", "uniqueness": "session"},
    "elements": ["possession", "knowledge"],
    "findings": [
        {"code": "device.rooted"},
        {"code": "app.hooking", "state": "absent", "assurance": "D", "age": "10m"},
        {"code": "app.cloned", "age": "unknown"},
    ],
    "unlisted": "absent",
}


def test_a_case_is_read_as_it_is_written() -> None:
    obligation = {"action": "notify_fraud_desk", "within": "5m"}
    expect = EXPECT | {"obligations": [obligation], "determining_rules": ["a-rule", "a-rule"]}
    (found,) = read(case(given=GIVEN, expect=expect))

    assert found.facts == Facts(
        decided_at=CASE_TIME,
        findings=(
            finding("device.rooted", PRESENT, Assurance.A, 0),
            finding("app.hooking", ABSENT, Assurance.D, 600),
            finding("app.cloned", PRESENT, Assurance.A, None),
        ),
        attributes={
            "channel": "mobile-app",
            "app_version": (7, 3),
            "amount_eur": Decimal("129.90"),
            "payee_known": False,
            "purpose": "payment",
            "age_days": 2**60,
            "segment": "private",
            "wallet": (2, 1),
            "flags": frozenset({"vpn", "new"}),
            "enrolled_at": CASE_TIME - timedelta(days=2),
        },
        environment=Environment(class_="tee", uniqueness="session"),
        elements=(Element.POSSESSION, Element.KNOWLEDGE),
    )
    assert found.unlisted is ABSENT
    assert found.expect.effect is Effect.DENY
    assert found.expect.obligations == (Obligation(action="notify_fraud_desk", within_s=300),)
    assert found.expect.determining_rules == ("a-rule",)


def test_what_a_case_leaves_out_was_not_said() -> None:
    (found,) = read(case())

    assert found.facts == Facts(decided_at=CASE_TIME)
    assert found.unlisted is NOT_EVALUATED
    assert (found.expect.obligations, found.expect.determining_rules) == (None, None)


def test_cases_survive_being_written() -> None:
    expect: dict[str, Any] = EXPECT | {"obligations": [], "determining_rules": []}
    policy_set = read_policy_set(
        policy(rule(), tests=[case(given=GIVEN), case(name="Another", expect=expect)])
    )
    written = write_policy_set(policy_set)

    assert read_policy_set(written) == policy_set
    assert write_policy_set(read_policy_set(written)) == written
    assert json.loads(written)["tests"][1] == case(name="Another", expect=expect)


def test_the_digest_covers_the_cases() -> None:
    without = read_policy_set(policy(rule()))
    empty = read_policy_set(policy(rule(), tests=[]))
    one = read_policy_set(policy(rule(), tests=[case()]))

    assert digest_of(without) == digest_of(empty) != digest_of(one)


@pytest.mark.parametrize(
    ("broken", "pointer", "words"),
    [
        (5, "", "expected an object"),
        ({"name": "N", "expect": EXPECT}, "", "`given` is missing"),
        (case(name=" "), "/name", "expected some text"),
        (case(given=5), "/given", "expected an object"),
        (case(given={"finding": []}), "/given/finding", "did you mean `findings`?"),
        (case(given={"app_version": "new"}), "/given/app_version", "expected a version"),
        (case(given={"channel": ""}), "/given/channel", "expected some text"),
        (case(given={"unlisted": "present"}), "/given/unlisted", "one of `not_evaluated`"),
        (case(given={"elements": ["pin"]}), "/given/elements/0", "unknown value `pin`"),
        (
            case(given={"elements": ["knowledge", "knowledge"]}),
            "/given/elements",
            "an element is repeated",
        ),
        (case(given={"environment": {"class": "teee"}}), "/given/environment/class", "`tee`?"),
        (case(given={"findings": [{}]}), "/given/findings/0", "`code` is missing"),
        (
            case(given={"findings": [{"code": "device.*"}]}),
            "/given/findings/0/code",
            "unknown finding `device.*`",
        ),
        (
            case(given={"findings": [{"code": "device.roted"}]}),
            "/given/findings/0/code",
            "did you mean `device.rooted`?",
        ),
        (
            case(given={"findings": [{"code": "device.rooted", "age": 5}]}),
            "/given/findings/0/age",
            "expected text",
        ),
        (
            case(given={"findings": [{"code": "device.rooted", "assurance": "E"}]}),
            "/given/findings/0/assurance",
            "unknown value `E`",
        ),
        (case(given={"attributes": []}), "/given/attributes", "expected an object"),
        (
            case(given={"attributes": {"amount": 1}}),
            "/given/attributes/amount",
            "did you mean `amount_eur`?",
        ),
        (
            case(given={"attributes": {"amount_eur": -1}}),
            "/given/attributes/amount_eur",
            "expected at least 0",
        ),
        (
            case(given={"attributes": {"purpose": "pay"}}),
            "/given/attributes/purpose",
            "expected one of `payment`, `access`",
        ),
        (
            case(given={"attributes": {"enrolled_at": {}}}),
            "/given/attributes/enrolled_at",
            "`age` is missing",
        ),
        (
            case(given={"attributes": {"enrolled_at": "2026-11-23T10:15:05Z"}}),
            "/given/attributes/enrolled_at",
            "expected an object",
        ),
        (case(expect={}), "/expect", "`effect` is missing"),
        (case(expect={"effect": "denny"}), "/expect/effect", "did you mean `deny`?"),
        (
            case(expect=EXPECT | {"obligations": [{"action": "review"}]}),
            "/expect/obligations/0",
            "needs a deadline",
        ),
        (
            case(expect=EXPECT | {"determining_rules": ["a-rul"]}),
            "/expect/determining_rules/0",
            "there is no rule `a-rul` (did you mean `a-rule`?)",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(broken: Any, pointer: str, words: str) -> None:
    problem = problems_of(broken)[0]

    assert problem.pointer == f"/tests/0{pointer}"
    assert words in problem.detail


def test_every_case_with_a_mistake_is_named() -> None:
    assert [problem.pointer for problem in problems_of(case(given=5), case(), case(), 5)] == [
        "/tests/0/given",
        "/tests/2",
        "/tests/3",
    ]


def test_a_required_attribute_is_required_of_a_case_too() -> None:
    declared = {"risk": {"type": "integer", "required": True}}
    (problem,) = problems_of(case(), attributes=declared)

    assert problem.pointer == "/tests/0/given/risk"
    assert "is required" in problem.detail


def test_cases_are_not_blamed_for_a_rule_that_cannot_be_read() -> None:
    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(
            policy(
                rule(effect="denny"),
                tests=[case(expect=EXPECT | {"determining_rules": ["a-rule"]})],
            )
        )

    assert [problem.pointer for problem in caught.value.problems] == ["/rules/0/effect"]


def test_a_problem_of_a_yaml_case_has_its_line() -> None:
    document = (
        b"schema: 1\nname: N\notherwise: permit\nrules: []\ntests:\n"
        b"  - name: A case\n    given: {}\n    expect: {effect: no}\n"
    )
    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(document)

    assert [problem.line for problem in caught.value.problems] == [8]


def test_no_rule_is_suggested_among_very_many() -> None:
    rules = [rule(id=f"rule-{number}") for number in range(201)]
    expect = EXPECT | {"determining_rules": ["rule-x"]}
    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(policy(*rules, tests=[case(expect=expect)]))

    assert caught.value.problems[0].detail == "there is no rule `rule-x`"


def test_unquoted_numbers_of_yaml_are_what_was_meant() -> None:
    document = (
        b"schema: 1\nname: N\notherwise: permit\nrules: []\n"
        b"attributes: {amount_eur: {type: decimal}, wallet: {type: version}}\ntests:\n"
        b"  - name: A case\n    given: {app_version: 7.10, attributes: {amount_eur: 50.5, wallet: 2.10}}\n"
        b"    expect: {effect: permit}\n"
    )
    (found,) = read_policy_set(document).tests

    assert found.facts.attributes == {
        "app_version": (7, 10),
        "amount_eur": Decimal("50.5"),
        "wallet": (2, 10),
    }


def test_attributes_of_every_type_can_be_given() -> None:
    (found,) = read(case(given=GIVEN))

    assert found.facts.attributes.keys() - {"channel", "app_version"} == ATTRIBUTES.keys()
