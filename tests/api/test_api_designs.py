"""Authentication designs over REST: read, analysed, checked, drafted, never approved; walls between PSPs."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.designs.models import DesignVersion
from compliance.designs.selectors import design_version_in_force
from compliance.tenants.models import Psp
from policies.documents import MAX_BYTES, digest_of_designs, read_designs
from policies.packs import load_pack
from tests.api.caller import Caller, problem_of
from tests.support.documents import designs
from tests.support.factories import NOW, make_api_key, put_design_in_force

YAML = "application/yaml"
CHECK = "/v1/designs/check"
ONE_PHONE = load_pack("design-one-phone")
MISSING = ("des_" + "0" * 26, "sha256:" + "0" * 64, "latest", "x" * 200)


@pytest.fixture
def version(psp: Psp) -> DesignVersion:
    return put_design_in_force(psp, ONE_PHONE)


def answer_of(api: Caller, path: str, query: Any = None) -> dict[str, Any]:
    response = api.get(path, query)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def checked(api: Caller, source: bytes, media_type: str = YAML) -> dict[str, Any]:
    response = api.post_raw(CHECK, source, media_type)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def test_versions_are_listed_newest_first_with_the_one_in_force(psp: Psp, api: Caller) -> None:
    first = put_design_in_force(psp)
    second = put_design_in_force(psp, ONE_PHONE, now=NOW + timedelta(seconds=1))

    page = answer_of(api, "/v1/designs", {"limit": 1})
    rest = answer_of(api, "/v1/designs", {"cursor": page["next_cursor"]})

    assert page["items"] == [
        {
            "ref": second.ref,
            "number": 2,
            "name": "PIN, key and fingerprint on one phone",
            "digest": second.digest,
            "state": "active",
            "created_at": "2026-11-23T10:15:06.000Z",
            "submitted_at": "2026-11-23T10:15:06.000Z",
            "approved_at": "2026-11-23T10:15:06.000Z",
            "active_from": "2026-11-23T10:15:06.000Z",
            "in_force": True,
        }
    ]
    assert [(each["ref"], each["in_force"]) for each in rest["items"]] == [(first.ref, False)]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("by", ["ref", "digest"])
def test_a_version_is_read_with_its_text(api: Caller, version: DesignVersion, by: str) -> None:
    found = answer_of(api, f"/v1/designs/{getattr(version, by)}")

    assert (found["ref"], found["in_force"]) == (version.ref, True)
    source = json.dumps(found["document"]).encode()
    assert digest_of_designs(read_designs(source)) == version.digest


def test_what_the_elements_share_is_told(api: Caller, version: DesignVersion) -> None:
    found = answer_of(api, f"/v1/designs/{version.ref}/independence")

    (method,) = found["methods"]
    assert found["digest"] == version.digest
    assert method["single_points_of_compromise"] == ["phone-os", "app", "key-store"]
    assert method["losses"][2] == {
        "elements": ["possession", "inherence"],
        "components": ["key-store"],
    }
    assert {
        "one": ["key-store"],
        "other": ["pin-entry", "pin-server"],
        "elements": ["knowledge", "possession", "inherence"],
    } in method["pairs"]
    assert method["if_breached"] is None
    uses = {each["component"]: each["uses"] for each in found["algorithms"]["items"]}
    assert [(use["id"], use["amount"]) for use in uses["device-key"]] == [
        ("ecdsa", 256),
        ("p-256", 256),
        ("sha-256", None),
    ]


def test_what_still_protects_is_told_of_the_component_that_is_named(
    api: Caller, version: DesignVersion
) -> None:
    path = f"/v1/designs/{version.digest}/independence"

    (method,) = answer_of(api, path, {"component": "app"})["methods"]

    assert method["if_breached"]["reliable_elements"] == 1
    assert method["if_breached"]["elements"][0] == {
        "element": "knowledge",
        "lost": True,
        "path": ["pin-entry", "app"],
        "untouched": ["phone-os", "pin-server"],
    }
    assert api.get(path, {"component": "nothing"}).status_code == 404
    assert problem_of(api.get(path, {"of": "app"}))["code"] == "invalid-query"


@pytest.mark.parametrize("part", ["", "/independence"])
def test_another_psps_version_reads_like_one_that_does_not_exist(
    other_api: Caller, version: DesignVersion, part: str
) -> None:
    for named in (version.ref, version.digest, *MISSING):
        assert other_api.get(f"/v1/designs/{named}{part}").status_code == 404
    assert answer_of(other_api, "/v1/designs")["items"] == []


@pytest.mark.parametrize("part", ["", "/{ref}", "/{ref}/independence"])
def test_reading_needs_a_key_with_the_scope(
    psp: Psp, signed_out: Caller, version: DesignVersion, part: str
) -> None:
    path = "/v1/designs" + part.format(ref=version.ref)
    too_small = Caller(make_api_key(psp, ("decide", "outcomes", "reports", "policies:write")))

    assert signed_out.get(path).status_code == 401
    assert problem_of(too_small.get(path))["code"] == "scope-too-small"
    assert Caller(make_api_key(psp, ("read",))).get(path).status_code == 200


@pytest.mark.parametrize("media_type", [YAML, "application/json"])
def test_a_good_document_is_analysed(api: Caller, media_type: str) -> None:
    source = designs() if "json" in media_type else ONE_PHONE

    found = checked(api, source, media_type)

    assert (found["valid"], found["problems"]) == (True, [])
    assert found["independence"]["digest"] == digest_of_designs(read_designs(source))


def test_a_warning_names_its_source(api: Caller) -> None:
    source = ONE_PHONE.replace(
        b"ECDSA, parameters: P-256 with SHA-256", b"RSA, parameters: 1024 bits"
    )

    items = checked(api, source)["independence"]["algorithms"]["items"]

    (use,) = next(each["uses"] for each in items if each["component"] == "device-key")
    assert (use["amount"], use["measure"], use["warning"]["id"]) == (1024, "bits", "rsa-short")
    assert use["warning"]["source"].startswith("NIST SP 800-131A")


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        (designs(methods=[]), "expected 1 to 200 items"),
        (
            ONE_PHONE.replace(b"supplier: device maker}", b"rests_on: [app]}", 1),
            "a component rests on itself",
        ),
        (ONE_PHONE.replace(b"[pin-entry, pin-server]", b"[]"), "rests on at least one component"),
        (ONE_PHONE.replace(b"[key-store]", b"[keystore]"), "unknown component `keystore`"),
        (b"", "empty"),
        (b"\xff", "UTF-8"),
    ],
)
def test_problems_of_a_document_are_an_answer_and_no_refusal(
    api: Caller, source: bytes, detail: str
) -> None:
    found = checked(api, source)

    assert (found["valid"], found["independence"]) == (False, None)
    assert any(detail in each["detail"] for each in found["problems"]), found["problems"]


def test_a_key_drafts_and_does_not_submit_approve_or_put_in_force(psp: Psp, api: Caller) -> None:
    pipeline = Caller(make_api_key(psp, ("policies:write",)))
    checked(pipeline, ONE_PHONE)
    assert answer_of(api, "/v1/designs")["items"] == []

    response = pipeline.post_raw("/v1/designs", ONE_PHONE, YAML)

    draft = json.loads(response.content)
    assert (response.status_code, response["Location"]) == (201, f"/v1/designs/{draft['ref']}")
    assert (draft["state"], draft["submitted_at"], draft["active_from"]) == ("draft", None, None)
    version = DesignVersion.objects.get(psp=psp)
    assert (version.source.encode(), version.author) == (ONE_PHONE, None)
    assert answer_of(api, f"/v1/designs/{draft['ref']}")["in_force"] is False
    for step in ("submit", "take-over", "approve", "activate"):
        path = f"/v1/designs/{draft['ref']}/{step}"
        assert pipeline.call("POST", path).status_code == 404
    assert design_version_in_force(psp, at=timezone.now()) is None


@pytest.mark.parametrize("source", [b"{}", ONE_PHONE.replace(b"[key-store]", b"[keystore]")])
def test_a_draft_that_is_no_design_is_refused_with_its_places(psp: Psp, source: bytes) -> None:
    pipeline = Caller(make_api_key(psp, ("policies:write",)))

    problem = problem_of(pipeline.post_raw("/v1/designs", source, YAML))

    assert (problem["code"], problem["detail"]) == ("invalid-request", "the design is not valid")
    assert problem["errors"]
    assert not DesignVersion.objects.exists()


def test_who_may_draft(psp: Psp, other_api: Caller, signed_out: Caller) -> None:
    reader = Caller(make_api_key(psp, ("read", "decide")))

    assert reader.post_raw("/v1/designs", ONE_PHONE, YAML).status_code == 403
    assert signed_out.post_raw("/v1/designs", ONE_PHONE, YAML).status_code == 401
    Caller(make_api_key(psp, ("policies:write",))).post_raw("/v1/designs", ONE_PHONE, YAML)
    assert answer_of(other_api, "/v1/designs")["items"] == []


def test_who_may_check(psp: Psp, signed_out: Caller) -> None:
    for scopes, status in (
        (("read",), 200),
        (("policies:write",), 200),
        (("decide", "outcomes", "reports"), 403),
    ):
        caller = Caller(make_api_key(psp, scopes))
        assert caller.post_raw(CHECK, ONE_PHONE, YAML).status_code == status
    assert signed_out.post_raw(CHECK, ONE_PHONE, YAML).status_code == 401


def test_bodies_have_bounds(api: Caller) -> None:
    too_long = api.post_raw(CHECK, b" " * (MAX_BYTES + 1), YAML)
    other = api.post_raw(CHECK, b"x", "text/plain")

    assert problem_of(too_long)["code"] == "body-too-large"
    assert problem_of(other)["code"] == "unsupported-media-type"
