"""The ready policy sets keep what the product promises of a policy set."""
# SPDX-License-Identifier: Apache-2.0

from decimal import Decimal
from itertools import pairwise
from typing import Final

import pytest

from policies.analysis import analyse
from policies.compiler import Program, compile_policy_set
from policies.design import Designs, design_for, element_hits, single_points_of_compromise
from policies.documents import (
    digest_of,
    read_designs,
    read_policy_set,
    write_designs,
    write_policy_set,
)
from policies.engine import decide, run_cases
from policies.model import Decision, Environment, Facts, Obligation, PolicySet, Value
from policies.packs import PACKS, load_pack
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState
from tests.support.deciding import TEE, facts, finding

POLICY_PACKS = tuple(name for name in PACKS if not name.startswith("design-"))
DESIGN_PACKS = tuple(name for name in PACKS if name.startswith("design-"))
PRESENT, ABSENT, NOT_EVALUATED = FindingState
ALTERATIONS = tuple(code for code, type_ in CATALOGUE.items() if type_.is_alteration)
DESIGNS: Final = read_designs(load_pack("design-demo"))
HITS = (
    element_hits(None, None),
    element_hits(DESIGNS, design_for(DESIGNS, "app-pin-push", None)),
)
HARMLESS: Final[dict[str, Value]] = {
    "amount_eur": Decimal(10),
    "payee_known": True,
    "purpose": "payment",
    "device_age_days": 400,
}


PROGRAMS: Final = {
    name: compile_policy_set(read_policy_set(load_pack(name))) for name in POLICY_PACKS
}


@pytest.fixture(params=POLICY_PACKS)
def program(request: pytest.FixtureRequest) -> Program:
    return PROGRAMS[request.param]


@pytest.fixture
def pack(program: Program) -> PolicySet:
    return program.policy_set


def clean(**changes: FindingState) -> list[Finding]:
    """Return evidence that looked for everything and found nothing, but for the changes."""
    states = dict.fromkeys(CATALOGUE, ABSENT) | changes
    return [finding(code, state) for code, state in states.items()]


def decisions(program: Program, *findings: Finding, **changes: object) -> list[Decision]:
    known = {"attributes": HARMLESS} | changes
    return [decide(program, hits, facts(*findings, **known)) for hits in HITS]


def is_at_least(one: Decision, other: Decision) -> bool:
    """Return whether a decision is no weaker than another one."""

    def left(decision: Decision) -> set[tuple[str, tuple[tuple[str, str | bool], ...]]]:
        kept = [
            each for each in decision.obligations if each.action not in {"step_up", "record_only"}
        ]
        return {(each.action, each.parameters) for each in kept}

    return one.effect.strength >= other.effect.strength and left(one) >= left(other)


def test_a_pack_is_read_written_and_read_again(pack: PolicySet) -> None:
    assert read_policy_set(write_policy_set(pack)) == pack
    assert digest_of(pack).startswith("sha256:")
    assert pack.metadata["legal_basis"]


@pytest.mark.parametrize("designs", [None, DESIGNS])
def test_the_test_cases_of_a_pack_pass_and_touch_every_rule(
    pack: PolicySet, designs: Designs | None
) -> None:
    report = run_cases(pack, designs)

    assert {result.case.name: result.differences for result in report.results} == {
        case.name: () for case in pack.tests
    }
    assert len(pack.tests) >= 7
    assert report.untouched_rules == ()


def test_every_property_of_a_pack_is_proved(pack: PolicySet) -> None:
    report = analyse(pack, DESIGNS)

    assert {
        result.id: result.sentence for result in report.results if result.status != "proved"
    } == {}


def test_a_back_end_need_not_change_when_its_pack_does(pack: PolicySet) -> None:
    balanced = read_policy_set(load_pack("balanced"))

    assert balanced.attributes.items() <= pack.attributes.items()
    assert not any(declaration.required for declaration in pack.attributes.values())


@pytest.mark.parametrize("code", ALTERATIONS)
def test_the_strict_pack_is_nowhere_weaker_than_the_balanced_one(code: str) -> None:
    by_strength = ("assume-compromise", "balanced", "observe-first")

    for stronger, weaker in pairwise(PROGRAMS[name] for name in by_strength):
        for state in (PRESENT, NOT_EVALUATED):
            found = clean(**{code: state})
            for one, other in zip(
                decisions(stronger, *found), decisions(weaker, *found), strict=True
            ):
                assert one.effect.strength >= other.effect.strength


@pytest.mark.parametrize("name", DESIGN_PACKS)
def test_a_design_pack_is_read_written_and_read_again(name: str) -> None:
    designs = read_designs(load_pack(name))

    assert read_designs(write_designs(designs)) == designs


def test_the_design_of_the_demonstration_keeps_its_elements_apart() -> None:
    designs = read_designs(load_pack("design-demo"))

    assert all(single_points_of_compromise(designs, design) == () for design in designs.methods)


def test_there_is_no_other_pack() -> None:
    with pytest.raises(KeyError):
        load_pack("../secrets")


def test_every_duty_is_answered_by_a_rule(pack: PolicySet) -> None:
    answered = {duty for rule in pack.rules for duty in rule.answers}

    assert answered == set(Duty)


