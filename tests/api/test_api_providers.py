"""Scorecards of providers over REST."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs

from compliance.api.v1.openapi import openapi_document
from compliance.assessments.definitions import DEFINITIONS
from compliance.tenants.models import Psp
from tests.api.caller import Caller, pointers_of, problem_of
from tests.support.decided import EVIDENCE, put_decision
from tests.support.factories import make_api_key

PATH = "/v1/evidence/providers"
PERIOD = f"{PATH}?from=2026-10-01&to=2026-10-02"
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def read(api: Caller) -> dict[str, Any]:
    response = api.get(PERIOD)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def test_a_scorecard_has_figures_with_definitions_and_outages(api: Caller, psp: Psp) -> None:
    for minutes in range(90):
        moment = NOON + timedelta(minutes=minutes)
        put_decision(psp, decided_at=moment, evidence=() if 30 <= minutes < 60 else EVIDENCE)

    document = read(api)

    (card,) = document["items"]
    figures = {each["figure"]: (each["count"], each["of"]) for each in card["figures"]}
    assert document["period"] == {"from": "2026-10-01", "to": "2026-10-02"}
    assert card["provider"] == "freerasp"
    assert (figures["held"], figures["conclusive"]) == ((60, 90), (60, 60))
    assert set(figures) | {"age", "outages"} == set(DEFINITIONS)
    assert [each["figure"] for each in document["definitions"]] == list(DEFINITIONS)
    assert card["outages"] == [
        {
            "kind": "silent",
            "channel": "mobile-app",
            "platform": "android",
            "begins_at": "2026-10-01T12:29:00.000Z",
            "ends_at": "2026-10-01T13:00:00.000Z",
            "decisions": 30,
            "has_begun": True,
            "has_ended": True,
        }
    ]


def test_the_answer_is_as_the_document_says(api: Caller, psp: Psp) -> None:
    put_decision(psp, decided_at=NOON)
    whole = openapi_document().value
    responses = whole["paths"][PATH]["get"]["responses"]
    schema = responses["200"]["content"]["application/json"]["schema"]

    validator = jsonschema_rs.Draft202012Validator(schema | {"components": whole["components"]})

    assert [error.message for error in validator.iter_errors(read(api))] == []


def test_the_period_is_needed_and_must_make_sense(api: Caller) -> None:
    assert pointers_of(api.get(PATH)) == ["/from", "/to"]
    assert pointers_of(api.get(f"{PATH}?from=2026-10-02&to=2026-10-01")) == ["/to"]


def test_keys_need_the_scope_and_see_their_own_psp(
    psp: Psp, other_api: Caller, signed_out: Caller
) -> None:
    put_decision(psp, decided_at=NOON)

    assert read(other_api)["items"] == []
    small = Caller(make_api_key(psp, ("decide",))).get(PERIOD)
    assert problem_of(small)["code"] == "scope-too-small"
    assert signed_out.get(PERIOD).status_code == 401
