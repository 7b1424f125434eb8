"""Real attestations, assertions and receipts of App Attest, verified to Apple's roots."""
# SPDX-License-Identifier: Apache-2.0

import base64
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from compliance.evidence.providers.apple_app_attest import NAME, PROVIDER
from compliance.evidence.providers.apple_app_attest.receipt import read_receipt
from compliance.evidence.providers.apple_app_attest.roots import (
    ATTESTATION_ROOT,
    RECEIPT_ROOT,
    KnownRoot,
)
from compliance.evidence.providers.shape import Appraisal, Evidence, Mode, TrustMaterial
from compliance.evidence.providers.x509.certificates import read_certificate
from tests.support.attestation import codes, states

VECTORS = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
SAMPLES = VECTORS / "apple-app-attest"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no sample evidence in {SAMPLES}")


def samples(kind: str) -> list[Any]:
    found = [
        pytest.param(document, id=f"{path.stem} {document['timestamp']}")
        for path in sorted(SAMPLES.glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
        if document["type"] == kind
    ]
    return found or [pytest.param({}, id="none")]


def made_at(sample: dict[str, Any]) -> datetime:
    properties = sample.get("properties", {})
    return datetime.fromisoformat(properties.get("creationTime", sample["timestamp"]))


def octets(sample: dict[str, Any]) -> bytes:
    return base64.b64decode(sample[f"{sample['type']}Base64"])


def expected_of(sample: dict[str, Any]) -> dict[str, str]:
    expected = {
        "app_id": f"{sample['teamIdentifier']}.{sample['bundleIdentifier']}",
        "key_id": sample["keyIdBase64"],
    }
    if sample["type"] != "receipt":
        expected["challenge"] = sample["clientDataBase64"]
    if sample["type"] == "assertion":
        expected |= {"public_key": sample["publicKey"], "last_counter": "0"}
    return expected


def appraised(
    sample: dict[str, Any],
    data: bytes | None = None,
    *,
    at: datetime | None = None,
    expected: dict[str, str] | None = None,
    **settings: Any,
) -> Appraisal:
    assert PROVIDER.read_settings is not None
    text = base64.b64encode(octets(sample) if data is None else data).decode()
    moment = at or made_at(sample)
    item = Evidence(
        NAME,
        Mode.RAW,
        {sample["type"]: text},
        expected_of(sample) if expected is None else expected,
        moment,
    )
    trust = TrustMaterial(settings={NAME: PROVIDER.read_settings(settings)})
    appraisal: Appraisal = PROVIDER.appraise(item, trust=trust, at=moment)
    return appraisal


def test_there_are_samples_of_each_kind() -> None:
    assert [len(samples(kind)) for kind in ("attestation", "assertion", "receipt")] == [3, 3, 9]


@pytest.mark.parametrize(
    ("file", "root"),
    [
        ("Apple_App_Attestation_Root_CA.pem", ATTESTATION_ROOT),
        ("AppleRootCA-G3.cer", RECEIPT_ROOT),
    ],
)
def test_the_pinned_roots_are_apples_certificates(file: str, root: KnownRoot) -> None:
    data = (SAMPLES / file).read_bytes()
    load = (
        x509.load_pem_x509_certificate if file.endswith("pem") else x509.load_der_x509_certificate
    )
    certificate = load(data)

    assert certificate.subject.rfc4514_string() == root.name
    assert certificate.public_key() == root.public_key
    digest = read_certificate(certificate.public_bytes(Encoding.DER)).public_key_digest
    assert digest == root.public_key_digest


@pytest.mark.parametrize("sample", samples("attestation"))
def test_a_genuine_attestation_verifies_to_apple_at_the_time_of_the_evidence(
    sample: dict[str, Any],
) -> None:
    appraisal = appraised(sample, allow_development=True)

    assert appraisal.verified
    assert codes(appraisal, "absent") == states(appraisal).keys()
    assert appraisal.details["root"] == "Apple App Attestation Root CA"
    assert appraisal.details["environment"] == "development"


@pytest.mark.parametrize("sample", samples("attestation"))
def test_the_development_environment_is_not_production(sample: dict[str, Any]) -> None:
    appraisal = appraised(sample)

    assert codes(appraisal, "present") == {"app.debug_build"}
    assert "key.software_backed" in codes(appraisal, "not_evaluated")


@pytest.mark.parametrize("sample", samples("attestation"))
def test_an_attestation_is_bound_to_its_challenge_key_and_app(sample: dict[str, Any]) -> None:
    other = base64.b64encode(bytes(32)).decode()
    for change in ({"challenge": other}, {"key_id": other}, {"app_id": "6MURL8TA57.de.other"}):
        appraisal = appraised(sample, expected=expected_of(sample) | change, allow_development=True)

        assert "attestation.binding_mismatch" in codes(appraisal, "present")
        assert codes(appraisal, "absent") == {"attestation.invalid"}


@pytest.mark.parametrize("sample", samples("attestation"))
def test_an_attestation_is_stale_a_week_later(sample: dict[str, Any]) -> None:
    appraisal = appraised(sample, at=made_at(sample) + timedelta(days=7))

    assert "attestation.stale" in codes(appraisal, "present")


@pytest.mark.parametrize("sample", samples("assertion"))
def test_a_genuine_assertion_verifies_with_the_registered_key(sample: dict[str, Any]) -> None:
    appraisal = appraised(sample)

    assert appraisal.verified
    assert codes(appraisal, "absent") == states(appraisal).keys()
    assert appraisal.counter is not None
    assert appraisal.counter[1] == sample["counter"]


@pytest.mark.parametrize("sample", samples("assertion"))
def test_a_genuine_assertion_is_of_no_other_challenge_counter_or_key(
    sample: dict[str, Any],
) -> None:
    expected = expected_of(sample)
    other = base64.b64encode(bytes(32)).decode()

    assert not appraised(sample, expected=expected | {"challenge": other}).verified
    assert codes(appraised(sample, expected=expected | {"last_counter": "1"}), "present") == {
        "key.counter_regressed"
    }
    assert codes(appraised(sample, expected=expected | {"key_id": other}), "present") == {
        "attestation.binding_mismatch"
    }


@pytest.mark.parametrize("sample", samples("receipt"))
def test_a_genuine_receipt_reads_as_its_source_reads_it(sample: dict[str, Any]) -> None:
    receipt = read_receipt(octets(sample), anchors=())
    says = sample["properties"]
    not_before = says["notBefore"]

    assert receipt.app_id == expected_of(sample)["app_id"]
    assert receipt.key_id == base64.b64decode(sample["keyIdBase64"])
    assert receipt.client_hash == base64.b64decode(says["clientHashBase64"])
    assert receipt.type == says["type"]
    assert receipt.environment == says["environment"]
    assert receipt.created_at == datetime.fromisoformat(says["creationTime"])
    assert receipt.expires_at == datetime.fromisoformat(says["expirationTime"])
    assert receipt.not_before == (not_before and datetime.fromisoformat(not_before))
    assert receipt.risk_metric == says["riskMetric"]
    assert receipt.unknown == 0


@pytest.mark.parametrize("sample", samples("receipt"))
def test_a_genuine_receipt_tells_how_many_keys_a_device_has_made(sample: dict[str, Any]) -> None:
    appraisal = appraised(sample, allow_development=True, risk_metric_baseline=2)
    metric = sample["properties"]["riskMetric"]
    state = {None: "not_evaluated", 1: "absent", 2: "absent", 3: "present"}[metric]

    assert appraisal.verified
    assert states(appraisal)["device.attestation_farming"] == state
    assert appraisal.details["root"] == "Apple Root CA - G3"


@pytest.mark.parametrize("sample", samples("receipt"))
def test_a_genuine_receipt_ends(sample: dict[str, Any]) -> None:
    appraisal = appraised(sample, at=made_at(sample) + timedelta(days=91), receipt_max_age_s=10**7)

    assert "attestation.stale" in codes(appraisal, "present")


@pytest.mark.parametrize("sample", samples("assertion"))
def test_no_bit_of_an_assertion_can_be_changed(sample: dict[str, Any]) -> None:
    assert_no_bit_can_be_changed(sample, step=1)


@pytest.mark.parametrize("sample", [*samples("attestation")[:1], *samples("receipt")[:2]])
def test_no_bit_of_an_attestation_or_receipt_can_be_changed(sample: dict[str, Any]) -> None:
    assert_no_bit_can_be_changed(sample, step=41)  # prime: each bit of an octet takes its turn


def assert_no_bit_can_be_changed(sample: dict[str, Any], *, step: int) -> None:
    data = octets(sample)
    for bit in range(0, len(data) * 8, step):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        appraisal = appraised(sample, bytes(changed))

        assert not appraisal.verified, bit
        assert codes(appraisal, "absent") == set(), bit
        assert appraisal.once == (), bit
        assert appraisal.counter is None, bit