def test_every_rule_has_a_title_and_answers_a_duty(pack: PolicySet) -> None:
    assert all(rule.title and rule.answers for rule in pack.rules)


def test_a_clean_phone_pays_undisturbed(program: Program) -> None:
    for decision in decisions(program, *clean()):
        assert decision.effect is Effect.PERMIT
        assert not decision.is_mitigating
        assert decision.matched_rules == ()


@pytest.mark.parametrize("code", ALTERATIONS)
@pytest.mark.parametrize("assurance", ["A", "B", "C"])
def test_every_alteration_is_mitigated(program: Program, code: str, assurance: str) -> None:
    found = [
        each if each.code != code else finding(code, PRESENT, Assurance(assurance))
        for each in clean()
    ]

    assert all(decision.is_mitigating for decision in decisions(program, *found))


@pytest.mark.parametrize("code", CATALOGUE)
def test_broken_sca_is_never_permitted(program: Program, code: str) -> None:
    for decision in decisions(program, *clean(**{code: PRESENT})):
        assert decision.reliable_elements >= 2 or decision.effect is not Effect.PERMIT


@pytest.mark.parametrize("code", CATALOGUE)
def test_stripping_a_finding_never_weakens(program: Program, code: str) -> None:
    for stripped, looked in zip(
        decisions(program, *clean(**{code: NOT_EVALUATED})),
        decisions(program, *clean()),
        strict=True,
    ):
        assert is_at_least(stripped, looked)


@pytest.mark.parametrize("code", ALTERATIONS)
def test_hiding_what_would_be_denied_gains_no_plain_permit(program: Program, code: str) -> None:
    hidden = decisions(program, *clean(**{code: NOT_EVALUATED}))
    found = decisions(program, *clean(**{code: PRESENT}))

    for without, seen in zip(hidden, found, strict=True):
        assert seen.effect.strength < Effect.HOLD.strength or without.is_mitigating


@pytest.mark.parametrize("code", CATALOGUE)
def test_finding_something_never_weakens(program: Program, code: str) -> None:
    worse = decisions(program, *clean(**{code: PRESENT}))

    assert all(is_at_least(*pair) for pair in zip(worse, decisions(program, *clean()), strict=True))


@pytest.mark.parametrize("name", HARMLESS)
def test_leaving_an_attribute_out_never_weakens(program: Program, name: str) -> None:
    rest = {key: value for key, value in HARMLESS.items() if key != name}

    for code in ("device.rooted", "attestation.missing", "app.hooking"):
        found = clean(**{code: PRESENT})
        for less, more in zip(
            decisions(program, *found, attributes=rest), decisions(program, *found), strict=True
        ):
            assert is_at_least(less, more)


@pytest.mark.parametrize("field", ["class_", "delivery", "packaging", "uniqueness"])
def test_leaving_the_environment_out_never_weakens(program: Program, field: str) -> None:
    values = {name: getattr(TEE, name) for name in TEE.__struct_fields__ if name != field}

    for less, more in zip(
        decisions(program, *clean(), environment=Environment(**values)),
        decisions(program, *clean()),
        strict=True,
    ):
        assert is_at_least(less, more)


def test_no_evidence_is_no_plain_permit(program: Program) -> None:
    assert all(decision.is_mitigating for decision in decisions(program))


def test_an_old_or_undated_clean_bill_is_no_plain_permit(program: Program) -> None:
    for age_s in (3600, None):
        old = [finding(code, ABSENT, age_s=age_s) for code in CATALOGUE]
        assert all(decision.is_mitigating for decision in decisions(program, *old))


def test_a_finding_of_attack_tells_the_device_nothing(program: Program) -> None:
    for code in ALTERATIONS:
        for decision in decisions(program, *clean(**{code: PRESENT})):
            assert decision.disclosure is Disclosure.NONE


def test_a_step_up_rests_on_nothing_that_the_phone_can_spoil(pack: PolicySet) -> None:
    step_ups = {
        dict(obligation.parameters)["method"]
        for rule in pack.rules
        for obligation in rule.obligations
        if obligation.action == "step_up"
    }

    assert step_ups <= {design.method for design in DESIGNS.methods}
    for method in step_ups:
        hits = element_hits(DESIGNS, design_for(DESIGNS, str(method), None))
        lost = hits["device.rooted"] | hits["app.hooking"] | hits["message.intercepted"]
        assert not lost & {Element.KNOWLEDGE, Element.POSSESSION}


def test_the_example_of_the_design_decides_as_it_says() -> None:
    given = Facts(
        decided_at=facts().decided_at,
        findings=tuple(clean(**{"device.rooted": PRESENT})),
        attributes=HARMLESS | {"amount_eur": Decimal("129.90"), "payee_known": False},
        environment=TEE,
        elements=(Element.KNOWLEDGE, Element.POSSESSION),
    )

    decision = decide(PROGRAMS["balanced"], HITS[1], given)

    assert decision.effect is Effect.DENY
    assert decision.determining_rules == ("rooted-high-value",)
    assert decision.reliable_elements == 1
    assert Obligation(action="notify_fraud_desk", within_s=300) in decision.obligations
