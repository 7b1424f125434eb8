"""A candidate against recorded decisions: what it counts, and what it admits."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from compliance.backtests.comparing import ERASED
from compliance.backtests.errors import InvalidSpanError
from compliance.backtests.models import RunState
from compliance.backtests.queue import BACK_TESTS, SILENT_AFTER
from compliance.backtests.selectors import (
    back_test_by_ref,
    back_tests_of,
    changes_page,
    summary_of,
)
from compliance.backtests.services import give_up, produce_back_test, request_back_test
from compliance.core.errors import NotFoundError
from compliance.decisions.errors import InvalidCursorError
from compliance.decisions.models import Decision, DecisionRecord
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import Psp
from tests.integration.back_tested import (
    BALANCED,
    COUNT,
    LATER,
    STRICTER,
    back_test_of,
    candidate_of,
    clock,
    produced,
    recorded_psp,
    result_of,
)
from tests.integration.recorded_decisions import record_many
from tests.support.documents import policy, rule
from tests.support.factories import (
    NOW,
    make_psp,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def psp() -> Psp:
    return recorded_psp()


def test_the_text_in_force_changes_nothing(psp: Psp) -> None:
    back_test = produced(psp, BALANCED)

    summary = summary_of(back_test.tally)
    assert back_test.state == RunState.READY
    assert (back_test.done, back_test.total, back_test.progress) == (COUNT, COUNT, 100)
    assert (summary.compared, summary.changed, summary.not_replayable) == (COUNT, 0, ())
    assert changes_page(psp, back_test.ref).items == ()


def test_a_stricter_candidate_shows_each_decision_that_it_makes_otherwise(psp: Psp) -> None:
    effects = dict(Decision.objects.filter(psp=psp).values_list("ref", "effect"))
    permitted = {ref for ref, effect in effects.items() if effect == "permit"}

    back_test = produced(psp, STRICTER)

    summary = summary_of(back_test.tally)
    cells = {(cell.old, cell.new): cell.count for row in summary.matrix for cell in row}
    assert cells["permit", "deny"] == len(permitted) > 0
    assert sum(cells.values()) == COUNT
    page = changes_page(psp, back_test.ref, old="permit", new="deny", limit=COUNT)
    assert {change.decision_ref for change in page.items} == permitted


def test_a_change_of_obligations_alone_is_a_change(psp: Psp) -> None:
    source = BALANCED.replace(b"notify_fraud_desk", b"end_session")

    summary = summary_of(produced(psp, source).tally)

    assert summary.changed > 0
    assert all(cell.count == 0 for row in summary.matrix for cell in row if cell.old != cell.new)


def test_added_step_ups_are_counted(psp: Psp) -> None:
    rule = b"""rules:
  - id: everybody-steps-up
    when: {reliable_elements: {at_least: 0}}
    effect: step_up
    obligations: [{action: step_up, method: letter-code, within: 10m}]
