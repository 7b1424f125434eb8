"""Each mutation of each rule of each pack is caught by the property that it breaks, or is harmless.

Harmless is what leaves every property as it was. The reason stands beside it, the difference to
the pack shows it to the approver all the same, and a test holds each reason to what it says.
"""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterator, Mapping

import pytest

from policies.analysis import AnalysisReport, Difference, Relation, Status, analyse, compare
from policies.analysis.analyse import PROPERTIES
from policies.analysis.context import Context
from policies.analysis.mitigation import ALTERATIONS
from policies.analysis.results import PropertyResult
from policies.model import PolicySet
from policies.packs import PACKS
from tests.support.analysing import DESIGNS, pack, read
from tests.support.mutating import MUTATIONS, blind_spots
from tests.support.refuting import subjects

MITIGATED = "the alterations that it is about stay mitigated, by what is left of it or by others"
NO_ALTERATION = "no alteration, so that the regulation leaves the measure to the PSP"
OUTDONE = "wherever it counts another rule gives as strong an effect"
SILENT = "wherever it is about an attack, a rule as strong or stronger is silent"
NO_ATTACK = "what it tells is of no attack"

HARMLESS = {MITIGATED, NO_ALTERATION, OUTDONE, SILENT, NO_ATTACK}
OUTCOMES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "balanced": {
        "drop": {
            "P2": "app-altered rooted screen-not-the-users key-revoked key-in-doubt evidence-refused",
            "P3": "sca-broken",
            "P5": "not-evaluated",
            "P8": "evidence-missing",
            MITIGATED: "rooted-high-value key-revoked-proved",
            NO_ALTERATION: "no-separation weak-separation software-key messages-read"
            " enrolment-changed repairable alternative-system worth-knowing"
            " evidence-missing-high-value evidence-stale",
        },
        "flip": {
            "P3": "sca-broken",
            MITIGATED: "app-altered rooted-high-value rooted screen-not-the-users key-revoked"
            " key-in-doubt evidence-refused",
            OUTDONE: "key-revoked-proved",
            NO_ALTERATION: "no-separation software-key evidence-missing-high-value messages-read"
            " enrolment-changed",
        },
        "loosen": {
            "P3": "sca-broken",
            MITIGATED: "rooted-high-value key-revoked-proved",
            NO_ALTERATION: "no-separation software-key evidence-missing-high-value evidence-stale"
            " enrolment-changed",
        },
        "blind": {"P5": "not-evaluated"},
        "disclose": {
            "P7": "app-altered rooted-high-value rooted screen-not-the-users key-revoked"
            " key-in-doubt evidence-refused",
            SILENT: "key-revoked-proved sca-broken",
            NO_ATTACK: "no-separation weak-separation software-key not-evaluated evidence-missing"
            " evidence-missing-high-value evidence-stale messages-read enrolment-changed"
            " repairable alternative-system worth-knowing",
        },
    },
    "observe-first": {
        "drop": {
            "P1": "separation",
            "P2": "alteration",
            "P3": "sca-broken",
            "P5": "not-evaluated",
            "P8": "evidence-missing",
            MITIGATED: "worth-knowing",
            NO_ALTERATION: "evidence-stale",
        },
        "flip": {"P3": "sca-broken"},
        "loosen": {"P3": "sca-broken", NO_ALTERATION: "evidence-stale"},
        "blind": {"P5": "not-evaluated"},
        "disclose": {
            "P7": "alteration sca-broken",
            SILENT: "worth-knowing",
            NO_ATTACK: "evidence-missing not-evaluated evidence-stale separation",
        },
    },
    "assume-compromise": {
        "drop": {
            "P2": "altered key-in-doubt",
            "P3": "sca-broken",
            "P5": "not-evaluated not-all-evaluated",
            "P8": "evidence-missing",
            MITIGATED: "altered-proved",
            NO_ALTERATION: "evidence-missing-high-value evidence-stale no-separation"
            " weak-separation channel-open enrolment-changed weak-device out-of-the-ordinary",
        },
        "flip": {
            "P3": "sca-broken",
            "P5": "not-evaluated",
            "P6": "altered key-in-doubt",
            OUTDONE: "altered-proved",
            NO_ALTERATION: "evidence-missing evidence-missing-high-value evidence-stale"
            " no-separation weak-separation channel-open enrolment-changed weak-device"
            " out-of-the-ordinary",
        },
        "loosen": {
            "P3": "sca-broken",
            MITIGATED: "altered-proved",
            NO_ALTERATION: "evidence-missing-high-value evidence-stale enrolment-changed",
        },
        "blind": {"P5": "not-evaluated not-all-evaluated"},
        "disclose": {
            "P7": "altered key-in-doubt",
            SILENT: "altered-proved sca-broken",
            NO_ATTACK: "not-evaluated not-all-evaluated evidence-missing"
            " evidence-missing-high-value evidence-stale no-separation weak-separation"
            " channel-open enrolment-changed weak-device out-of-the-ordinary",
        },
    },
}
"""For each pack and mutation: the property that breaks, or why none does, with the rules."""


