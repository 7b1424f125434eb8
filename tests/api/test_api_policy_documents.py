"""Policy as code over REST: checked, tested, compared, exported; walls between PSPs."""
# SPDX-License-Identifier: Apache-2.0

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from compliance.api.v1.policy_documents import MOST_COMPARISONS, MOST_WORK
from compliance.policysets.exchange import verify_export
from compliance.policysets.exchange_keys import export_key, key_path
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp
from policies.documents import MAX_BYTES, digest_of, read_policy_set
from policies.packs import load_pack
from tests.api.caller import Caller, pointers_of, problem_of
from tests.support.documents import policy, rule
from tests.support.factories import (
    NOW,
    make_api_key,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

YAML = "application/yaml"
MISSING = "pol_" + "0" * 26
BOTH = ["/v1/policy-sets/check", "/v1/policy-sets/test"]
CASE: dict[str, Any] = {
    "name": "A rooted device",
    "given": {"findings": [{"code": "device.rooted"}], "elements": ["possession"]},
    "expect": {"effect": "deny", "determining_rules": ["a-rule"]},
}
FAILING = CASE | {"name": "Wrong", "expect": {"effect": "permit"}}


@pytest.fixture(autouse=True)
def _own_keys(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"


@pytest.fixture
def version(psp: Psp) -> PolicySetVersion:
    return put_policy_in_force(psp)


@pytest.fixture
def candidate(psp: Psp, version: PolicySetVersion) -> PolicySetVersion:
    """A draft beside the version in force, without one of its rules and with another name."""
    document = json.loads(version.document)
    document |= {"name": "Candidate", "rules": document["rules"][1:], "tests": []}
    source = json.dumps(document).encode()
    return create_version(psp=psp, source=source, author=make_person(psp), now=NOW)


def answer_to(api: Caller, path: str, source: bytes, media_type: str = YAML) -> dict[str, Any]:
    response = api.post_raw(path, source, media_type)
    assert response.status_code == 200, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


@pytest.mark.parametrize("media_type", [YAML, "application/json"])
def test_a_good_document_is_told_its_digest(api: Caller, media_type: str) -> None:
    source = policy(rule()) if "json" in media_type else load_pack("balanced")
    policy_set = read_policy_set(source)

    assert answer_to(api, "/v1/policy-sets/check", source, media_type) == {
        "valid": True,
        "digest": digest_of(policy_set),
        "rules": len(policy_set.rules),
        "problems": [],
    }


def test_every_problem_of_a_document_is_an_answer_and_no_refusal(api: Caller) -> None:
    source = b"schema: 1\nname: N\notherwise: permit\nrules:\n  - {id: a, effekt: deny}\n"

    answer = answer_to(api, "/v1/policy-sets/check", source)

    assert (answer["valid"], answer["digest"], answer["rules"]) == (False, None, None)
    assert answer["problems"][0] == {
        "pointer": "/rules/0/effekt",
        "detail": "unknown field `effekt` (did you mean `effect`?)",
        "line": 5,
        "suggestion": "effect",
    }
    assert [each["pointer"] for each in answer["problems"][1:]] == ["/rules/0"] * 2


@pytest.mark.parametrize("source", [b"", b"\xff", b"{", b"[" * 10_000, b"schema: 2"])
def test_whatever_is_sent_is_checked(api: Caller, source: bytes) -> None:
    assert answer_to(api, "/v1/policy-sets/check", source)["valid"] is False


def test_nothing_of_a_document_is_stored(api: Caller) -> None:
    for path in BOTH:
        answer_to(api, path, load_pack("balanced"))

    assert not PolicySetVersion.objects.exists()


def test_test_cases_are_run_and_untouched_rules_are_listed(api: Caller) -> None:
    other = rule(id="other", when={"finding": "app.cloned"})

    answer = answer_to(api, "/v1/policy-sets/test", policy(rule(), other, tests=[CASE, FAILING]))

    assert answer == {
        "passed": False,
        "cases": [
            {
                "name": "A rooted device",
                "passed": True,
                "effect": "deny",
                "determining_rules": ["a-rule"],
                "determining_rule_count": 1,
                "differences": [],
            },
            {
                "name": "Wrong",
                "passed": False,
                "effect": "deny",
                "determining_rules": ["a-rule"],
                "determining_rule_count": 1,
                "differences": ["expected permit, decided deny (a-rule)"],
            },
        ],
        "untouched_rules": ["other"],
        "design_digest": None,
    }


def test_test_cases_are_decided_under_the_design_in_force(psp: Psp, api: Caller) -> None:
    given = {"method": "app-pin-push", "elements": ["possession", "knowledge"]}
    case = CASE | {"given": CASE["given"] | given}
    source = policy(rule(when={"reliable_elements": {"below": 1}}), tests=[case])
    before = answer_to(api, "/v1/policy-sets/test", source)
    design = put_design_in_force(psp)

    after = answer_to(api, "/v1/policy-sets/test", source)

    assert (before["design_digest"], after["design_digest"]) == (None, design.digest)
    # The catalogue doubts both elements on a rooted device; this design has one of them elsewhere.
    assert (before["cases"][0]["effect"], after["cases"][0]["effect"]) == ("deny", "permit")


def test_a_document_that_is_not_valid_is_not_tested(api: Caller) -> None:
    answer = api.post_raw("/v1/policy-sets/test", policy(rule(effect="denny")), YAML)

    assert problem_of(answer)["code"] == "invalid-request"
    assert pointers_of(answer) == ["/rules/0/effect"]


def test_more_work_than_a_moments_is_refused(api: Caller) -> None:
    two = {"any": [{"finding": "device.rooted"}, {"finding": "app.cloned"}]}
    rules = [rule(id=f"r{number}", when=two) for number in range(500)]
    cases = [CASE | {"name": f"c{number}", "expect": {"effect": "deny"}} for number in range(101)]
    more = [rule(id=f"s{number}") for number in range(MOST_COMPARISONS - 1_000 + 1)]

    enough = api.post_raw("/v1/policy-sets/test", policy(*rules, tests=cases[:100]), YAML)
    too_many_cases = api.post_raw("/v1/policy-sets/test", policy(*rules, tests=cases), YAML)
    too_many_rules = api.post_raw("/v1/policy-sets/test", policy(*rules, *more), YAML)

    assert MOST_WORK == 1_000 * 100
    assert enough.status_code == 200
    for refused in (too_many_cases, too_many_rules):
        assert problem_of(refused)["code"] == "limit-exceeded"
    assert "1000 comparisons in each of 101 test cases" in problem_of(too_many_cases)["detail"]


@pytest.mark.parametrize("path", BOTH)
def test_bodies_have_bounds(api: Caller, path: str) -> None:
    too_long = api.post_raw(path, b" " * (MAX_BYTES + 1), YAML)
    other = api.post_raw(path, b"x", "text/plain")
    packed = api.post_raw(path, b"x", YAML, Content_Encoding="gzip")

    assert problem_of(too_long)["code"] == "body-too-large"
    assert problem_of(other)["code"] == problem_of(packed)["code"] == "unsupported-media-type"


@pytest.mark.parametrize("path", BOTH)
def test_who_may_check_and_test(psp: Psp, signed_out: Caller, path: str) -> None:
    source = policy(rule())

    for scopes, status in (
        (("read",), 200),
        (("policies:write",), 200),
        (("decide", "outcomes", "reports"), 403),
    ):
        caller = Caller(make_api_key(psp, scopes))
        assert caller.post_raw(path, source, YAML).status_code == status
    assert signed_out.post_raw(path, source, YAML).status_code == 401
    assert Caller(make_api_key(psp)).call("GET", path).status_code == 405


def test_a_version_is_compared_with_the_one_in_force(
    api: Caller, version: PolicySetVersion, candidate: PolicySetVersion
) -> None:
    answer = json.loads(api.get(f"/v1/policy-sets/{candidate.ref}/difference").content)

    first = json.loads(version.document)["rules"][0]["id"]
    assert answer["from"] == {
        "ref": candidate.ref,
        "number": candidate.number,
        "digest": candidate.digest,
    }
    assert answer["to"]["ref"] == version.ref
    assert answer["document"] == [
        {
            "kind": "changed",
            "name": "name",
            "before": "Candidate",
            "after": version.name,
            "fields": [],
        }
    ]
    (change,) = answer["rules"]
    assert (change["kind"], change["name"], change["before"]) == ("added", first, None)
    assert {each["kind"] for each in answer["tests"]} == {"added"}


@pytest.mark.parametrize("by", ["ref", "digest"])
def test_any_two_versions_are_compared(
    api: Caller, version: PolicySetVersion, candidate: PolicySetVersion, by: str
) -> None:
    before, after = getattr(version, by), getattr(candidate, by)

    answer = json.loads(api.get(f"/v1/policy-sets/{before}/difference", {"to": after}).content)
    same = json.loads(api.get(f"/v1/policy-sets/{before}/difference", {"to": before}).content)

    assert [each["kind"] for each in answer["rules"]] == ["removed"]
    assert [same[part] for part in ("document", "attributes", "rules", "tests")] == [[]] * 4


def test_without_a_version_in_force_the_other_one_is_named(psp: Psp, api: Caller) -> None:
    draft = create_version(psp=psp, source=load_pack("balanced"), author=make_person(psp), now=NOW)

    refused = api.get(f"/v1/policy-sets/{draft.ref}/difference")

    assert problem_of(refused)["code"] == "no-policy-in-force"
    path = f"/v1/policy-sets/{draft.ref}/difference"
    assert api.get(path, {"to": draft.digest}).status_code == 200


def test_another_psps_versions_are_not_compared(
    psp: Psp, other_api: Caller, version: PolicySetVersion
) -> None:
    own = put_policy_in_force(make_psp("Third PSP"))
    third = Caller(make_api_key(own.psp))

    for path in (version.ref, version.digest, MISSING, "x"):
        assert other_api.get(f"/v1/policy-sets/{path}/difference").status_code == 404
    for named in (version.ref, MISSING, "latest"):
        answer = third.get(f"/v1/policy-sets/{own.ref}/difference", {"to": named})
        assert answer.status_code == 404
    assert psp != own.psp


def test_an_export_is_the_file_of_the_command(api: Caller, version: PolicySetVersion) -> None:
    response = api.get(f"/v1/policy-sets/{version.digest}/export")

    export = verify_export(response.content, trusted=[export_key().public_key()])
    assert (export.digest, export.document) == (version.digest, version.document)
    assert response.headers["Content-Disposition"] == 'attachment; filename="policy-set-1.json"'


def test_a_key_that_cannot_sign_makes_the_service_unavailable(
    api: Caller, version: PolicySetVersion
) -> None:
    export_key()
    key_path().write_bytes(b"-----BEGIN")

    response = api.get(f"/v1/policy-sets/{version.ref}/export")

    assert problem_of(response)["code"] == "unavailable"
    assert str(key_path()) not in response.content.decode()


def test_another_psps_version_is_not_exported(other_api: Caller, version: PolicySetVersion) -> None:
    for named in (version.ref, version.digest, MISSING, "x"):
        assert other_api.get(f"/v1/policy-sets/{named}/export").status_code == 404


@pytest.mark.parametrize("part", ["difference", "export"])
def test_reading_needs_a_key_with_the_scope(
    psp: Psp, signed_out: Caller, version: PolicySetVersion, part: str
) -> None:
    path = f"/v1/policy-sets/{version.ref}/{part}"
    too_small = Caller(make_api_key(psp, ("decide", "policies:write")))

    assert signed_out.get(path).status_code == 401
    assert problem_of(too_small.get(path))["code"] == "scope-too-small"
    assert Caller(make_api_key(psp, ("read",))).get(path).status_code == 200
