"""Shadows over REST: started, followed, read, stopped; walls between PSPs."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.backtests.models import Shadow
from compliance.backtests.shadows import LAG, follow_shadows
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.api.caller import Caller, pointers_of, problem_of
from tests.api.recorded import make_decision, threatened
from tests.support.factories import make_api_key, make_person, make_psp, put_policy_in_force

MISSING = "sh_" + "0" * 26
STRICTER = load_pack("balanced").replace(
    b"rules:\n",
    b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
    1,
)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def version(psp: Psp, now: datetime) -> PolicySetVersion:
    """A draft, beside another version that is in force."""
    put_policy_in_force(psp, now=now - timedelta(days=1))
    return create_version(psp=psp, source=STRICTER, author=make_person(psp), now=now)


@pytest.fixture
def api(psp: Psp) -> Caller:
    return Caller(make_api_key(psp, ("read", "policies:write")))


def until(now: datetime, **more: float) -> dict[str, str]:
    """Return a body that asks for an end so much later."""
    return {"ends_at": (now + timedelta(**more)).isoformat()}


def start(api: Caller, version: PolicySetVersion, now: datetime) -> dict[str, Any]:
    response = api.post(f"/v1/policy-sets/{version.ref}/shadows", until(now, days=7))
    assert response.status_code == 201, response.content
    started: dict[str, Any] = json.loads(response.content)
    assert read(api, response.headers["Location"]) == started
    return started


def read(api: Caller, path: str) -> dict[str, Any]:
    response = api.get(path)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def follow(psp: Psp, ref: str) -> None:
    """Record two decisions after the shadow began, and let it compare them."""
    begun = Shadow.objects.get(ref=ref).starts_at
    make_decision(psp, now=begun + timedelta(seconds=1))
    make_decision(psp, now=begun + timedelta(seconds=2), **threatened("privilegedAccess"))
    follow_shadows(now=begun + LAG + timedelta(minutes=1))


def test_a_shadow_is_started_and_can_be_found(
    api: Caller, version: PolicySetVersion, now: datetime
) -> None:
    started = start(api, version, now)

    assert (started["state"], started["ending"], started["stopped_by"]) == ("running", None, None)
    assert started["candidate"] == {
        "ref": version.ref,
        "number": version.number,
        "digest": version.digest,
    }
    ends_at = datetime.fromisoformat(started["ends_at"])
    assert abs(ends_at - now - timedelta(days=7)) < timedelta(seconds=1)
    assert started["requested_by"].startswith("API key test (")
    assert [each["ref"] for each in read(api, "/v1/shadows")["items"]] == [started["ref"]]


def test_what_it_counts_has_the_matrix_and_links_to_what_changes(
    psp: Psp, api: Caller, version: PolicySetVersion, now: datetime
) -> None:
    ref = start(api, version, now)["ref"]
    follow(psp, ref)

    seen = read(api, f"/v1/shadows/{ref}")
    first = read(api, f"/v1/shadows/{ref}/changes?new_effect=deny&limit=1")

    assert (seen["state"], seen["done"]) == ("running", 2)
    assert sum(cell["count"] for cell in seen["result"]["matrix"]) == 2
    (change,) = first["items"]
    assert "nobody" in change["new_rules"]
    assert api.get(change["link"]).status_code == 200


def test_changes_are_read_page_by_page_and_by_pair_of_effects(
    psp: Psp, api: Caller, version: PolicySetVersion, now: datetime
) -> None:
    ref = start(api, version, now)["ref"]
    follow(psp, ref)
    path = f"/v1/shadows/{ref}/changes"
    every = read(api, path)["items"]
    assert len(every) == 2

    first = read(api, f"{path}?limit=1")
    second = read(api, f"{path}?limit=1&cursor={first['next_cursor']}")

    assert first["items"] + second["items"] == every
    assert second["next_cursor"] is None
    pair = f"old_effect={every[0]['old_effect']}&new_effect=deny"
    assert every[0] in read(api, f"{path}?{pair}")["items"]
    assert read(api, f"{path}?new_effect=permit")["items"] == []


def test_a_stopped_shadow_says_who_stopped_it_and_stays_so(
    api: Caller, version: PolicySetVersion, now: datetime
) -> None:
    ref = start(api, version, now)["ref"]

    response = api.post(f"/v1/shadows/{ref}/stop", {})

    stopped = json.loads(response.content)
    assert response.status_code == 200
    assert (stopped["state"], stopped["ending"]) == ("ready", "stopped")
    assert stopped["stopped_by"].startswith("API key test (")
    assert read(api, f"/v1/shadows/{ref}") == stopped
    again = api.post(f"/v1/shadows/{ref}/stop", {})
    assert problem_of(again)["code"] == "conflict"


def test_a_psp_has_one_shadow_at_a_time(
    api: Caller, version: PolicySetVersion, now: datetime
) -> None:
    start(api, version, now)

    response = api.post(f"/v1/policy-sets/{version.ref}/shadows", until(now, days=1))

    assert response.status_code == 409
    assert problem_of(response)["code"] == "shadow-running"
    assert Shadow.objects.count() == 1


def test_the_text_in_force_has_no_shadow(psp: Psp, api: Caller, now: datetime) -> None:
    current = put_policy_in_force(psp, now=now - timedelta(days=1))

    response = api.post(f"/v1/policy-sets/{current.ref}/shadows", until(now, days=1))

    assert problem_of(response)["code"] == "shadow-of-itself"


def test_beside_nothing_no_shadow_runs(psp: Psp, api: Caller, now: datetime) -> None:
    version = create_version(psp=psp, source=STRICTER, author=make_person(psp), now=now)

    response = api.post(f"/v1/policy-sets/{version.ref}/shadows", until(now, days=1))

    assert problem_of(response)["code"] == "no-policy-in-force"


@pytest.mark.parametrize("days", [-1, 91])
def test_an_end_out_of_reach_is_refused_with_its_place(
    api: Caller, version: PolicySetVersion, now: datetime, days: int
) -> None:
    response = api.post(f"/v1/policy-sets/{version.ref}/shadows", until(now, days=days))

    assert response.status_code == 400
    assert problem_of(response)["code"] == "invalid-request"
    assert pointers_of(response) == ["/ends_at"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/ends_at"), ({"ends_at": 7}, "/ends_at"), ({"days": 7}, "/days")],
)
def test_a_body_of_another_shape_is_refused(
    api: Caller, version: PolicySetVersion, body: dict[str, Any], pointer: str
) -> None:
    response = api.post(f"/v1/policy-sets/{version.ref}/shadows", body)

    assert pointer in pointers_of(response)


def test_starting_and_stopping_need_the_right_to_write_policies(
    psp: Psp, api: Caller, version: PolicySetVersion, now: datetime
) -> None:
    reader = Caller(make_api_key(psp, ("read",)))

    starting = reader.post(f"/v1/policy-sets/{version.ref}/shadows", until(now, days=1))
    assert problem_of(starting)["code"] == "scope-too-small"
    ref = start(api, version, now)["ref"]
    stopping = reader.post(f"/v1/shadows/{ref}/stop", {})

    assert problem_of(stopping)["code"] == "scope-too-small"
    assert read(reader, f"/v1/shadows/{ref}")["state"] == "running"


def test_reading_needs_the_right_to_read(
    psp: Psp, api: Caller, version: PolicySetVersion, now: datetime
) -> None:
    writer = Caller(make_api_key(psp, ("policies:write",)))
    ref = start(api, version, now)["ref"]

    for path in ("/v1/shadows", f"/v1/shadows/{ref}", f"/v1/shadows/{ref}/changes"):
        assert problem_of(writer.get(path))["code"] == "scope-too-small"


def test_another_psp_neither_finds_nor_stops_nor_starts_it(
    api: Caller, version: PolicySetVersion, now: datetime
) -> None:
    ref = start(api, version, now)["ref"]
    stranger = Caller(make_api_key(make_psp("Another PSP"), ("read", "policies:write")))

    assert read(stranger, "/v1/shadows")["items"] == []
    for path in (f"/v1/shadows/{ref}", f"/v1/shadows/{ref}/changes"):
        foreign, missing = stranger.get(path), stranger.get(path.replace(ref, MISSING))
        assert problem_of(foreign)["code"] == problem_of(missing)["code"] == "not-found"
    stopping = stranger.post(f"/v1/shadows/{ref}/stop", {})
    starting = stranger.post(f"/v1/policy-sets/{version.ref}/shadows", until(now, days=1))
    assert problem_of(stopping)["code"] == problem_of(starting)["code"] == "not-found"
    assert Shadow.objects.get().state == "running"


def test_without_a_key_nothing_is_said(
    api: Caller, signed_out: Caller, version: PolicySetVersion, now: datetime
) -> None:
    ref = start(api, version, now)["ref"]

    answers = [
        signed_out.get("/v1/shadows"),
        signed_out.get(f"/v1/shadows/{ref}"),
        signed_out.get(f"/v1/shadows/{ref}/changes"),
        signed_out.post(f"/v1/shadows/{ref}/stop", {}),
        signed_out.post(f"/v1/policy-sets/{version.ref}/shadows", until(now, days=1)),
    ]

    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert Shadow.objects.get().state == "running"


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "new_effect=maybe", "else=1"])
def test_a_query_that_makes_no_sense_is_refused(
    api: Caller, version: PolicySetVersion, now: datetime, query: str
) -> None:
    ref = start(api, version, now)["ref"]

    response = api.get(f"/v1/shadows/{ref}/changes?{query}")

    assert problem_of(response)["code"] == "invalid-query"