"""
    summary = summary_of(produced(psp, BALANCED.replace(b"rules:\n", rule, 1)).tally)

    assert summary.step_ups_added > COUNT / 2
    assert summary.added_step_ups_per_100_000 == round(
        100_000 * (summary.step_ups_added - summary.step_ups_removed) / COUNT, 1
    )


def test_what_cannot_be_decided_again_is_said_with_its_reason(psp: Psp) -> None:
    refs = list(Decision.objects.filter(psp=psp).order_by("pk").values_list("ref", flat=True))
    DecisionRecord.objects.filter(psp=psp, decision_ref__in=refs[:4]).delete()
    DecisionRecord.objects.create(
        psp=psp, decision_ref=refs[3], facts=b"\xff{", commitment_key=b"k"
    )
    declared = {"amount_eur": {"type": "decimal"}, "purpose": {"type": "string"}}
    source = policy(rule(), attributes=declared | {"payee_known": {"type": "string"}})

    summary = summary_of(produced(psp, source).tally)

    reasons = dict(summary.not_replayable)
    assert reasons.pop(ERASED) == 3
    assert reasons.pop("its recorded facts cannot be read") == 1
    (left,) = reasons.items()
    assert left[1] == COUNT - 4
    assert "payee_known" in left[0]
    assert summary.compared == 0


def test_the_size_of_the_chunks_does_not_matter(psp: Psp) -> None:
    version = candidate_of(psp, STRICTER)
    results = []
    for size in (7, 240, 1000):
        back_test = back_test_of(psp, version)
        produce_back_test(back_test_id=back_test.pk, clock=clock, size=size)
        results.append(result_of(back_test))

    assert results[0] == results[1] == results[2]


def test_decisions_at_the_same_moment_are_each_counted_once() -> None:
    psp = make_psp()
    put_policy_in_force(psp)
    record_many(psp, 20, start=NOW, every_s=0)

    assert produced(psp, STRICTER, size=3).done == 20


def finished_entries(psp: Psp) -> list[dict[str, Any]]:
    """Return what was staged about the ends of back-tests."""
    rows = StagedEntry.objects.filter(psp=psp, kind="back_test_finished").order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows]


def test_the_end_of_a_back_test_is_a_ledger_entry_with_its_counts(psp: Psp) -> None:
    back_test = produced(psp, STRICTER)
    produce_back_test(back_test_id=back_test.pk, clock=lambda: LATER + 2 * SILENT_AFTER)

    (entry,) = finished_entries(psp)
    summary = summary_of(back_test.tally)
    assert entry == {
        "schema": 1,
        "type": "back_test_finished",
        "ref": back_test.ref,
        "version": back_test.version.ref,
        "number": back_test.version.number,
        "digest": back_test.version.digest,
        "starts_at": NOW.isoformat(),
        "ends_at": LATER.isoformat(),
        "at": LATER.isoformat(),
        "state": "ready",
        "decisions": COUNT,
        "compared": COUNT,
        "changed": summary.changed,
        "not_replayable": 0,
        "step_ups_added": summary.step_ups_added,
        "step_ups_removed": summary.step_ups_removed,
        "tolerated": 0,
        "matrix": back_test.tally["cells"],
    }
    assert sum(entry["matrix"].values()) == COUNT
    assert "Olivia" not in str(entry)


def test_a_back_test_that_fails_is_a_ledger_entry_without_the_reason(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))
    taken = BACK_TESTS.take(back_test.pk, now=LATER)
    assert taken is not None

    for _ in range(2):
        give_up(back_test=taken, failure="out of luck", now=LATER)

    (entry,) = finished_entries(psp)
    assert (entry["state"], entry["decisions"]) == ("failed", 0)
    assert "luck" not in str(entry)


def test_only_the_psps_own_decisions_of_the_period_count(psp: Psp) -> None:
    other = make_psp("Another PSP")
    put_policy_in_force(other)
    record_many(other, 10, start=NOW)
    record_many(psp, 5, start=LATER + timedelta(hours=1))

    assert produced(psp, STRICTER).done == COUNT
    assert produced(other, STRICTER).done == 10


def test_another_psp_finds_nothing(psp: Psp) -> None:
    other = make_psp("Another PSP")
    back_test = produced(psp, STRICTER)

    assert back_tests_of(other) == []
    with pytest.raises(NotFoundError):
        back_test_by_ref(other, back_test.ref)
    with pytest.raises(NotFoundError):
        changes_page(other, back_test.ref)
    with pytest.raises(NotFoundError):
        back_test_of(other, back_test.version)


def test_changes_are_read_page_by_page(psp: Psp) -> None:
    back_test = produced(psp, STRICTER)
    whole = changes_page(psp, back_test.ref, limit=COUNT).items

    read: list[Any] = []
    cursor = ""
    while True:
        page = changes_page(psp, back_test.ref, cursor, limit=7)
        read += page.items
        cursor = page.next_cursor
        if not cursor:
            break

    assert [each.number for each in read] == [each.number for each in whole]
    assert len(read) == summary_of(back_test.tally).listed


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "²", "9" * 30])
def test_a_cursor_that_is_not_ours_is_refused(psp: Psp, cursor: str) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))

    with pytest.raises(InvalidCursorError):
        changes_page(psp, back_test.ref, cursor)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NOW, NOW),
        (LATER, NOW),
        (LATER - timedelta(days=401), LATER),
        (NOW, LATER + timedelta(seconds=1)),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(start: datetime, end: datetime) -> None:
    psp = make_psp()

    with pytest.raises(InvalidSpanError):
        request_back_test(
            psp=psp,
            version_ref="pol_x",
            period_start=start,
            period_end=end,
            requested_by="Olivia",
            now=LATER,
        )


def test_few_changes_of_a_rare_kind_are_not_crowded_out(
    psp: Psp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.backtests.comparing.LISTED_PER_CELL", 3)

    summary = summary_of(produced(psp, STRICTER).tally)

    assert summary.changed > summary.listed
    listed = changes_page(psp, back_tests_of(psp)[0].ref, limit=COUNT).items
    assert len(listed) == summary.listed
    changed_cells = [cell for row in summary.matrix for cell in row if cell.changed]
    kinds = {(each.old_effect, each.new_effect) for each in listed}
    assert kinds == {(cell.old, cell.new) for cell in changed_cells}
