"""Several items of evidence in one request, and evidence that the PSP requires and does not get."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from compliance.evidence.demonstration import freerasp_report
from compliance.evidence.setting_up import set_up_provider
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.support.anchored import trust_root
from tests.support.attestation import b64, chain_of
from tests.support.factories import (
    NOW,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    trust_root(psp, demonstration=True)
    return psp


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def attested() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "provider": "android_key_attestation",
        "mode": "raw",
        "payload": {"chain": [b64(der) for der in chain_of(at=now)]},
        "observed_at": now.isoformat(),
    }


def reported(*threats: str) -> dict[str, Any]:
    return {
        "provider": "freerasp",
        "mode": "reported",
        "payload": freerasp_report(list(threats), finished=True),
        "observed_at": datetime.now(UTC).isoformat(),
    }


def present(answer: dict[str, Any]) -> dict[str, str]:
    return {
        each["code"]: each["provider"] for each in answer["findings"] if each["state"] == "present"
    }


def test_hardware_outweighs_what_the_app_reports_and_the_contradiction_is_said(
    caller: Caller,
) -> None:
    alone = caller.decide(evidence=[reported("privilegedAccess")])
    both = caller.decide(evidence=[reported("privilegedAccess"), attested()])
    agreed = caller.decide(evidence=[reported(), attested()])

    assert "device.rooted" in present(alone)
    assert present(both) == {"attestation.conflicting": "ninefold"}
    assert both["effect"] == "step_up"  # who is right puts the possession in doubt
    assert present(agreed) == {}
    assert agreed["effect"] == "permit"


def test_evidence_that_is_required_and_not_there_is_missing(caller: Caller, psp: Psp) -> None:
    before = caller.decide(evidence=[reported()])
    document = json.dumps({"mobile-app": ["freerasp", "android_key_attestation"]}).encode()
    set_up_provider(
        psp=psp, provider="required_evidence", source=document, set_by="Olivia", now=NOW
    )
    with running(caller.key) as fresh:
        without = fresh.decide(evidence=[reported()])
        whole = fresh.decide(evidence=[reported(), attested()])

    assert present(before) == present(whole) == {}
    assert present(without) == {"attestation.missing": "ninefold"}
