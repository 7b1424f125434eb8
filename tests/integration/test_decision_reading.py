"""Searching decisions, their obligations, and what the enforcing system says about these."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.core.errors import NotFoundError
from compliance.decisions.errors import InvalidCursorError, InvalidOutcomeError
from compliance.decisions.models import Outcome
from compliance.decisions.selectors import (
    DecisionFilter,
    count_decisions,
    count_overdue,
    decisions_page,
    expected_entries,
    obligations_of,
    overdue_obligations,
)
from compliance.decisions.services import record_outcome
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.support.factories import (
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return psp


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def threat(name: str) -> list[dict[str, Any]]:
    return [
        {
            "provider": "freerasp",
            "mode": "reported",
            "payload": {"threats": [name], "all_checks_finished": True},
        }
    ]


def test_pages_show_each_decision_once_newest_first(psp: Psp, caller: Caller) -> None:
    refs = [caller.decide()["ref"] for _ in range(7)]

    seen: list[str] = []
    cursor = ""
    while True:
        page = decisions_page(psp, filters=DecisionFilter(), cursor=cursor, limit=3)
        seen += [decision.ref for decision in page.items]
        cursor = page.next_cursor
        if not cursor:
            break
        caller.decide()

    assert seen == sorted(refs, reverse=True)


@pytest.mark.parametrize(
    "cursor", ["x", "!!!!", "AAAA", "é", "A" * 300, "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCBk"]
)
def test_a_made_up_cursor_is_refused(psp: Psp, cursor: str) -> None:
    with pytest.raises(InvalidCursorError):
        decisions_page(psp, filters=DecisionFilter(), cursor=cursor)


@pytest.mark.parametrize(
    "found",
    [
        {"effect": "deny"},
        {"disposition": "enforced"},
        {"finding": "app.hooking"},
        {"finding": "app.*"},
        {"rule": "app-altered"},
        {"channel": "branch"},
        {"app_version": "1.2.3"},
        {"platform": "ios"},
        {"method": "face"},
        {"environment_class": "tee", "effect": "deny"},
        {"device_ref": "d-odd"},
        {"payer_ref": "c-odd"},
        {"support_ref": "SUPPORT"},
        {"start": "after"},
    ],
)
def test_each_filter_finds_the_odd_one(psp: Psp, caller: Caller, found: dict[str, Any]) -> None:
    caller.decide()
    odd = caller.decide(
        transaction={"ref": "t", "channel": "branch", "method": "face"},
        subject={"payer_ref": "c-odd", "device_ref": "d-odd"},
        device={"platform": "ios", "app_version": "1.2.3"},
        evidence=threat("hooks"),
    )
    if "support_ref" in found:
        found = {"support_ref": odd["for_device"]["support_ref"].lower()}
    if "start" in found:
        found = {"start": datetime.fromisoformat(odd["decided_at"])}

    filters = DecisionFilter(**found)
    page = decisions_page(psp, filters=filters)

    assert odd["ref"] in [decision.ref for decision in page.items]
    assert len(page.items) == 1 or "start" in found
    assert count_decisions(psp, filters=filters) == len(page.items)


@pytest.mark.parametrize("name", ["effect", "rule", "finding", "device_ref", "support_ref"])
def test_hostile_filters_find_nothing_and_break_nothing(
    psp: Psp, caller: Caller, name: str
) -> None:
    caller.decide()

    for value in ("\0", "%", "_", "' OR 1=1", '"', "\\"):
        asked: dict[str, Any] = {name: value}
        assert decisions_page(psp, filters=DecisionFilter(**asked)).items == ()


def test_counting_stops_where_it_is_told_to(psp: Psp, caller: Caller) -> None:
    for _ in range(3):
        caller.decide()

    assert count_decisions(psp, filters=DecisionFilter(), at_most=2) == 2


def test_an_obligation_is_open_then_overdue_then_done(psp: Psp, caller: Caller) -> None:
    answer = caller.decide(evidence=threat("hooks"))
    now = datetime.now(UTC)
    later = now + timedelta(minutes=6)
    states = {each.state for each in obligations_of(psp, answer["ref"], now=now)}
    assert states == {"open"}
    assert count_overdue(psp, now=now) == 0
    assert count_overdue(psp, now=later) == len(answer["obligations"]) == 3

    outcome = confirm(psp, answer["ref"], status="done", now=later)

    views = obligations_of(psp, answer["ref"], now=later)
    assert [view.state for view in views] == ["done", "overdue", "overdue"]
    assert views[0].outcomes == (outcome,)
    assert [each.obligation_id for each in overdue_obligations(psp, now=later)] == ["ob_2", "ob_3"]


def test_the_last_word_counts_and_all_stay(psp: Psp, caller: Caller) -> None:
    ref = caller.decide(evidence=threat("hooks"))["ref"]
    for status in ("done", "failed", "done", "skipped"):
        confirm(psp, ref, status=status, now=datetime.now(UTC))

    view = obligations_of(psp, ref, now=datetime.now(UTC))[0]

    assert view.state == "skipped"
    assert [outcome.status for outcome in view.outcomes] == ["done", "failed", "done", "skipped"]


def test_what_needs_no_deed_is_done_by_the_record(psp: Psp, caller: Caller) -> None:
    ref = caller.decide(evidence=threat("devMode"))["ref"]

    views = obligations_of(psp, ref, now=datetime.now(UTC) + timedelta(days=9))

    assert [view.state for view in views if view.action == "record_only"] == ["done"]


def test_an_outcome_is_a_ledger_entry_without_the_psps_own_words(psp: Psp, caller: Caller) -> None:
    ref = caller.decide(evidence=threat("hooks"))["ref"]

    outcome = confirm(psp, ref, status="done", now=datetime.now(UTC), detail="called Mrs Doe")

    staged = StagedEntry.objects.get(psp=psp, kind="outcome")
    body = json.loads(bytes(staged.body))
    assert (body["decision"], body["obligation"], body["status"]) == (ref, "ob_1", "done")
    assert b"Doe" not in bytes(staged.body)
    assert bytes(outcome.leaf_hash) == bytes(staged.leaf_hash)
    assert outcome.ref in [entry.ref for entry in expected_entries(psp)]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "perhaps"},
        {"detail": "x" * 501},
        {"enforced_by": "\0"},
        {"enforced_at": datetime(2999, 1, 1, tzinfo=UTC)},
        {"enforced_at": datetime(2026, 11, 23)},  # noqa: DTZ001 - without an offset, on purpose
        {"enforced_at": datetime.fromisoformat("0001-01-01T00:00:00+14:00")},
    ],
)
def test_an_outcome_that_makes_no_sense_is_refused(
    psp: Psp, caller: Caller, changes: dict[str, Any]
) -> None:
    ref = caller.decide(evidence=threat("hooks"))["ref"]

    with pytest.raises(InvalidOutcomeError) as refused:
        confirm(psp, ref, now=datetime.now(UTC), **({"status": "done"} | changes))

    (problem,) = refused.value.problems
    assert problem.pointer.strip("/") in changes
    assert not Outcome.objects.exists()


def test_an_outcome_of_an_obligation_that_is_not_there_is_not_found(
    psp: Psp, caller: Caller
) -> None:
    ref = caller.decide()["ref"]

    with pytest.raises(NotFoundError, match="obligation `ob_9`"):
        confirm(psp, ref, obligation="ob_9", status="done", now=datetime.now(UTC))
    with pytest.raises(NotFoundError, match="decision `dec_none`"):
        confirm(psp, "dec_none", status="done", now=datetime.now(UTC))


def confirm(psp: Psp, ref: str, *, now: datetime, obligation: str = "ob_1", **said: Any) -> Outcome:
    enforced_at = said.pop("enforced_at", now)
    return record_outcome(
        psp=psp,
        decision_ref=ref,
        obligation=obligation,
        enforced_at=enforced_at,
        now=now,
        **said,
    )