def mutants() -> Iterator[tuple[str, str, str, str]]:
    """Return pack, mutation, rule, and what comes of it."""
    for name, kinds in OUTCOMES.items():
        for kind, outcomes in kinds.items():
            for outcome, ids in outcomes.items():
                yield from ((name, kind, id_, outcome) for id_ in ids.split())


def mutant(name: str, kind: str, id_: str) -> PolicySet:
    """Return a pack with one rule mutated."""
    document = pack(name)
    place = [rule["id"] for rule in document["rules"]].index(id_)
    policy_set = MUTATIONS[kind](document, place)
    assert policy_set is not None
    return policy_set


def proof_of(id_: str, policy_set: PolicySet) -> PropertyResult:
    """Return one property alone, which is quicker than all of them."""
    return PROPERTIES[id_](Context(policy_set, DESIGNS))


def test_every_mutation_of_every_rule_has_its_outcome() -> None:
    possible = {
        (name, kind, rule["id"])
        for name in PACKS
        if not name.startswith("design-")
        for document in [pack(name)]
        for place, rule in enumerate(document["rules"])
        for kind, mutate in MUTATIONS.items()
        if mutate(document, place) is not None
    }
    told = [(name, kind, id_) for name, kind, id_, _outcome in mutants()]

    assert sorted(told) == sorted(possible)


BROKEN = [each for each in mutants() if each[3] not in HARMLESS]


@pytest.mark.parametrize(("name", "kind", "id_", "broken"), BROKEN, ids=map("-".join, BROKEN))
def test_a_mutation_is_caught_by_the_property_that_it_breaks(
    name: str, kind: str, id_: str, broken: str
) -> None:
    result = proof_of(broken, mutant(name, kind, id_))

    assert result.status is Status.VIOLATED
    assert result.blocks_activation
    check_reads_well(result.sentence)


UNBROKEN = [each for each in mutants() if each[3] in HARMLESS]


@pytest.mark.parametrize(
    ("name", "kind", "id_", "why"), UNBROKEN, ids=["-".join(each[:3]) for each in UNBROKEN]
)
def test_a_harmless_mutation_breaks_nothing_and_is_shown_to_the_approver(
    name: str, kind: str, id_: str, why: str
) -> None:
    before, after = read(pack(name)), mutant(name, kind, id_)
    report, difference = analyse(after, DESIGNS), compare(before, after, DESIGNS)

    assert not report.blocks_activation
    if kind == "disclose":
        assert difference.relation is Relation.EQUIVALENT
        assert f"What the device is told changes by rule `{id_}`." in difference.sentence
    elif why is OUTDONE:
        check_only_bookkeeping(difference)
    else:
        check_is_laxer(difference, id_)
    check_reason(why, before, after, id_, report)


def check_is_laxer(difference: Difference, id_: str) -> None:
    """Check that the approver sees where a version is laxer, in words."""
    assert difference.relation is Relation.LAXER
    assert [region.rule for region in difference.regions] == [id_]
    assert difference.is_complete
    for region in difference.regions:
        check_reads_well(region.sentence)


def check_only_bookkeeping(difference: Difference) -> None:
    """Check that nothing is decided otherwise."""
    assert difference.relation is Relation.EQUIVALENT
    assert difference.regions == ()


def check_reason(
    why: str, before: PolicySet, after: PolicySet, id_: str, report: AnalysisReport
) -> None:
    """Check that a mutation is harmless for the reason given."""
    rule = next(rule for rule in before.rules if rule.id == id_)
    attacks = subjects(rule) & {*ALTERATIONS}
    if why in {MITIGATED, OUTDONE, SILENT}:
        assert attacks
        assert report.result("P2").status is Status.PROVED
    if why in {NO_ALTERATION, NO_ATTACK}:
        assert not attacks
    if why is SILENT:
        assert any(
            other.id != id_ and other.effect.strength >= rule.effect.strength
            for other in after.rules
        )


SPOTS = [
    (name, *spot)
    for name in PACKS
    if not name.startswith("design-")
    for spot in blind_spots(pack(name))
]


@pytest.mark.parametrize(
    ("name", "rule", "code", "policy_set"), SPOTS, ids=["-".join(spot[:3]) for spot in SPOTS]
)
def test_a_single_blind_spot_is_caught_and_named(
    name: str, rule: str, code: str, policy_set: PolicySet
) -> None:
    result = proof_of("P5", policy_set)

    assert result.status is Status.VIOLATED, (name, rule)
    assert f"({code})" in result.sentence
    assert "gains" in result.sentence
    check_reads_well(result.sentence)


_CODE = re.compile(r"counts only when [^;]*|`[^`]*`|\([^()]*\)|Article \d+(\(\w\))*|EUR [\d.]+")


def check_reads_well(sentence: str) -> None:
    """Check that this is one sentence of English, without the words of a program.

    Who and what is at its beginning, what happens at its end; names of rules stand in back-ticks
    and codes in brackets, where a reader may pass them over.
    """
    words = _CODE.sub("", sentence)
    assert sentence.endswith(".")
    assert ". " not in sentence
    assert re.match(r"(When|No rule|Article) ", sentence)
    assert not re.search(r"[_{}\[\]=<>]|None|True|False|\b[A-Z]{3,}[A-Z_]+\b", words), words
    assert not re.search(r"  | ,|\band and\b|,,", sentence)
    assert len(sentence) < 1_000
