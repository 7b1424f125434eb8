"""Policy sets over REST: which version is in force, and the text that a decision names."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta

import pytest

from compliance.tenants.models import Psp
from policies.documents import digest_of, read_policy_set
from policies.packs import load_pack
from tests.api.caller import Caller
from tests.support.factories import NOW, make_api_key, put_policy_in_force

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
