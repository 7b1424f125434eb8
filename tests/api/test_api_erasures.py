"""Erasing a payer over REST."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

import pytest

from compliance.tenants.keys import SCOPES
from compliance.tenants.models import Psp
from tests.api.caller import Caller, pointers_of, problem_of
from tests.support.erasing import PAYER, entries, put_recorded, records
from tests.support.factories import make_api_key, make_psp, put_policy_in_force

ADDRESS = "/v1/erasures"
BODY = {"payer_ref": PAYER}


@pytest.fixture
def eraser(psp: Psp) -> Caller:
    return Caller(make_api_key(psp, ["erase"]))


def test_a_payer_is_erased(psp: Psp, eraser: Caller) -> None:
    put_recorded(psp)
    put_recorded(psp)
    other = put_recorded(psp, "c-5502")

    response = eraser.post(ADDRESS, BODY)

    shown = json.loads(response.content)
    assert response.status_code == 201
    assert shown["decisions"] == 2
    (erasure,) = shown["erasures"]
    assert (erasure["decisions"], erasure["records"]) == (2, 2)
    assert [entry["ref"] for entry in entries(psp)] == [erasure["ref"]]
    assert PAYER not in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert records(psp) == {other.ref}


def test_there_may_be_nothing_to_erase(eraser: Caller, psp: Psp) -> None:
    put_recorded(psp)
    eraser.post(ADDRESS, BODY)

    again = eraser.post(ADDRESS, BODY)

    assert again.status_code == 200
    assert json.loads(again.content) == {"decisions": 0, "erasures": []}


def test_another_psps_payer_of_the_same_name_is_left_alone(psp: Psp) -> None:
    kept = put_recorded(psp)
    other = Caller(make_api_key(make_psp("Another PSP"), ["erase"]))

    response = other.post(ADDRESS, BODY)

    assert (response.status_code, json.loads(response.content)["decisions"]) == (200, 0)
    assert records(psp) == {kept.ref}


def test_it_wants_a_key_that_may_erase(psp: Psp) -> None:
    kept = put_recorded(psp)
    everything_else = Caller(make_api_key(psp, [each for each in SCOPES if each != "erase"]))

    assert problem_of(everything_else.post(ADDRESS, BODY))["code"] == "scope-too-small"
    assert problem_of(Caller(None).post(ADDRESS, BODY))["code"] == "unauthenticated"
    assert records(psp) == {kept.ref}


def test_a_key_that_erases_does_nothing_else(eraser: Caller) -> None:
    assert problem_of(eraser.get("/v1/decisions"))["code"] == "scope-too-small"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/payer_ref"),
        ({"payer_ref": ""}, "/payer_ref"),
        ({"payer_ref": "x" * 129}, "/payer_ref"),
        ({"payer_ref": 5501}, "/payer_ref"),
        (BODY | {"reason": "asked"}, "/reason"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(
    eraser: Caller, body: dict[str, Any], pointer: str
) -> None:
    response = eraser.post(ADDRESS, body)

    assert response.status_code == 400
    assert pointers_of(response) == [pointer]


def test_an_erased_decision_reads_calmly(psp: Psp, api: Caller, eraser: Caller) -> None:
    policy = put_policy_in_force(psp)
    decision = put_recorded(psp, policy_digest=policy.digest)
    eraser.post(ADDRESS, BODY)

    shown = json.loads(api.get(f"/v1/decisions/{decision.ref}").content)

    assert (shown["transaction"], shown["facts"], shown["explanation"]) == (None, None, [])
    assert shown["for_device"] == {"answer": "cannot_complete", "support_ref": ""}
    assert [(each["digest"], each["details"]) for each in shown["evidence"]] == [("", {})]
    assert json.loads(api.get("/v1/decisions", {"payer_ref": PAYER}).content)["items"] == []
    replayed = json.loads(api.post(f"/v1/decisions/{decision.ref}/replay", {}).content)
    assert (replayed["erased"], replayed["differences"]) == (True, [])
