"""Figures count what the database holds, the same on both engines, and nothing else."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.assessments.breaches import deviations
from compliance.assessments.figures import duty_figures, figures_for
from compliance.assessments.model import Figures
from compliance.assessments.scope import Scope
from compliance.ledger.models import Entry
from compliance.ledger.sequencer import sequence_log
from compliance.tenants.models import Psp
from policies.vocabulary.duties import Duty
from tests.support.decided import EVIDENCE, put_breach, put_decision, put_outcome, put_quarter
from tests.support.factories import make_psp, put_design_in_force

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 10, 8, tzinfo=UTC)
NOW = datetime(2026, 10, 9, tzinfo=UTC)
NOON = START + timedelta(hours=12)


@pytest.fixture
def psp() -> Psp:
    return make_psp(now=START)


def figures(psp: Psp, **changes: Any) -> Figures:
    return figures_for(psp, **{"start": START, "end": END, "now": NOW} | changes)


def keyed(parts: tuple[Any, ...]) -> dict[str, int]:
    return {part.key: part.count for part in parts if part.count}


def test_nothing_decided_is_nothing_counted(psp: Psp) -> None:
    empty = figures(psp)

    assert (empty.total, empty.devices, empty.breaches.present) == (0, 0, 0)
    assert empty.providers == ()
    assert empty.evidence_age_s.p95 is None
    assert [part.count for part in empty.by_effect] == [0, 0, 0, 0]
    assert len(empty.steps) == 7


def test_decisions_are_counted_by_everything_that_divides_them(psp: Psp) -> None:
    put_decision(psp, decided_at=NOON)
    put_decision(psp, decided_at=NOON, environment_class="unknown", device_hash="f" * 64)
    put_decision(psp, decided_at=NOON, disposition="undetermined", evidence=[])
    put_breach(psp, decided_at=NOON + timedelta(days=1))

    found = figures(psp)

    assert (found.total, found.devices) == (4, 2)
    assert (found.with_evidence, found.conclusive) == (3, 3)
    assert keyed(found.by_effect) == {"permit": 3, "deny": 1}
    assert keyed(found.by_disposition) == {"clear": 2, "undetermined": 1, "enforced": 1}
    assert keyed(found.by_environment) == {"tee": 3, "unknown": 1}
    assert keyed(found.by_reliable_elements) == {"2": 3, "1": 1}
    assert [(f.code, f.count, dict(f.by_assurance)) for f in found.findings] == [
        ("device.rooted", 1, {"D": 1})
    ]
    assert [step.total for step in found.steps] == [3, 1, 0, 0, 0, 0, 0]
    assert found.steps[1].breaches == {"device.rooted": 1}


def test_the_period_begins_with_its_start_and_ends_before_its_end(psp: Psp) -> None:
    put_decision(psp, decided_at=START)
    put_decision(psp, decided_at=END - timedelta(microseconds=1))
    put_decision(psp, decided_at=END)
    put_decision(psp, decided_at=START - timedelta(microseconds=1))

    assert figures(psp).total == 2


def test_another_psps_decisions_do_not_count(psp: Psp) -> None:
    put_breach(make_psp("Other"), decided_at=NOON)

    assert figures(psp).total == 0
    assert figures(psp).breaches.present == 0


def test_evidence_is_counted_by_provider_with_its_age(psp: Psp) -> None:
    for age in (1, 2, 3, 40):
        items = [
            EVIDENCE[0] | {"age_s": age},
            EVIDENCE[0]
            | {
                "provider": "android_key_attestation",
                "mode": "raw",
                "verified": age != 40,
                "age_s": None,
            },
        ]
        put_decision(psp, decided_at=NOON, evidence=items)

    key, rasp = figures(psp).providers

    assert (key.provider, key.mode, key.items, key.verified) == (
        "android_key_attestation",
        "raw",
        4,
        3,
    )
    assert key.age_s.count == 0
    assert (rasp.items, rasp.verified) == (4, 0)
    assert (rasp.age_s.p50, rasp.age_s.p95, rasp.age_s.largest) == (2, 40, 40)


def test_a_breach_is_mitigated_only_when_everything_is_confirmed(psp: Psp) -> None:
    done = put_breach(psp, decided_at=NOON)
    half = put_breach(psp, decided_at=NOON)
    failed = put_breach(psp, decided_at=NOON)
    late = put_breach(psp, decided_at=NOON)
    open_ = put_breach(
        psp, decided_at=NOW - timedelta(seconds=30), obligations=[("review", {}, 60)]
    )
    ignored = put_breach(psp, decided_at=NOON, effect="permit", mitigating=False, obligations=())
    for obligation in ("ob_1", "ob_2"):
        put_outcome(done, obligation, at=NOON + timedelta(seconds=2))
    put_outcome(half, "ob_1", at=NOON + timedelta(seconds=4))
    put_outcome(failed, "ob_1", at=NOON, status="failed")

    found = figures(psp, end=NOW)
    breaches = found.breaches
    reasons = {item.decision_ref: item.obligations for item in found.deviations}

    assert (breaches.present, breaches.mitigating, breaches.confirmed) == (6, 5, 1)
    assert (breaches.not_mitigating, breaches.not_done, breaches.overdue, breaches.open) == (
        1,
        1,
        2,
        1,
    )
    assert set(reasons) == {half.ref, failed.ref, late.ref, open_.ref, ignored.ref}
    assert reasons[half.ref] == ("suspend the element: overdue",)
    assert reasons[failed.ref] == (
        "notify the fraud desk: failed",
        "suspend the element: overdue",
    )
    assert reasons[open_.ref] == ("review: open",)


def test_the_last_outcome_counts(psp: Psp) -> None:
    breach = put_breach(psp, decided_at=NOON, obligations=[("end_session", {}, 60)])
    put_outcome(breach, "ob_1", at=NOON, status="failed")
    put_outcome(breach, "ob_1", at=NOON + timedelta(seconds=90))

    found = figures(psp)

    assert found.breaches.confirmed == 1
    assert found.enforcement_s.p50 == 90
    assert found.enforcement_in_time == 0
    (action,) = found.actions
    assert (action.done, action.failed, action.overdue) == (1, 0, 0)


def test_an_inconclusive_check_is_no_breach(psp: Psp) -> None:
    put_decision(
        psp,
        decided_at=NOON,
        findings=[
            ("attestation.missing", "present", "D", "freerasp"),
            ("device.rooted", "not_evaluated", "D", "freerasp"),
            ("app.hooking", "absent", "D", "freerasp"),
        ],
    )

    assert figures(psp).breaches.present == 0


def test_two_findings_in_one_decision_are_one_breach(psp: Psp) -> None:
    put_breach(
        psp,
        decided_at=NOON,
        findings=[
            ("device.rooted", "present", "D", "freerasp"),
            ("device.rooted", "present", "A", "android_key_attestation"),
            ("app.hooking", "present", "D", "freerasp"),
        ],
    )

    found = figures(psp)

    assert found.breaches.present == 1
    assert {item.code: item.count for item in found.findings} == {
        "device.rooted": 2,
        "app.hooking": 1,
    }
    assert found.deviations[0].findings == ("app.hooking", "device.rooted")


def test_time_to_enforcement_is_counted_to_a_tenth_of_a_second(psp: Psp) -> None:
    breach = put_breach(psp, decided_at=NOON)
    put_outcome(breach, "ob_1", at=NOON + timedelta(milliseconds=1_849))
    put_outcome(breach, "ob_2", at=NOON - timedelta(seconds=5))

    found = figures(psp)

    assert dict(found.enforcement_histogram) == {1.8: 1, 0.0: 1}
    assert found.enforcement_in_time == 2


def test_nothing_beyond_the_checkpoint_counts(psp: Psp) -> None:
    breach = put_breach(psp, decided_at=NOON, obligations=[("end_session", {}, 60)])
    sequence_log(psp=psp, now=NOW)
    size = Entry.objects.filter(psp=psp).count()
    put_decision(psp, decided_at=NOON)
    put_outcome(breach, "ob_1", at=NOON)
    before = figures(psp, tree_size=size)
    sequence_log(psp=psp, now=NOW)
    put_decision(psp, decided_at=NOON)

    after = figures(psp, tree_size=size)

    assert before == after
    assert (after.total, after.breaches.overdue) == (1, 1)
    assert (figures(psp).total, figures(psp).breaches.confirmed) == (3, 1)


def test_every_deviation_is_yielded_however_many_are_listed(
    psp: Psp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.assessments.figures.LISTED_DEVIATIONS", 3)
    monkeypatch.setattr("compliance.assessments.breaches._BATCH", 2)
    refs = [put_breach(psp, decided_at=NOON + timedelta(minutes=n)).ref for n in range(5)]
    scope = Scope(psp=psp, start=START, end=END)

    assert [item.decision_ref for item in deviations(scope, as_of=NOW)] == refs
    assert [item.decision_ref for item in figures(psp).deviations] == refs[:3]
    assert figures(psp).breaches.unconfirmed == 5


def test_long_periods_are_shown_by_week(psp: Psp) -> None:
    put_decision(psp, decided_at=NOON)

    found = figures(psp, end=START + timedelta(days=60))

    assert found.step_is_week
    assert found.steps[0].label == "W40"
    assert (found.steps[0].total, sum(step.total for step in found.steps)) == (1, 1)


def test_each_duty_has_one_figure_with_its_denominator(psp: Psp) -> None:
    put_design_in_force(psp, now=START)
    put_decision(psp, decided_at=NOON)
    put_decision(psp, decided_at=NOON, evidence=[], environment_class="none")
    put_breach(psp, decided_at=NOON + timedelta(hours=1))

    found = {figure.duty: figure for figure in duty_figures(psp, start=START, end=END, now=NOW)}

    assert list(found) == list(Duty)
    assert (found[Duty.INDEPENDENCE].count, found[Duty.INDEPENDENCE].of) == (0, 2)
    assert (found[Duty.MULTI_PURPOSE_DEVICE].count, found[Duty.MULTI_PURPOSE_DEVICE].of) == (2, 3)
    assert found[Duty.SEPARATED_ENVIRONMENTS].figure == "66.7\u00a0%"
    assert found[Duty.INTEGRITY_MECHANISMS].count == 2
    assert (found[Duty.CONSEQUENCES].figure, found[Duty.CONSEQUENCES].of) == ("1", 1)
    assert found[Duty.CONSEQUENCES].latest_at == NOON + timedelta(hours=1)


def test_without_a_design_nothing_is_claimed_about_independence(psp: Psp) -> None:
    (first, *_) = duty_figures(psp, start=START, end=END, now=NOW)

    assert first.figure == "–"
    assert "no authentication design" in first.caption


def test_all_figures_of_a_quarter_agree_with_each_other(psp: Psp) -> None:
    put_quarter(psp, start=START, days=7, count=60)

    found = figures(psp)

    assert found.total == 60
    for parts in (found.by_effect, found.by_disposition, found.by_environment, found.by_platform):
        assert sum(part.count for part in parts) == 60
    assert sum(step.total for step in found.steps) == 60
    assert len(found.deviations) == found.breaches.unconfirmed
    assert found.breaches.confirmed + found.breaches.unconfirmed == found.breaches.present
