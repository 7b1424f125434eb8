"""Scorecards count what the database holds, the same on both engines."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.assessments.figures import figures_for
from compliance.assessments.outages import OutageKind
from compliance.assessments.providers import scorecards_for, scorecards_in
from compliance.assessments.scope import Scope
from compliance.assessments.scorecard import Scorecard
from compliance.decisions.erasing import erase_expired
from compliance.decisions.models import DecisionRecord
from compliance.decisions.retention import set_retention
from compliance.evidence.setting_up import set_up_provider
from compliance.ledger.sequencer import sequence_log
from compliance.tenants.models import Psp
from tests.support.decided import EVIDENCE, put_decision
from tests.support.factories import make_person, make_psp

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 10, 8, tzinfo=UTC)
NOON = START + timedelta(hours=12)
RASP = EVIDENCE[0]
KEY = RASP | {"provider": "android_key_attestation", "mode": "raw", "verified": True, "age_s": 3}


@pytest.fixture
def psp() -> Psp:
    return make_psp(now=START)


def cards(psp: Psp, **changes: Any) -> dict[str, Scorecard]:
    found = scorecards_for(psp, **{"start": START, "end": END} | changes)
    return {card.provider: card for card in found}


def numbers(part: Any) -> tuple[int, int]:
    return part.count, part.of


def require(psp: Psp, source: bytes, *, at: datetime) -> None:
    set_up_provider(psp=psp, provider="required_evidence", source=source, set_by="test", now=at)


def test_nothing_decided_has_no_scorecard(psp: Psp) -> None:
    assert scorecards_for(psp, start=START, end=END) == ()


def test_evidence_is_counted_by_decision_however_many_pieces_came(psp: Psp) -> None:
    put_decision(psp, decided_at=NOON, evidence=[KEY, KEY | {"age_s": 9}, RASP])
    put_decision(psp, decided_at=NOON, evidence=[KEY | {"verified": False, "age_s": None}])
    put_decision(psp, decided_at=NOON, evidence=[], channel="web", platform="")

    key, rasp = cards(psp).values()

    assert (key.provider, rasp.provider) == ("android_key_attestation", "freerasp")
    assert numbers(key.held) == (2, 3)
    assert numbers(key.verified) == (1, 2)
    assert numbers(rasp.verified) == (0, 0)
    assert (key.unverifiable, rasp.unverifiable) == (0, 1)
    assert (key.age_s.count, key.age_s.p50, key.age_s.largest) == (2, 3, 9)
    assert [(place.channel, place.platform, numbers(place.held)) for place in key.places] == [
        ("mobile-app", "android", (2, 2))
    ]


def test_what_evidence_came_to_is_counted_by_provider_and_kind(psp: Psp) -> None:
    both = [KEY, RASP]
    for findings in (
        [("attestation.stale", "present", "A", "android_key_attestation")],
        [("attestation.invalid", "absent", "A", "android_key_attestation")],
        [
            ("attestation.unevaluated", "present", "D", "freerasp"),
            ("device.rooted", "not_evaluated", "D", "freerasp"),
        ],
        [("device.rooted", "present", "D", "freerasp")],
        [("attestation.conflicting", "present", "A", "ninefold")],
    ):
        put_decision(psp, decided_at=NOON, evidence=both, findings=findings)

    key, rasp = cards(psp).values()

    assert numbers(key.problem("attestation.stale")) == (1, 5)
    assert numbers(key.problem("attestation.invalid")) == (0, 5)
    assert numbers(rasp.problem("attestation.unevaluated")) == (1, 5)
    assert (numbers(key.conclusive), numbers(rasp.conclusive)) == ((4, 5), (4, 5))
    assert (numbers(key.evaluated), numbers(rasp.evaluated)) == ((5, 5), (4, 5))
    assert numbers(key.conflicting) == (1, 5)
    assert [(part.key, *numbers(part)) for part in rasp.conflicts_with] == [
        ("android_key_attestation", 1, 5)
    ]


def test_what_was_required_counts_from_when_it_was_set_up(psp: Psp) -> None:
    require(psp, b'{"mobile-app": [["android_key_attestation", "apple_app_attest"]]}', at=NOON)
    put_decision(psp, decided_at=NOON - timedelta(hours=1), evidence=[RASP])
    put_decision(psp, decided_at=NOON + timedelta(hours=1), evidence=[KEY])
    put_decision(psp, decided_at=NOON + timedelta(hours=1), evidence=[RASP])
    put_decision(psp, decided_at=NOON + timedelta(hours=1), evidence=[RASP], channel="web")

    found = cards(psp)

    assert numbers(found["android_key_attestation"].required) == (1, 2)
    assert numbers(found["apple_app_attest"].required) == (0, 2)
    assert numbers(found["apple_app_attest"].required_met) == (1, 2)
    assert numbers(found["freerasp"].required) == (0, 0)


def test_an_outage_is_from_the_last_evidence_to_the_first_again(psp: Psp) -> None:
    for minutes in range(0, 180, 3):
        moment = NOON + timedelta(minutes=minutes)
        is_out = 60 <= minutes < 140
        put_decision(psp, decided_at=moment, evidence=[] if is_out else [RASP])

    (outage,) = cards(psp)["freerasp"].outages

    assert (outage.kind, outage.decisions) == (OutageKind.SILENT, 27)
    assert outage.begins_at == NOON + timedelta(minutes=57)
    assert outage.ends_at == NOON + timedelta(minutes=141)
    assert (outage.has_begun, outage.has_ended) == (True, True)


def test_a_checkpoint_leaves_out_what_came_later(psp: Psp) -> None:
    put_decision(psp, decided_at=NOON)
    size = sequence_log(psp=psp, now=NOON)
    put_decision(psp, decided_at=NOON)
    require(psp, b'{"*": ["freerasp"]}', at=START)
    scope = Scope(psp=psp, start=START, end=END, tree_size=size)

    (card,) = scorecards_in(scope, ())

    assert numbers(card.held) == (1, 1)
    assert numbers(card.required) == (0, 0)


def test_other_psps_and_other_times_do_not_count(psp: Psp) -> None:
    put_decision(make_psp("Other"), decided_at=NOON)
    put_decision(psp, decided_at=END)

    assert scorecards_for(psp, start=START, end=END) == ()


def test_erased_decisions_count_as_before_and_the_figures_say_how_many(psp: Psp) -> None:
    decision = put_decision(psp, decided_at=NOON, evidence=[KEY, RASP])
    DecisionRecord.objects.create(
        psp=psp, decision_ref=decision.ref, facts=b"{}", commitment_key=b"k" * 32
    )
    put_decision(psp, decided_at=NOON, evidence=[RASP], device_hash="c" * 64)
    before = cards(psp)
    set_retention(psp=psp, days=1, by=make_person(psp), now=END)

    assert erase_expired(psp=psp, now=END).decisions == 1
    assert cards(psp) == before
    figures = figures_for(psp, start=START, end=END, now=END)
    assert (figures.erased, figures.devices, figures.total) == (1, 1, 2)
