"""Back-tests over REST: asked for, followed, read; walls between PSPs."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.backtests.models import BackTest
from compliance.backtests.services import produce_back_test
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.api.caller import Caller, pointers_of, problem_of
from tests.api.recorded import make_decision, threatened
from tests.support.factories import NOW, make_api_key, make_psp, put_policy_in_force

PERIOD = {"period": {"from": "2026-11-23", "to": "2026-11-24"}}
MISSING = "bt_" + "0" * 26
STRICTER = load_pack("balanced").replace(
    b"rules:\n",
    b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
    1,
)


@pytest.fixture
def version(psp: Psp) -> PolicySetVersion:
    """A candidate, after some decisions were recorded under another version."""
    put_policy_in_force(psp)
    make_decision(psp)
    make_decision(psp, **threatened("privilegedAccess"))
    return put_policy_in_force(psp, STRICTER, now=NOW + timedelta(hours=1))


@pytest.fixture
def api(psp: Psp) -> Caller:
    return Caller(make_api_key(psp, ("read", "policies:write")))


def ask(api: Caller, version: PolicySetVersion) -> dict[str, Any]:
    response = api.post(f"/v1/policy-sets/{version.ref}/backtests", PERIOD)
    assert response.status_code == 202, response.content
    asked: dict[str, Any] = json.loads(response.content)
    assert json.loads(api.get(response.headers["Location"]).content) == asked
    return asked


def produce(ref: str) -> None:
    produce_back_test(back_test_id=BackTest.objects.get(ref=ref).pk, clock=timezone.now)


def read(api: Caller, path: str) -> dict[str, Any]:
    response = api.get(path)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def test_a_back_test_is_accepted_and_can_be_followed(
    api: Caller, version: PolicySetVersion
) -> None:
    asked = ask(api, version)

    assert asked["state"] == "requested"
    assert asked["period"] == PERIOD["period"]
    assert asked["candidate"]["digest"] == version.digest
    assert asked["result"]["compared"] == 0
    assert "API key" in asked["requested_by"]
    assert [each["ref"] for each in read(api, "/v1/backtests")["items"]] == [asked["ref"]]


def test_its_result_has_the_matrix_and_links_to_what_changes(
    api: Caller, version: PolicySetVersion
) -> None:
    ref = ask(api, version)["ref"]
    produce(ref)

    done = read(api, f"/v1/backtests/{ref}")
    page = read(api, f"/v1/backtests/{ref}/changes?new_effect=deny&limit=1")

    assert (done["state"], done["progress"], done["total"]) == ("ready", 100, 2)
    assert sum(cell["count"] for cell in done["result"]["matrix"]) == 2
    (change,) = page["items"]
    assert "nobody" in change["new_rules"]
    assert api.get(change["link"]).status_code == 200


def test_a_period_that_is_not_over_is_refused(api: Caller, version: PolicySetVersion) -> None:
    later = (timezone.now() + timedelta(days=1)).date().isoformat()
    body = {"period": {"from": "2026-11-23", "to": later}}

    response = api.post(f"/v1/policy-sets/{version.ref}/backtests", body)

    assert response.status_code == 400
    assert pointers_of(response) == ["/period/to"]


def test_asking_needs_the_right_to_write_policies(psp: Psp, version: PolicySetVersion) -> None:
    reader = Caller(make_api_key(psp, ("read",)))

    response = reader.post(f"/v1/policy-sets/{version.ref}/backtests", PERIOD)

    assert problem_of(response)["code"] == "scope-too-small"


def test_another_psp_finds_nothing(
    api: Caller, other_api: Caller, version: PolicySetVersion
) -> None:
    ref = ask(api, version)["ref"]

    assert read(other_api, "/v1/backtests")["items"] == []
    for path in (f"/v1/backtests/{ref}", f"/v1/backtests/{ref}/changes"):
        assert problem_of(other_api.get(path))["code"] == "not-found"
        assert other_api.get(path.replace(ref, MISSING)).status_code == 404


def test_another_psps_version_cannot_be_asked_about(version: PolicySetVersion, psp: Psp) -> None:
    other = make_psp("Another PSP")
    assert other.pk != psp.pk
    stranger = Caller(make_api_key(other, ("read", "policies:write")))

    response = stranger.post(f"/v1/policy-sets/{version.ref}/backtests", PERIOD)

    assert problem_of(response)["code"] == "not-found"
    assert not BackTest.objects.exists()


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "new_effect=maybe", "else=1"])
def test_a_query_that_makes_no_sense_is_refused(
    api: Caller, version: PolicySetVersion, query: str
) -> None:
    ref = ask(api, version)["ref"]

    response = api.get(f"/v1/backtests/{ref}/changes?{query}")

    assert problem_of(response)["code"] == "invalid-query"
