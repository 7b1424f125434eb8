"""What names a phone or a person in evidence is not stored, whichever way it comes in."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection

from compliance.decisions.models import Decision
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.integration.erasing import dumped, occurring, pg_dump
from tests.support.factories import (
    decision_body,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.vectors.test_key_attestation_vectors import CHAINS, GENUINE, description_beside

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "postgresql" and pg_dump() is None,
        reason="pg_dump is not installed",
    ),
]
IMEI, SERIAL, EMAIL, NETWORK = "356938035643809", "R58N90ABCDE", "anna@bank.example", "Anna's Wi-Fi"
WITH_IMEI = [name for name in GENUINE if "IMEI" in name]


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return psp


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def chain_of(path: Path) -> list[bytes]:
    certificates = x509.load_pem_x509_certificates(path.read_bytes())
    return [each.public_bytes(Encoding.DER) for each in certificates]


@pytest.mark.skipif(not WITH_IMEI, reason=f"no sample evidence in {CHAINS}")
def test_a_hardware_attestation_leaves_no_identifier_of_the_phone(caller: Caller) -> None:
    name = WITH_IMEI[0]
    described = description_beside(name)
    hardware = described["hardwareEnforced"]
    chain = chain_of(CHAINS / name)
    secrets = {
        what: value.encode()
        for what, value in hardware.items()
        if what in {"attestationIdImei", "attestationIdSerial", "attestationIdSecondImei"}
    }
    made_at = datetime.fromtimestamp(
        int(described["softwareEnforced"]["creationDateTime"]) / 1000, UTC
    )

    caller.decide(
        evidence=[
            {
                "provider": "android_key_attestation",
                "mode": "raw",
                "payload": {"chain": [base64.b64encode(each).decode() for each in chain]},
                "expected": {"challenge": described["attestationChallenge"]},
                "observed_at": made_at.isoformat(),
            }
        ]
    )

    (decision,) = Decision.objects.all()
    dump = dumped()
    assert decision.evidence[0]["verified"]
    assert secrets
    assert occurring(secrets, chain[0]) == list(secrets)
    assert occurring(secrets, dump) == []
    # Nor the chain itself, from which they could be read again.
    assert occurring({"chain": chain[0], "text": base64.b64encode(chain[0])}, dump) == []


@pytest.mark.parametrize(
    "change",
    [
        {"device": {"platform": "android", "imei": IMEI}},
        {"device": {"platform": "android", "serial_number": SERIAL}},
        {"subject": {"payer_ref": "c-5501", "email": EMAIL}},
        {"attributes": {"amount_eur": "1", "payee_known": True, "ssid": NETWORK}},
        {"user_info": {"user_email": EMAIL}},
    ],
    ids=["IMEI", "serial number", "e-mail", "Wi-Fi", "user"],
)
def test_a_request_that_names_them_is_refused_and_leaves_nothing(
    caller: Caller, change: dict[str, Any]
) -> None:
    response = caller.post(json.dumps(decision_body(**change)).encode())

    assert response.status in {400, 422}
    assert occurring(_all(), dumped()) == []


def test_a_report_that_names_them_leaves_nothing(caller: Caller) -> None:
    payload = {
        "platform": "android",
        "threats": ["malware", IMEI, EMAIL],
        "all_checks_finished": True,
        "malware": [{"package": f"app of {EMAIL}", "reason": NETWORK}, {"serial": SERIAL}],
    }
    item = {
        "provider": "freerasp",
        "mode": "reported",
        "payload": payload,
        "observed_at": "2026-11-23T10:15:04Z",
    }

    response = caller.post(json.dumps(decision_body(evidence=[item])).encode())

    assert response.status == 201
    (decision,) = Decision.objects.all()
    assert decision.evidence[0]["details"]["suspicious_apps"] == 2
    assert occurring(_all(), dumped()) == []


def _all() -> dict[str, bytes]:
    names = {"IMEI": IMEI, "serial number": SERIAL, "e-mail": EMAIL, "Wi-Fi": NETWORK}
    return {what: value.encode() for what, value in names.items()}
