"""Outcomes over REST: recorded once each, in the ledger, and never for another PSP's decision."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

import pytest

from compliance.decisions.models import Outcome
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import Psp
from tests.api.caller import Caller, pointers_of, problem_of
from tests.api.recorded import make_decision, threatened
from tests.support.factories import make_api_key, put_policy_in_force

MISSING = "dec_" + "0" * 26
BODY = {
    "obligation": "ob_1",
    "status": "done",
    "enforced_at": "2026-11-23T11:15:09+01:00",
    "enforced_by": "core-auth",
}


@pytest.fixture
def ref(psp: Psp) -> str:
    put_policy_in_force(psp)
    return make_decision(psp, **threatened("privilegedAccess"))


def test_an_outcome_is_recorded_and_staged_for_the_ledger(psp: Psp, api: Caller, ref: str) -> None:
    response = api.post(f"/v1/decisions/{ref}/outcomes", BODY)

    shown = json.loads(response.content)
    assert response.status_code == 201
    assert shown["enforced_at"] == "2026-11-23T10:15:09.000Z"
    assert StagedEntry.objects.filter(psp=psp, kind="outcome", ref=shown["ref"]).count() == 1
    decision = json.loads(api.get(f"/v1/decisions/{ref}").content)
    assert decision["obligations"][0]["state"] == "done"
    assert decision["obligations"][0]["outcomes"][0]["ref"] == shown["ref"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"status": "maybe"}, "/status"),
        ({"status": 1}, "/status"),
        ({"obligation": None}, "/obligation"),
        ({"obligation": "ob_\0"}, "/obligation"),
        ({"obligation": "x" * 9}, "/obligation"),
        ({"enforced_at": "now"}, "/enforced_at"),
        ({"enforced_at": "2026-11-23T10:15:09"}, "/enforced_at"),
        ({"enforced_at": "9999-01-01T00:00:00Z"}, "/enforced_at"),
        ({"enforced_at": 1764000000}, "/enforced_at"),
        ({"enforced_by": "x" * 101}, "/enforced_by"),
        ({"detail": "x" * 501}, "/detail"),
        ({"detail": "\0"}, "/detail"),
        ({"detail": {"a": 1}}, "/detail"),
        ({"by": "me"}, "/by"),
    ],
)
def test_a_bad_outcome_is_refused_at_its_place(
    api: Caller, ref: str, changes: dict[str, Any], pointer: str
) -> None:
    response = api.post(f"/v1/decisions/{ref}/outcomes", BODY | changes)

    assert response.status_code == 400
    assert pointers_of(response) == [pointer]
    assert not Outcome.objects.exists()


def test_an_outcome_of_an_obligation_that_does_not_exist_is_not_found(
    api: Caller, ref: str
) -> None:
    response = api.post(f"/v1/decisions/{ref}/outcomes", BODY | {"obligation": "ob_99"})

    assert response.status_code == 404


def test_another_psps_decision_reads_like_one_that_does_not_exist(
    ref: str, other_api: Caller
) -> None:
    foreign = other_api.post(f"/v1/decisions/{ref}/outcomes", BODY)
    missing = other_api.post(f"/v1/decisions/{MISSING}/outcomes", BODY)

    assert foreign.status_code == missing.status_code == 404
    assert foreign.content.replace(ref.encode(), b"") == missing.content.replace(
        MISSING.encode(), b""
    )
    assert not Outcome.objects.exists()


def test_recording_an_outcome_needs_a_key_with_the_scope(
    psp: Psp, ref: str, signed_out: Caller
) -> None:
    too_small = Caller(make_api_key(psp, ("decide", "read", "reports")))

    assert signed_out.post(f"/v1/decisions/{ref}/outcomes", BODY).status_code == 401
    assert too_small.post(f"/v1/decisions/{ref}/outcomes", BODY).status_code == 403
    assert not Outcome.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "malformed-json"),
        (b"", 400, "invalid-request"),
        (b"[" * 100_000, 422, "limit-exceeded"),
        (b'{"obligation": "\\ud800"}', 400, "malformed-json"),
        (b'{"status": NaN}', 400, "malformed-json"),
        (b" " * 300_000, 413, "body-too-large"),
        (b"[]", 400, "invalid-request"),
        (b"1" * 5000, 400, "malformed-json"),
    ],
)
def test_a_hostile_body_is_refused_with_its_reason(
    api: Caller, ref: str, raw: bytes, status: int, code: str
) -> None:
    response = api.post_raw(f"/v1/decisions/{ref}/outcomes", raw)

    assert response.status_code == status
    assert problem_of(response)["code"] == code


def test_a_form_is_not_read(api: Caller, ref: str) -> None:
    response = api.post_raw(
        f"/v1/decisions/{ref}/outcomes", b"status=done", "application/x-www-form-urlencoded"
    )

    assert response.status_code == 415
    assert problem_of(response)["code"] == "unsupported-media-type"


def test_a_query_is_refused(api: Caller, ref: str) -> None:
    assert api.post(f"/v1/decisions/{ref}/outcomes?dry=1", BODY).status_code == 400
