"""Analyses: asked for when a version is submitted and when something changes, and worked on once."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.core.jobs import WAIT_BEFORE_ASKING_AGAIN
from compliance.ledger.models import StagedEntry
from compliance.policysets.analyses import (
    ANALYSES,
    MOST_ATTEMPTS,
    SILENT_AFTER,
    give_up,
    request_analysis,
    request_due_analyses,
)
from compliance.policysets.models import NO_DESIGN, Analysis, AnalysisState, PolicySetVersion
from compliance.policysets.proving import produce_analysis, work_on_analysis
from compliance.policysets.services import activate_version, create_version, submit_version
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.support.documents import policy, rule
from tests.support.factories import (
    NOW,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
FAILING: dict[str, Any] = {
    "name": "a rooted phone is let through",
    "given": {"findings": [{"code": "device.rooted", "assurance": "B"}]},
    "expect": {"effect": "permit"},
}


def submitted(psp: Psp, source: bytes | None = None) -> PolicySetVersion:
    author = make_person(psp)
    source = policy(rule()) if source is None else source
    version = create_version(psp=psp, source=source, author=author, now=NOW)
    return submit_version(psp=psp, ref=version.ref, person=author, now=NOW)


def analysed(version: PolicySetVersion, *, now: datetime = NOW) -> Analysis:
    analysis = request_analysis(version=version, now=now)
    produce_analysis(analysis_id=analysis.pk, clock=lambda: now)
    analysis.refresh_from_db()
    return analysis


def test_what_is_submitted_is_to_be_analysed() -> None:
    psp = make_psp()
    version = submitted(psp)

    (analysis,) = version.analyses.all()

    assert (analysis.state, analysis.progress) == (AnalysisState.REQUESTED, 0)
    assert (analysis.design_digest, analysis.compared_digest) == (NO_DESIGN, "")
    assert request_analysis(version=version, now=NOW + SECOND) == analysis


def test_it_is_proved_under_the_design_and_beside_the_version_in_force() -> None:
    psp = make_psp()
    design = put_design_in_force(psp)
    current = put_policy_in_force(psp, load_pack("observe-first"))

    analysis = analysed(submitted(psp, load_pack("balanced")))

    assert (analysis.state, analysis.progress, analysis.done) == ("ready", 100, analysis.steps)
    assert analysis.design_digest == design.digest
    assert analysis.compared_digest == current.digest
    assert analysis.blocking == []
    properties = {each["id"]: each["status"] for each in analysis.results["properties"]}
    assert properties == dict.fromkeys((f"P{number}" for number in range(1, 11)), "proved")
    assert analysis.results["difference"]["relation"] in {"stricter", "incomparable"}
    assert analysis.results["test_cases"]["passed"]
    assert analysis.failed_cases == 0


def test_what_is_not_proved_is_told_with_a_request_and_counted() -> None:
    analysis = analysed(submitted(make_psp(), policy(rule(), tests=[FAILING])))

    assert "P8" in analysis.blocking
    assert analysis.failed_cases == 1
    first = next(each for each in analysis.results["properties"] if each["id"] == "P2")
    assert first["status"] == "violated"
    assert first["sentence"]
    assert first["request"]
    assert analysis.results["test_cases"]["cases"][0]["passed"] is False


def test_a_result_is_a_ledger_entry_with_the_digest_of_what_was_found() -> None:
    psp = make_psp()
    analysis = analysed(submitted(psp))

    body = json.loads(bytes(StagedEntry.objects.filter(psp=psp).latest("pk").body))

    assert body["type"] == "policy_analysed"
    assert (body["ref"], body["version"]) == (analysis.ref, analysis.version.ref)
    assert body["blocking"] == analysis.blocking
    assert body["results"].startswith("sha256:")


def test_a_result_is_never_rewritten() -> None:
    analysis = analysed(submitted(make_psp()))
    rows = Analysis.objects.filter(pk=analysis.pk)

    rewritten: tuple[dict[str, Any], ...] = (
        {"blocking": []},
        {"state": "requested"},
        {"results": {}},
    )
    for changes in rewritten:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(design_digest="sha256:other")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()


def test_one_worker_takes_it_and_a_silent_one_is_followed_by_another() -> None:
    analysis = request_analysis(version=submitted(make_psp()), now=NOW)

    first = ANALYSES.take(analysis.pk, now=NOW)
    nobody = ANALYSES.take(analysis.pk, now=NOW + SILENT_AFTER)
    second = ANALYSES.take(analysis.pk, now=NOW + SILENT_AFTER + SECOND)

    assert first is not None
    assert nobody is None
    assert second is not None
    assert (first.attempts, second.attempts) == (1, 2)
    work_on_analysis(analysis=first, clock=lambda: NOW)
    give_up(analysis=first, failure="too late", now=NOW)
    analysis.refresh_from_db()
    assert analysis.state == AnalysisState.RUNNING
    work_on_analysis(analysis=second, clock=lambda: NOW)
    analysis.refresh_from_db()
    assert analysis.state == AnalysisState.READY


def test_a_message_that_is_lost_is_sent_again() -> None:
    analysis = request_analysis(version=submitted(make_psp()), now=NOW)
    later = NOW + WAIT_BEFORE_ASKING_AGAIN + SECOND

    assert ANALYSES.waiting_ids(now=NOW + SECOND) == []
    assert ANALYSES.waiting_ids(now=later) == [analysis.pk]
    ANALYSES.take(analysis.pk, now=later)
    assert ANALYSES.waiting_ids(now=later + SECOND) == []
    assert ANALYSES.waiting_ids(now=later + SILENT_AFTER + SECOND) == [analysis.pk]


def test_what_so_many_workers_left_is_given_up_and_can_be_asked_for_again() -> None:
    version = submitted(make_psp())
    analysis = request_analysis(version=version, now=NOW)
    Analysis.objects.filter(pk=analysis.pk).update(attempts=MOST_ATTEMPTS)

    produce_analysis(analysis_id=analysis.pk, clock=lambda: NOW)

    analysis.refresh_from_db()
    assert analysis.state == AnalysisState.FAILED
    assert "attempts" in analysis.failure
    assert request_due_analyses(psp=version.psp, now=NOW) == []
    again = request_analysis(version=version, now=NOW)
    assert (again.state, again.pk == analysis.pk) == (AnalysisState.REQUESTED, False)


def test_another_design_asks_for_every_analysis_that_matters_again() -> None:
    psp = make_psp()
    old = put_policy_in_force(psp, load_pack("observe-first"))
    current = put_policy_in_force(psp)
    waiting = submitted(psp)
    analysed(waiting)
    assert request_due_analyses(psp=psp, now=NOW) == []

    design = put_design_in_force(psp)
    due = request_due_analyses(psp=psp, now=NOW)

    assert {each.version for each in due} == {current, waiting}
    assert {each.design_digest for each in due} == {design.digest}
    assert old not in {each.version for each in due}
    assert request_due_analyses(psp=psp, now=NOW) == []


def test_another_version_in_force_asks_for_what_is_compared_with_it() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp, load_pack("observe-first"))
    second = put_policy_in_force(psp)
    waiting = submitted(psp)
    analysed(waiting)
    later = NOW + timedelta(hours=1)
    person = make_person(psp)

    activate_version(psp=psp, ref=first.ref, person=person, active_from=later, now=later)
    (due,) = request_due_analyses(psp=psp, now=later)

    assert (due.version, due.compared_digest) == (waiting, first.digest)
    assert second.digest != first.digest
