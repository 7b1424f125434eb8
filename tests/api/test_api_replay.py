"""Deciding again over REST: it agrees with the record, records nothing, and says what differs."""
# SPDX-License-Identifier: Apache-2.0

import json

import pytest

from compliance.decisions.models import Decision, DecisionRecord
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import Psp
from tests.api.caller import Caller, pointers_of
from tests.api.recorded import make_decision, threatened
from tests.support.factories import make_api_key, put_design_in_force, put_policy_in_force

MISSING = "dec_" + "0" * 26


@pytest.fixture
def ref(psp: Psp) -> str:
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return make_decision(psp, **threatened("privilegedAccess"))


def test_a_decision_made_again_agrees_and_leaves_no_trace(api: Caller, ref: str) -> None:
    before = (Decision.objects.count(), StagedEntry.objects.count())

    response = api.post_raw(f"/v1/decisions/{ref}/replay", b"")

    assert json.loads(response.content) == {
        "ref": ref,
        "agrees": True,
        "erased": False,
        "differences": [],
    }
    assert (Decision.objects.count(), StagedEntry.objects.count()) == before


def test_an_empty_object_is_as_good_as_no_body(api: Caller, ref: str) -> None:
    assert api.post(f"/v1/decisions/{ref}/replay", {}).status_code == 200


def test_a_decision_whose_record_was_erased_says_so(api: Caller, ref: str) -> None:
    DecisionRecord.objects.all().delete()

    shown = json.loads(api.post(f"/v1/decisions/{ref}/replay", {}).content)

    assert shown["erased"]
    assert not shown["agrees"]


def test_what_is_not_known_is_refused(api: Caller, ref: str) -> None:
    response = api.post(f"/v1/decisions/{ref}/replay", {"policy": 7})

    assert response.status_code == 400
    assert pointers_of(response) == ["/policy"]


def test_another_psps_decision_reads_like_one_that_does_not_exist(
    other_api: Caller, ref: str
) -> None:
    foreign = other_api.post(f"/v1/decisions/{ref}/replay", {})
    missing = other_api.post(f"/v1/decisions/{MISSING}/replay", {})

    assert foreign.status_code == missing.status_code == 404
    assert foreign.content.replace(ref.encode(), b"") == missing.content.replace(
        MISSING.encode(), b""
    )


def test_deciding_again_needs_a_key_with_the_scope(psp: Psp, signed_out: Caller, ref: str) -> None:
    too_small = Caller(make_api_key(psp, ("decide", "outcomes", "reports")))

    assert signed_out.post(f"/v1/decisions/{ref}/replay", {}).status_code == 401
    assert too_small.post(f"/v1/decisions/{ref}/replay", {}).status_code == 403
