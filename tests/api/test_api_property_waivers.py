"""Waivers of properties over REST: read by keys, for only people ask, approve and end."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, datetime

import pytest

from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.keys import SCOPES
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.api.caller import Caller
from tests.support.analysed import mark_analysed
from tests.support.factories import NOW, make_api_key, make_person
from tests.support.waived import ask_for_property_waiver, put_property_waiver_in_force

MISSING = "pwv_" + "0" * 26


@pytest.fixture
def version(psp: Psp) -> PolicySetVersion:
    source = load_pack("balanced")
    version = create_version(psp=psp, source=source, author=make_person(psp), now=NOW)
    mark_analysed(version, now=datetime.now(UTC), blocking=["P2"])
    return version


def test_they_are_read_with_version_reason_and_times(
    api: Caller, version: PolicySetVersion
) -> None:
    now = datetime.now(UTC)
    waiver = put_property_waiver_in_force(version, now=now)
    asked = ask_for_property_waiver(version, now=now)

    items = json.loads(api.get("/v1/property-waivers").content)["items"]
    one = json.loads(api.get(f"/v1/property-waivers/{waiver.ref}").content)

    assert [(each["ref"], each["state"]) for each in items] == [
        (asked.ref, "requested"),
        (waiver.ref, "in_force"),
    ]
    assert one == items[1]
    assert one["property_id"] == "P2"
    assert one["version"] == {"ref": version.ref, "number": 1, "digest": version.digest}
    assert one["compensating_control"] == "Every payment is called back."
    assert "Petitioner" not in json.dumps(items)


def test_no_key_asks_approves_or_ends_whatever_its_scopes(
    psp: Psp, version: PolicySetVersion
) -> None:
    pipeline = Caller(make_api_key(psp, SCOPES))
    waiver = put_property_waiver_in_force(version, now=datetime.now(UTC))

    assert pipeline.post("/v1/property-waivers", {}).status_code == 405
    assert pipeline.post(f"/v1/property-waivers/{waiver.ref}", {}).status_code == 405
    for step in ("approve", "revoke"):
        assert pipeline.post(f"/v1/property-waivers/{waiver.ref}/{step}", {}).status_code == 404


def test_another_psps_read_like_ones_that_do_not_exist(
    api: Caller, other_api: Caller, version: PolicySetVersion
) -> None:
    waiver = put_property_waiver_in_force(version, now=datetime.now(UTC))

    foreign = other_api.get(f"/v1/property-waivers/{waiver.ref}")
    missing = other_api.get(f"/v1/property-waivers/{MISSING}")

    assert foreign.status_code == missing.status_code == 404
    assert json.loads(other_api.get("/v1/property-waivers").content)["items"] == []
    assert api.get("/v1/property-waivers/x").status_code == 404


@pytest.mark.parametrize("path", ["", f"/{MISSING}"])
def test_reading_them_needs_a_key_with_the_scope(psp: Psp, signed_out: Caller, path: str) -> None:
    too_small = Caller(make_api_key(psp, ("decide", "policies:write")))

    assert signed_out.get(f"/v1/property-waivers{path}").status_code == 401
    assert too_small.get(f"/v1/property-waivers{path}").status_code == 403
