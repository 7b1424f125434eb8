"""Challenges over REST."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from typing import Any

import pytest

from compliance.tenants.models import Psp
from tests.api.caller import Caller, pointers_of, problem_of
from tests.support.factories import make_api_key

ADDRESS = "/v1/evidence/challenges"
BODY = {"transaction_ref": "tx-81723"}


def test_a_challenge_is_issued_for_a_transaction(api: Caller) -> None:
    one, two = (api.post(ADDRESS, BODY | {"lifetime_s": 60}) for _ in range(2))
    shown = json.loads(one.content)

    assert one.status_code == 201
    assert shown["transaction_ref"] == "tx-81723"
    assert len(base64.urlsafe_b64decode(shown["challenge"])) == 39
    assert shown["challenge"] != json.loads(two.content)["challenge"]
    assert one.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/transaction_ref"),
        ({"transaction_ref": ""}, "/transaction_ref"),
        ({"transaction_ref": "x" * 129}, "/transaction_ref"),
        (BODY | {"lifetime_s": 9}, "/lifetime_s"),
        (BODY | {"lifetime_s": 3601}, "/lifetime_s"),
        (BODY | {"lifetime_s": 1.5}, "/lifetime_s"),
        (BODY | {"length": 32}, "/length"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(
    api: Caller, body: dict[str, Any], pointer: str
) -> None:
    response = api.post(ADDRESS, body)

    assert response.status_code == 400
    assert pointers_of(response) == [pointer]


def test_it_wants_a_key_that_decides(psp: Psp) -> None:
    reader = Caller(make_api_key(psp, ["read"]))

    assert problem_of(reader.post(ADDRESS, BODY))["code"] == "scope-too-small"
    assert problem_of(Caller(None).post(ADDRESS, BODY))["code"] == "unauthenticated"
