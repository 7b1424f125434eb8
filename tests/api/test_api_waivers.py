"""Waivers over REST: asked for and ended by keys, never approved by one."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.core.errors import ConflictError
from compliance.policysets.models import Waiver
from compliance.policysets.waivers import approve_waiver
from compliance.tenants.keys import SCOPES
from compliance.tenants.models import Psp, Role
from tests.api.caller import Caller, pointers_of, problem_of
from tests.support.factories import make_api_key, make_person, put_policy_in_force
from tests.support.waived import put_waiver_in_force

MISSING = "wai_" + "0" * 26


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def pipeline(psp: Psp) -> Caller:
    put_policy_in_force(psp)
    return Caller(make_api_key(psp, SCOPES))


def body(now: datetime, **changes: Any) -> dict[str, Any]:
    return {
        "rule_id": "rooted",
        "app_version": "7.3.1",
        "reason": "The vendor's update reports every phone as rooted.",
        "compensating_control": "Payments over EUR 30 are called back.",
        "expires_at": (now + timedelta(days=30)).isoformat(),
    } | changes


def test_a_key_asks_and_nobody_approves_before_a_person_answers_for_it(
    psp: Psp, pipeline: Caller, now: datetime
) -> None:
    answer = pipeline.post("/v1/waivers", body(now))

    assert answer.status_code == 201
    asked = json.loads(answer.content)
    assert asked["state"] == "requested"
    assert json.loads(pipeline.get(answer.headers["Location"]).content) == asked
    assert json.loads(pipeline.get("/v1/waivers").content)["items"] == [asked]
    with pytest.raises(ConflictError):
        approve_waiver(psp=psp, ref=asked["ref"], approver=make_person(psp, Role.APPROVER), now=now)


def test_terms_that_make_no_sense_are_named_at_their_place(pipeline: Caller, now: datetime) -> None:
    late = (now + timedelta(days=200)).isoformat()

    senseless = pipeline.post("/v1/waivers", body(now, rule_id="no-rule", expires_at=late))
    shapeless = pipeline.post("/v1/waivers", body(now, scope="x", reason=7))

    assert problem_of(senseless)["code"] == "invalid-waiver"
    assert sorted(pointers_of(senseless)) == ["/expires_at", "/rule_id"]
    assert sorted(pointers_of(shapeless)) == ["/reason", "/scope"]
    assert not Waiver.objects.exists()


def test_a_key_ends_a_waiver_once(psp: Psp, pipeline: Caller, now: datetime) -> None:
    waiver = put_waiver_in_force(psp, now=now)

    first = pipeline.post(f"/v1/waivers/{waiver.ref}/revoke", {})
    second = pipeline.post(f"/v1/waivers/{waiver.ref}/revoke", {})

    assert json.loads(first.content)["state"] == "revoked"
    assert problem_of(second)["code"] == "conflict"


@pytest.mark.parametrize("step", ["approve", "take-over"])
def test_no_key_approves_a_waiver_whatever_its_scopes(
    psp: Psp, pipeline: Caller, now: datetime, step: str
) -> None:
    waiver = put_waiver_in_force(psp, now=now)

    assert pipeline.post(f"/v1/waivers/{waiver.ref}/{step}").status_code == 404


def test_a_key_that_only_reads_neither_asks_nor_ends(
    psp: Psp, pipeline: Caller, api: Caller, now: datetime
) -> None:
    waiver = put_waiver_in_force(psp, now=now)

    assert pipeline.get(f"/v1/waivers/{waiver.ref}").status_code == 200
    assert api.post("/v1/waivers", body(now)).status_code == 403
    assert api.post(f"/v1/waivers/{waiver.ref}/revoke", {}).status_code == 403


def test_waivers_of_another_psp_read_like_ones_that_do_not_exist(
    psp: Psp, pipeline: Caller, other_api: Caller, now: datetime
) -> None:
    waiver = put_waiver_in_force(psp, now=now)

    foreign = other_api.get(f"/v1/waivers/{waiver.ref}")
    missing = other_api.get(f"/v1/waivers/{MISSING}")

    assert foreign.status_code == missing.status_code == 404
    assert json.loads(other_api.get("/v1/waivers").content)["items"] == []
    assert pipeline.get("/v1/waivers/x").status_code == 404


def test_signed_out_nobody_sees_waivers(signed_out: Caller) -> None:
    assert signed_out.get("/v1/waivers").status_code == 401
