"""A candidate against recorded decisions: what it counts, what it admits, and that nothing counts twice."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from compliance.backtests import advancing
from compliance.backtests.advancing import advance
from compliance.backtests.comparing import ERASED, Comparer
from compliance.backtests.ending import SupersededError
from compliance.backtests.errors import InvalidSpanError
from compliance.backtests.models import BackTest, RunState
from compliance.backtests.queue import BACK_TESTS, MOST_ATTEMPTS, SILENT_AFTER
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
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.integration.recorded_decisions import record_many
from tests.support.documents import policy, rule
from tests.support.factories import (
    NOW,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db

COUNT = 240
LATER = NOW + timedelta(days=1)
BALANCED = load_pack("balanced")
STRICTER = BALANCED.replace(
    b"rules:\n",
    b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
    1,
)


def clock() -> datetime:
    return LATER


def candidate_of(psp: Psp, source: bytes) -> PolicySetVersion:
    return create_version(psp=psp, source=source, author=make_person(psp), now=NOW)


def back_test_of(psp: Psp, version: PolicySetVersion) -> BackTest:
    return request_back_test(
        psp=psp,
        version_ref=version.ref,
        period_start=NOW,
        period_end=LATER,
        requested_by="Olivia",
        now=LATER,
    )


def result_of(back_test: BackTest) -> tuple[Any, ...]:
    """Return everything that a back-test found."""
    row = back_test_by_ref(back_test.psp, back_test.ref)
    changes = row.changes.order_by("number").values_list(
        *("number", "decision_ref", "old_effect", "new_effect"),
        *("old_obligations", "new_obligations", "new_rules"),
    )
    return row.state, row.done, row.tally, list(changes)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    record_many(psp, COUNT, start=NOW)
    return psp


def produced(psp: Psp, source: bytes, *, size: int = 100) -> BackTest:
    back_test = back_test_of(psp, candidate_of(psp, source))
    produce_back_test(back_test_id=back_test.pk, clock=clock, size=size)
    return back_test_by_ref(psp, back_test.ref)


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


def test_a_worker_that_stopped_is_continued_with_the_same_result(
    psp: Psp, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = candidate_of(psp, STRICTER)
    whole, broken = back_test_of(psp, version), back_test_of(psp, version)
    produce_back_test(back_test_id=whole.pk, clock=clock, size=50)

    with monkeypatch.context() as patch:
        patch.setattr(advancing, "_list", _stop_after(2, advancing._list))
        with pytest.raises(KeyboardInterrupt):
            produce_back_test(back_test_id=broken.pk, clock=clock, size=50)
    stopped = back_test_by_ref(psp, broken.ref)
    assert (stopped.state, stopped.done, stopped.progress) == (RunState.RUNNING, 100, 41)
    produce_back_test(back_test_id=broken.pk, clock=lambda: LATER + 2 * SILENT_AFTER, size=50)

    assert result_of(broken) == result_of(whole)


def _stop_after(count: int, real: Callable[..., None]) -> Callable[..., None]:
    """Return the real thing, which is interrupted in the middle of a transaction."""
    calls: list[None] = []

    def stopping(*arguments: Any) -> None:
        real(*arguments)
        calls.append(None)
        if len(calls) > count:
            raise KeyboardInterrupt

    return stopping


def test_of_two_workers_at_once_one_counts(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))
    first = BACK_TESTS.take(back_test.pk, now=LATER)
    second = BACK_TESTS.take(back_test.pk, now=LATER + 2 * SILENT_AFTER)
    assert first is not None
    assert second is not None
    comparers = [Comparer(psp, first.version.document) for _ in range(2)]

    advance(first, comparers[0], end=LATER, size=100)
    with pytest.raises(SupersededError):
        advance(second, comparers[1], end=LATER, size=100)

    assert result_of(back_test)[1] == 100
    assert len(result_of(back_test)[3]) == sum(first.tally["listed"].values())


def test_a_back_test_that_somebody_works_on_is_left_alone(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))

    assert BACK_TESTS.take(back_test.pk, now=LATER) is not None
    assert BACK_TESTS.take(back_test.pk, now=LATER + SILENT_AFTER / 2) is None
    assert BACK_TESTS.waiting_ids(now=LATER + SILENT_AFTER / 2) == []
    assert BACK_TESTS.waiting_ids(now=LATER + 2 * SILENT_AFTER) == [back_test.pk]


def test_after_many_attempts_it_is_given_up(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))
    BackTest.objects.filter(pk=back_test.pk).update(attempts=MOST_ATTEMPTS)

    produce_back_test(back_test_id=back_test.pk, clock=clock)

    failed = back_test_by_ref(psp, back_test.ref)
    assert (failed.state, failed.failure) == (RunState.FAILED, "not finished in 20 attempts")


def test_an_attempt_that_fails_late_leaves_the_next_one_alone(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))
    first = BACK_TESTS.take(back_test.pk, now=LATER)
    second = BACK_TESTS.take(back_test.pk, now=LATER + 2 * SILENT_AFTER)
    assert first is not None
    assert second is not None

    give_up(back_test=first, failure="too late", now=LATER)
    assert back_test_by_ref(psp, back_test.ref).state == RunState.RUNNING
    give_up(back_test=second, failure="in time", now=LATER)

    failed = back_test_by_ref(psp, back_test.ref)
    assert (failed.state, failed.failure) == (RunState.FAILED, "in time")


def test_a_finished_back_test_stays_as_it_is(psp: Psp) -> None:
    back_test = produced(psp, STRICTER)
    before = result_of(back_test)

    produce_back_test(back_test_id=back_test.pk, clock=lambda: LATER + 2 * SILENT_AFTER)

    assert result_of(back_test) == before


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
