"""Policy sets over REST: which version is in force, and the text that a decision names."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta

import pytest

from compliance.policysets.services import approve_version, create_version, submit_version
from compliance.tenants.keys import SCOPES
from compliance.tenants.models import Psp, Role
from policies.documents import MAX_BYTES, digest_of, read_policy_set, write_policy_set
from policies.packs import load_pack
from tests.api.caller import Caller, pointers_of, problem_of
from tests.support.analysed import mark_analysed
from tests.support.factories import (
    NOW,
    make_api_key,
    make_person,
    put_design_in_force,
    put_policy_in_force,
)

MISSING = "sha256:" + "0" * 64


def test_the_newest_version_comes_first_and_one_is_in_force(psp: Psp, api: Caller) -> None:
    put_policy_in_force(psp, now=NOW - timedelta(days=2))
    put_policy_in_force(psp, now=NOW - timedelta(days=1))
    put_policy_in_force(psp, now=NOW + timedelta(days=3650))

    items = json.loads(api.get("/v1/policy-sets").content)["items"]

    assert [(item["number"], item["in_force"]) for item in items] == [
        (3, False),
        (2, True),
        (1, False),
    ]


def test_the_text_of_a_version_has_the_digest_by_which_it_is_named(psp: Psp, api: Caller) -> None:
    version = put_policy_in_force(psp, load_pack("balanced"))

    shown = json.loads(api.get(f"/v1/policy-sets/{version.digest}").content)

    assert shown["ref"] == version.ref
    assert digest_of(read_policy_set(json.dumps(shown["document"]).encode())) == version.digest


def test_another_psps_version_reads_like_one_that_does_not_exist(
    psp: Psp, other_api: Caller
) -> None:
    digest = put_policy_in_force(psp).digest

    foreign = other_api.get(f"/v1/policy-sets/{digest}")
    missing = other_api.get(f"/v1/policy-sets/{MISSING}")

    assert foreign.status_code == missing.status_code == 404
    assert foreign.content.replace(digest.encode(), b"") == missing.content.replace(
        MISSING.encode(), b""
    )
    assert json.loads(other_api.get("/v1/policy-sets").content)["items"] == []


@pytest.mark.parametrize(
    "digest", ["x", "sha256:", MISSING + "0", MISSING.upper(), "sha256%00", "sha512:" + "0" * 64]
)
def test_what_is_no_digest_is_not_found(api: Caller, digest: str) -> None:
    assert api.get(f"/v1/policy-sets/{digest}").status_code == 404


@pytest.mark.parametrize("path", ["", f"/{MISSING}"])
def test_reading_policy_sets_needs_a_key_with_the_scope(
    psp: Psp, signed_out: Caller, path: str
) -> None:
    too_small = Caller(make_api_key(psp, ("decide", "outcomes", "reports")))

    assert signed_out.get(f"/v1/policy-sets{path}").status_code == 401
    assert too_small.get(f"/v1/policy-sets{path}").status_code == 403


def test_drafts_are_listed_with_their_state(psp: Psp, api: Caller) -> None:
    put_policy_in_force(psp, now=NOW - timedelta(days=2))
    author = make_person(psp)
    create_version(psp=psp, source=load_pack("balanced"), author=author, now=NOW)

    items = json.loads(api.get("/v1/policy-sets").content)["items"]

    assert [(item["number"], item["state"]) for item in items] == [(2, "draft"), (1, "active")]


def test_an_approval_under_another_design_is_shown_as_stale(psp: Psp, api: Caller) -> None:
    author, approver = make_person(psp), make_person(psp, Role.APPROVER)
    version = create_version(psp=psp, source=load_pack("balanced"), author=author, now=NOW)
    submit_version(psp=psp, ref=version.ref, person=author, now=NOW)
    mark_analysed(version, now=NOW)
    approve_version(psp=psp, ref=version.ref, digest=version.digest, approver=approver, now=NOW)

    before = json.loads(api.get(f"/v1/policy-sets/{version.ref}").content)
    put_design_in_force(psp)
    after = json.loads(api.get(f"/v1/policy-sets/{version.ref}").content)

    assert (before["approval_is_stale"], after["approval_is_stale"]) == (False, True)
    assert after["state"] == "approved"


@pytest.mark.parametrize("media_type", ["application/yaml", "application/json; charset=utf-8"])
def test_a_pipeline_stores_a_draft_that_nobody_has_submitted(psp: Psp, media_type: str) -> None:
    pipeline = Caller(make_api_key(psp, ["policies:write", "read"]))
    source = load_pack("balanced")
    policy_set = write_policy_set(read_policy_set(source))

    answer = pipeline.post_raw(
        "/v1/policy-sets", policy_set if "json" in media_type else source, media_type
    )

    assert answer.status_code == 201
    stored = json.loads(answer.content)
    assert stored["state"] == "draft"
    assert stored["submitted_at"] is None
    assert stored["digest"] == digest_of(read_policy_set(source))
    again = json.loads(pipeline.get(answer.headers["Location"]).content)
    assert again["ref"] == stored["ref"]


def test_what_is_wrong_with_a_draft_is_named_at_its_place(psp: Psp) -> None:
    pipeline = Caller(make_api_key(psp, ["policies:write"]))

    wrong = pipeline.post_raw(
        "/v1/policy-sets", b"schema: 1\nname: x\nrules: []\notherwise: no\n", "application/yaml"
    )
    too_long = pipeline.post_raw("/v1/policy-sets", b" " * (MAX_BYTES + 1), "application/yaml")
    other = pipeline.post_raw("/v1/policy-sets", b"x", "text/plain")

    assert problem_of(wrong)["code"] == "invalid-request"
    assert "/otherwise" in pointers_of(wrong)
    assert problem_of(too_long)["code"] == "body-too-large"
    assert problem_of(other)["code"] == "unsupported-media-type"


def test_a_key_without_the_scope_stores_no_draft(api: Caller) -> None:
    answer = api.post_raw("/v1/policy-sets", load_pack("balanced"), "application/yaml")

    assert problem_of(answer)["code"] == "scope-too-small"
    assert json.loads(api.get("/v1/policy-sets").content)["items"] == []


@pytest.mark.parametrize("step", ["submit", "approve", "activate"])
def test_no_key_submits_approves_or_activates_whatever_its_scopes(psp: Psp, step: str) -> None:
    pipeline = Caller(make_api_key(psp, SCOPES))
    ref = put_policy_in_force(psp).ref

    assert pipeline.post(f"/v1/policy-sets/{ref}/{step}").status_code == 404


def test_another_psps_version_is_not_found_by_its_reference(psp: Psp, other_api: Caller) -> None:
    ref = put_policy_in_force(psp).ref

    assert other_api.get(f"/v1/policy-sets/{ref}").status_code == 404
