"""Analyses over REST: asked for by keys, proved by workers, and what they say about activation."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from compliance.policysets.models import Analysis, AnalysisState, PolicySetVersion
from compliance.policysets.proving import produce_analysis
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.api.caller import Caller, problem_of
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import (
    NOW,
    make_api_key,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.waived import put_property_waiver_in_force

MISSING = "pol_" + "0" * 26
FAILING: dict[str, Any] = {
    "name": "a rooted phone is let through",
    "given": {"findings": [{"code": "device.rooted", "assurance": "B"}]},
    "expect": {"effect": "permit"},
}


@pytest.fixture
def pipeline(psp: Psp) -> Caller:
    return Caller(make_api_key(psp, ["read", "policies:write"]))


@pytest.fixture
def draft(psp: Psp) -> PolicySetVersion:
    source = policy(rule(), tests=[FAILING])
    return create_version(psp=psp, source=source, author=make_person(psp), now=NOW)


def address(version: PolicySetVersion) -> str:
    return f"/v1/policy-sets/{version.ref}/analysis"


def shown(caller: Caller, version: PolicySetVersion) -> dict[str, Any]:
    answer = caller.get(address(version))
    assert answer.status_code == 200, answer.content
    document: dict[str, Any] = json.loads(answer.content)
    return document


def prove(version: PolicySetVersion) -> Analysis:
    analysis = version.analyses.get()
    produce_analysis(analysis_id=analysis.pk, clock=lambda: datetime.now(UTC))
    analysis.refresh_from_db()
    return analysis


def test_a_pipeline_asks_for_a_drafts_analysis_and_reads_what_was_found(
    psp: Psp, pipeline: Caller, draft: PolicySetVersion
) -> None:
    design = put_design_in_force(psp)
    current = put_policy_in_force(psp, load_pack("balanced"))

    asked = pipeline.post(address(draft), {})

    assert asked.status_code == 202
    under_way = json.loads(asked.content)
    assert (under_way["state"], under_way["progress"]) == ("requested", 0)
    assert under_way["properties"] == []
    assert under_way["activation"]["analysis"] is None
    assert not under_way["activation"]["is_clear"]
    assert json.loads(pipeline.get(asked.headers["Location"]).content) == under_way

    prove(draft)

    found = shown(pipeline, draft)
    assert (found["ref"], found["state"]) == (under_way["ref"], "ready")
    assert (found["design_digest"], found["compared_digest"]) == (design.digest, current.digest)
    assert found["is_current"]
    assert [each["id"] for each in found["properties"]] == [f"P{n}" for n in range(1, 11)]
    violated = next(each for each in found["properties"] if each["status"] == "violated")
    assert violated["sentence"]
    assert found["difference"]["regions"]
    assert [case["passed"] for case in found["test_cases"]["cases"]] == [False]
    blocking = [each["id"] for each in found["properties"] if each["blocks_activation"]]
    assert found["activation"] == {
        "analysis": found["ref"],
        "is_clear": False,
        "blocking": blocking,
        "failed_cases": 1,
        "waivers": [],
    }


def test_it_is_enqueued(
    pipeline: Caller,
    draft: PolicySetVersion,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        pipeline.post(address(draft), {})

    assert len(callbacks) == 1


def test_asked_again_it_is_the_same_until_something_else_is_in_force(
    psp: Psp, pipeline: Caller, draft: PolicySetVersion
) -> None:
    first = json.loads(pipeline.post(address(draft), {}).content)
    again = json.loads(pipeline.post(f"/v1/policy-sets/{draft.digest}/analysis", {}).content)
    mark_analysed(draft, now=datetime.now(UTC))
    ready = json.loads(pipeline.post(address(draft), {}).content)
    put_design_in_force(psp)
    stale = shown(pipeline, draft)
    anew = json.loads(pipeline.post(address(draft), {}).content)

    assert first["ref"] == again["ref"] == ready["ref"] == stale["ref"]
    assert (ready["state"], ready["is_current"], stale["is_current"]) == ("ready", True, False)
    assert (anew["ref"] != first["ref"], anew["state"], anew["is_current"]) == (
        True,
        "requested",
        True,
    )
    assert shown(pipeline, draft)["ref"] == anew["ref"]
    # Until the new one is finished, the old one is what is known.
    assert anew["activation"]["analysis"] == first["ref"]


def test_one_that_failed_says_why_and_is_asked_for_anew(
    pipeline: Caller, draft: PolicySetVersion
) -> None:
    first = json.loads(pipeline.post(address(draft), {}).content)
    Analysis.objects.filter(ref=first["ref"]).update(
        state=AnalysisState.FAILED, failure="not finished in 5 attempts", finished_at=NOW
    )

    failed = shown(pipeline, draft)
    anew = json.loads(pipeline.post(address(draft), {}).content)

    assert (failed["state"], failed["failure"]) == ("failed", "not finished in 5 attempts")
    assert anew["ref"] != first["ref"]


def test_waivers_let_blocking_properties_pass(api: Caller, draft: PolicySetVersion) -> None:
    now = datetime.now(UTC)
    mark_analysed(draft, now=now, blocking=["P2", "P8"])
    waiver = put_property_waiver_in_force(draft, now=now)

    activation = shown(api, draft)["activation"]

    assert activation["blocking"] == ["P8"]
    assert activation["waivers"] == [waiver.ref]
    assert not activation["is_clear"]


def test_a_version_that_nobody_analysed_has_none(api: Caller, draft: PolicySetVersion) -> None:
    assert problem_of(api.get(address(draft)))["code"] == "not-found"


def test_another_psps_version_reads_and_writes_like_one_that_does_not_exist(
    draft: PolicySetVersion,
) -> None:
    mark_analysed(draft, now=NOW)
    stranger = Caller(make_api_key(make_psp("Another PSP"), ["read", "policies:write"]))

    for name in (draft.ref, draft.digest, MISSING, "x"):
        foreign = stranger.get(f"/v1/policy-sets/{name}/analysis")
        asked = stranger.post(f"/v1/policy-sets/{name}/analysis", {})
        assert foreign.status_code == asked.status_code == 404
        assert problem_of(foreign)["detail"].replace(name, "…") == "no policy set version `…`"
    assert draft.analyses.count() == 1


def test_it_needs_a_key_with_the_scope(
    psp: Psp, signed_out: Caller, api: Caller, draft: PolicySetVersion
) -> None:
    mark_analysed(draft, now=NOW)
    writer = Caller(make_api_key(psp, ["policies:write"]))

    assert signed_out.get(address(draft)).status_code == 401
    assert signed_out.post(address(draft), {}).status_code == 401
    assert writer.get(address(draft)).status_code == 403
    assert problem_of(api.post(address(draft), {}))["code"] == "scope-too-small"


def test_the_body_has_nothing_in_it(pipeline: Caller, draft: PolicySetVersion) -> None:
    assert problem_of(pipeline.post(address(draft), {"quick": True}))["code"] == "invalid-request"
    assert not draft.analyses.exists()
