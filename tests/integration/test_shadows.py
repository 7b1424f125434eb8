"""A candidate beside the version in force: it sees what is recorded, and nobody sees it."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from compliance.assessments.figures import figures_for
from compliance.backtests.errors import InvalidEndError, ShadowOfItselfError, ShadowRunningError
from compliance.backtests.models import RunState, Shadow, ShadowEnding
from compliance.backtests.selectors import (
    shadow_by_ref,
    shadow_results_page,
    shadow_running,
    shadows_of,
    summary_of,
)
from compliance.backtests.shadows import LAG, follow_shadows, start_shadow, stop_shadow
from compliance.core.errors import ConflictError, NotFoundError
from compliance.ledger.models import StagedEntry
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.errors import RoleTooSmallError
from compliance.tenants.models import Psp, Role
from compliance.tenants.services import create_api_key
from policies.packs import load_pack
from tests.integration.recorded_decisions import record_many
from tests.support.factories import NOW, make_person, make_psp, put_policy_in_force

pytestmark = pytest.mark.django_db

BALANCED = load_pack("balanced")
STRICTER = BALANCED.replace(
    b"rules:\n",
    b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
    1,
)
END = NOW + timedelta(days=7)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp, now=NOW - timedelta(days=1))
    return psp


def version_of(psp: Psp, source: bytes = STRICTER) -> PolicySetVersion:
    return create_version(psp=psp, source=source, author=make_person(psp), now=NOW)


def started(psp: Psp, version: PolicySetVersion, **changes: Any) -> Shadow:
    arguments: dict[str, Any] = {"ends_at": END, "by": version.author, "now": NOW}
    return start_shadow(psp=psp, version_ref=version.ref, **arguments | changes)


def stopped(shadow: Shadow) -> Shadow:
    adam = make_person(shadow.psp, name="Adam")
    return stop_shadow(psp=shadow.psp, ref=shadow.ref, by=adam, now=NOW)


def entries_of(psp: Psp) -> list[dict[str, Any]]:
    """Return what was staged about comparisons, in order."""
    rows = StagedEntry.objects.filter(psp=psp).exclude(kind__startswith="policy_").order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows if row.kind != "decision"]


def followed(shadow: Shadow, *, at: datetime) -> Shadow:
    follow_shadows(now=at)
    return shadow_by_ref(shadow.psp, shadow.ref)


def test_a_shadow_sees_each_decision_once_as_it_is_recorded(psp: Psp) -> None:
    record_many(psp, 3, start=NOW - timedelta(hours=1))
    shadow = started(psp, version_of(psp))
    first = record_many(psp, 20, start=NOW + timedelta(seconds=1))
    assert followed(shadow, at=NOW + timedelta(minutes=1)).done == 20
    second = record_many(psp, 15, start=NOW + timedelta(minutes=2))

    now = followed(shadow, at=NOW + timedelta(minutes=3))

    assert (now.done, now.state) == (35, RunState.RUNNING)
    assert summary_of(now.tally).compared == 35
    page = shadow_results_page(psp, shadow.ref, new="deny", limit=100)
    assert {each.decision_ref for each in page.items} <= {*first, *second}
    assert page.items


def test_what_is_younger_than_the_writers_delay_waits(psp: Psp) -> None:
    shadow = started(psp, version_of(psp))
    moment = NOW + timedelta(minutes=1)
    record_many(psp, 1, start=moment)

    assert followed(shadow, at=moment + LAG).done == 0
    assert followed(shadow, at=moment + LAG + timedelta(seconds=1)).done == 1


def test_a_shadow_ends_when_its_time_is_over(psp: Psp) -> None:
    shadow = started(psp, version_of(psp))
    record_many(psp, 2, start=END - timedelta(seconds=1), every_s=1)

    ended = followed(shadow, at=END + timedelta(hours=1))

    assert (ended.state, ended.done, ended.ending) == (RunState.READY, 1, ShadowEnding.OVER)
    assert shadow_running(psp) is None


def test_a_shadow_ends_when_its_text_comes_into_force(psp: Psp) -> None:
    shadow = started(psp, version_of(psp))
    put_policy_in_force(psp, STRICTER, now=NOW + timedelta(minutes=1))

    ended = followed(shadow, at=NOW + timedelta(minutes=2))

    assert (ended.state, ended.ending) == (RunState.READY, ShadowEnding.OVERTAKEN)


def test_a_text_that_is_refused_today_ends_its_shadow_and_no_other(psp: Psp) -> None:
    written = version_of(psp)
    refused = PolicySetVersion.objects.create(
        psp=psp,
        ref="pol_of_an_older_reader",
        number=written.number + 1,
        name="Old",
        document="{}",
        source="{}",
        digest="sha256:old",
        author=written.author,
        created_at=NOW,
    )
    broken = started(psp, refused)
    other = make_psp("Another PSP")
    put_policy_in_force(other, now=NOW - timedelta(days=1))
    whole = started(other, version_of(other))
    assert broken.pk < whole.pk
    record_many(other, 3, start=NOW + timedelta(seconds=1))

    followed(whole, at=NOW + timedelta(minutes=1))

    ended = shadow_by_ref(psp, broken.ref)
    assert (ended.state, ended.finished_at) == (RunState.FAILED, NOW + timedelta(minutes=1))
    assert "`schema` is missing" in ended.failure
    assert [each["state"] for each in entries_of(psp) if each["type"] == "shadow_ended"] == [
        "failed"
    ]
    assert shadow_by_ref(other, whole.ref).done == 3
    assert started(psp, written).state == RunState.RUNNING


def test_a_shadow_changes_no_figure(psp: Psp) -> None:
    record_many(psp, 10, start=NOW + timedelta(seconds=1))
    before = figures_for(psp, start=NOW, end=END, now=END)
    shadow = started(psp, version_of(psp))

    assert followed(shadow, at=NOW + timedelta(hours=1)).done == 10
    assert figures_for(psp, start=NOW, end=END, now=END) == before


def test_a_psp_has_one_shadow_at_a_time(psp: Psp) -> None:
    version = version_of(psp)
    shadow = started(psp, version)

    with pytest.raises(ShadowRunningError):
        started(psp, version)

    assert shadow_running(psp) == shadow
    stopped(shadow)
    assert started(psp, version).state == RunState.RUNNING


def test_a_stopped_shadow_keeps_what_it_found(psp: Psp) -> None:
    shadow = started(psp, version_of(psp))
    record_many(psp, 5, start=NOW + timedelta(seconds=1))
    followed(shadow, at=NOW + timedelta(minutes=1))

    row = stopped(shadow)

    assert (row.state, row.done) == (RunState.READY, 5)
    assert (row.ending, row.stopped_by, row.failure) == (ShadowEnding.STOPPED, "Adam", "")
    with pytest.raises(ConflictError):
        stopped(shadow)


def test_the_text_in_force_is_no_candidate(psp: Psp) -> None:
    with pytest.raises(ShadowOfItselfError):
        started(psp, version_of(psp, BALANCED))


def test_there_must_be_something_to_run_beside() -> None:
    psp = make_psp()

    with pytest.raises(NoPolicyInForceError):
        started(psp, version_of(psp))


@pytest.mark.parametrize("ends_at", [NOW, NOW + timedelta(days=91)])
def test_a_shadow_has_an_end_within_reach(psp: Psp, ends_at: datetime) -> None:
    with pytest.raises(InvalidEndError):
        started(psp, version_of(psp), ends_at=ends_at)


def test_who_only_reads_neither_starts_nor_stops_one(psp: Psp) -> None:
    version = version_of(psp)
    auditor = make_person(psp, Role.INTERNAL_AUDITOR)

    with pytest.raises(RoleTooSmallError):
        started(psp, version, by=auditor)
    shadow = started(psp, version)
    with pytest.raises(RoleTooSmallError):
        stop_shadow(psp=psp, ref=shadow.ref, by=auditor, now=NOW)

    assert shadow_running(psp) == shadow


def test_an_officer_of_another_psp_starts_nothing_here(psp: Psp) -> None:
    stranger = make_person(make_psp("Another PSP"))

    with pytest.raises(RoleTooSmallError):
        started(psp, version_of(psp), by=stranger)


def test_beginning_and_end_of_a_shadow_are_ledger_entries(psp: Psp) -> None:
    version = version_of(psp)
    shadow = started(psp, version)
    record_many(psp, 5, start=NOW + timedelta(seconds=1))
    followed(shadow, at=NOW + timedelta(minutes=1))
    adam = make_person(psp, name="Adam")
    row = stop_shadow(psp=psp, ref=shadow.ref, by=adam, now=NOW + timedelta(hours=1))

    begun, ended = entries_of(psp)

    about = {
        "schema": 1,
        "ref": shadow.ref,
        "version": version.ref,
        "number": version.number,
        "digest": version.digest,
        "starts_at": NOW.isoformat(),
        "ends_at": END.isoformat(),
    }
    assert begun == about | {
        "type": "shadow_started",
        "person": version.author_id,
        "at": NOW.isoformat(),
    }
    summary = summary_of(row.tally)
    assert ended == about | {
        "type": "shadow_ended",
        "person": adam.pk,
        "at": (NOW + timedelta(hours=1)).isoformat(),
        "state": "ready",
        "ending": "stopped",
        "decisions": 5,
        "compared": 5,
        "changed": summary.changed,
        "not_replayable": 0,
        "step_ups_added": summary.step_ups_added,
        "step_ups_removed": summary.step_ups_removed,
        "tolerated": 0,
        "matrix": row.tally["cells"],
    }
    assert summary.changed > 0


def test_a_key_stands_in_the_ledger_by_its_reference(psp: Psp) -> None:
    key, _secret = create_api_key(psp=psp, name="pipeline", scopes=("policies:write",), now=NOW)

    shadow = started(psp, version_of(psp), by=key)

    assert shadow.requested_by == f"API key pipeline ({key.ref})"
    (begun,) = entries_of(psp)
    assert begun["key"] == key.ref
    assert "pipeline" not in str(begun)


def test_a_shadow_that_ends_by_itself_names_nobody(psp: Psp) -> None:
    shadow = started(psp, version_of(psp))

    followed(shadow, at=END + timedelta(hours=1))
    followed(shadow, at=END + timedelta(hours=2))

    (_begun, ended) = entries_of(psp)
    assert (ended["ending"], ended["decisions"]) == ("over", 0)
    assert not {"person", "key"} & set(ended)


def test_a_shadow_that_is_refused_leaves_no_entry(psp: Psp) -> None:
    version = version_of(psp)
    started(psp, version)

    with pytest.raises(ShadowRunningError):
        started(psp, version)

    assert len(entries_of(psp)) == 1


def test_an_end_without_its_entry_is_none(psp: Psp, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise RuntimeError

    shadow = started(psp, version_of(psp))
    monkeypatch.setattr("compliance.backtests.entries.stage_json", refuse)

    with pytest.raises(RuntimeError):
        stopped(shadow)

    assert shadow_by_ref(psp, shadow.ref).state == RunState.RUNNING


def test_another_psp_neither_sees_nor_stops_it(psp: Psp) -> None:
    other = make_psp("Another PSP")
    shadow = started(psp, version_of(psp))

    assert shadows_of(other) == []
    for attempt in (
        lambda: shadow_by_ref(other, shadow.ref),
        lambda: shadow_results_page(other, shadow.ref),
        lambda: stop_shadow(psp=other, ref=shadow.ref, by=make_person(other), now=NOW),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    assert [each.ref for each in shadows_of(psp)] == [shadow.ref]
