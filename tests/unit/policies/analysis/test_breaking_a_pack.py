"""Each change that breaks a property is caught by that property, and told to an officer."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from policies.analysis import Status, analyse
from policies.analysis.results import PropertyResult
from policies.engine import reference
from policies.model import PolicySet
from policies.vocabulary.disclosure import Disclosure
from tests.support.analysing import (
    DESIGNS,
    Document,
    changed,
    pack,
    read,
    rule_in,
    without_rule,
)

Change = Callable[[Document], object]
STEP_UP = {"action": "step_up", "within": "10m"}


def edited(id_: str, **changes: Any) -> Change:
    return lambda document: rule_in(document, id_).update(changes)


def added(**fields: Any) -> Change:
    body = {"id": "new", "title": "New", "answers": ["9(2)"], "effect": "permit"} | fields
    return lambda document: document["rules"].append(body)


def loosened(document: Document) -> None:
    rule = rule_in(document, "rooted")
    rule["when"] = {"all": [rule["when"], {"attribute": "amount_eur", "above": 50}]}


def without_duty(document: Document) -> None:
    for rule in document["rules"]:
        rule["answers"] = [duty for duty in rule["answers"] if duty != "9(3)(a)"]


def unreachable_duty(document: Document) -> None:
    without_duty(document)
    both = [
        {"finding": "env.not_separate"},
        {"finding": "env.not_separate", "state": "absent"},
    ]
    added(when={"all": both}, answers=["9(3)(a)"], effect="deny")(document)


LIMIT = {"action": "limit", "amount_eur": 5, "within": "1h"}
BROKEN: Mapping[str, tuple[Change, set[str], str, tuple[str, ...]]] = {
    "a duty without a rule": (
        without_duty,
        {"P1"},
        "P1",
        ("No rule answers Article 9(3)(a), which asks for separated",),
    ),
    "a duty whose rule can never count": (
        unreachable_duty,
        {"P1", "P10"},
        "P1",
        ("Article 9(3)(a)", "is answered by rule `new` alone", "no request can make that count"),
    ),
    "a rule dropped": (
        without_rule("screen-not-the-users"),
        {"P2"},
        "P2",
        (
            "When “Untrusted accessibility service” (accessibility.abuse) is found (assurance ",
            "the authentication is permitted with no obligation",
            "no rule is about it; the same goes for “Harmful app found” (device.malware_detected)",
        ),
    ),
    "a threshold added": (
        loosened,
        {"P2", "P6"},
        "P2",
        (
            "amount eur is 30",
            "the authentication is permitted with no obligation",
            "rule `rooted-high-value` counts only when",
            "amount eur is above 50",
        ),
    ),
    "an effect flipped": (
        edited("sca-broken", effect="permit", obligations=[LIMIT]),
        {"P3"},
        "P3",
        ("the authentication is permitted with the obligation to limit", "reliable", "needs two"),
    ),
    "a step-up on the same phone": (
        edited("rooted", obligations=[STEP_UP | {"method": "app-pin-push"}]),
        {"P4", "P10"},
        "P4",
        ("rule `rooted` asks for a step-up by `app-pin-push`", "puts its possession in doubt"),
    ),
    "a step-up by a method without a design": (
        edited("rooted", obligations=[STEP_UP | {"method": "sms"}]),
        {"P4", "P10"},
        "P4",
        ("step-up by `sms`, for which no design is registered",),
    ),
    "no branch for what was not evaluated": (
        without_rule("not-evaluated"),
        {"P5", "P8"},
        "P5",
        (
            "what the evidence says of",
            "is left out, it is permitted with no obligation, which is weaker",
        ),
    ),
    "no branch for what was not evaluated, by P8": (
        without_rule("not-evaluated"),
        {"P5", "P8"},
        "P8",
        ("although nobody looked for alterations: there is no rule for it",),
    ),
    "an obligation for a clean bill": (
        added(when={"finding": "device.rooted", "state": "absent"}, obligations=[LIMIT]),
        {"P5", "P6"},
        "P6",
        (
            "when instead “Rooted or jailbroken” (device.rooted) is found",
            "makes the decision weaker",
        ),
    ),
    "an obligation that a finding takes away": (
        added(when={"not": {"finding": "device.os_outdated"}}, obligations=[LIMIT]),
        {"P6"},
        "P6",
        ("when instead “OS or security patch out of date” (device.os_outdated) is found",),
    ),
    "no branch for a provider that is down": (
        without_rule("evidence-missing"),
        {"P8"},
        "P8",
        (
            "When “Evidence provider down” (provider.unavailable) is found",
            "there is no rule for it",
        ),
    ),
    "a device blocked on a client's word": (
        added(
            when={"finding": "device.rooted"},
            obligations=[{"action": "block_device", "within": "1h"}],
        ),
        {"P9"},
        "P9",
        ("rule `new` obliges to block the device", "no evidence of class A or B says so"),
    ),
    "a rule that says what another one says": (
        added(
            when={"finding": "device.rooted"},
            obligations=[{"action": "withdraw_tra_exemption", "within": "1h"}],
        ),
        {"P10"},
        "P10",
        ("Without rule `new` every answer would be the same.",),
    ),
    "a step-up in a session that is ended": (
        added(
            when={"finding": "device.rooted"},
            obligations=[{"action": "end_session", "within": "1m"}],
        ),
        {"P10"},
        "P10",
        ("obliges both to step up", "and to end the session", "`new`"),
    ),
}


@pytest.mark.parametrize(("change", "broken", "id_", "words"), BROKEN.values(), ids=BROKEN)
def test_a_change_breaks_just_these_properties_and_is_told(
    change: Change, broken: set[str], id_: str, words: tuple[str, ...]
) -> None:
    policy_set = changed(change)
    report = analyse(policy_set, DESIGNS)

    assert {each.id for each in report.results if each.status is Status.VIOLATED} == broken
    assert all(each.status is Status.PROVED for each in report.results if each.id not in broken)
    assert report.blocks_activation is bool(broken - {"P9", "P10"})
    result = report.result(id_)
    for phrase in words:
        assert phrase in result.sentence


def test_telling_the_device_of_an_attack_without_a_ground_is_caught() -> None:
    result = _disclosed(ground=" ")

    assert result.status is Status.VIOLATED
    assert (
        "the device is told the reason (disclosure full) by rule `app-altered`" in result.sentence
    )
    assert "no written ground: an attacker learns" in result.sentence
    assert result.rules == ("app-altered",)


def test_telling_the_device_on_a_written_ground_is_allowed_and_said() -> None:
    result = _disclosed(ground="The supervisor asked for it.")

    assert result.status is Status.PROVED
    assert "but for `app-altered`, on a written ground" in result.sentence


def _disclosed(*, ground: str) -> PropertyResult:
    policy_set = read(pack())
    rules = tuple(
        replace(rule, disclosure=Disclosure.FULL, disclosure_ground=ground)
        if rule.id == "app-altered"
        else rule
        for rule in policy_set.rules
    )
    return analyse(replace(policy_set, rules=rules), DESIGNS).result("P7")


def test_informing_the_user_of_an_attack_without_a_ground_is_caught() -> None:
    informs = added(
        when={"finding": "app.hooking"}, obligations=[{"action": "inform_user", "within": "1m"}]
    )

    result = analyse(changed(informs), DESIGNS).result("P7")

    assert result.status is Status.VIOLATED
    assert "the user is informed by rule `new`" in result.sentence


def test_the_request_of_a_counterexample_has_the_parts_that_a_back_end_sends() -> None:
    policy_set: PolicySet = changed(loosened)
    result = analyse(policy_set, DESIGNS).result("P2")
    (facts,) = result.counterexample

    assert result.request["attributes"]["amount_eur"] == "30"
    assert result.request["transaction"]["method"] == facts.attributes["method"]
    assert result.request["elements"] == ["knowledge", "possession"]
    assert result.request["environment"]["class"] == "secure_element"
    found = [each for each in result.request["findings"] if each["state"] == "present"]
    assert [each["code"] for each in found] == ["device.boot_unverified"]
    assert not reference.decide(
        policy_set, {each: frozenset() for each in _codes(facts)}, facts
    ).is_mitigating


def _codes(facts: Any) -> set[str]:
    return {finding.code for finding in facts.findings}
