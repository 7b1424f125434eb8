"""Published claims of security events; they are unsigned, so they are signed here with a synthetic key."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compliance.evidence.providers.caep import NAME, TYPE, appraise, read_settings
from compliance.evidence.providers.shape import Appraisal, Evidence, Mode, TrustMaterial
from tests.support.attestation import codes
from tests.support.signed_tokens import jwk_of, signed

VECTORS = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
CAEP = VECTORS / "caep"

pytestmark = pytest.mark.skipif(not CAEP.is_dir(), reason=f"no sample evidence in {CAEP}")


def appraised(name: str, subject: str) -> Appraisal:
    claims = json.loads((CAEP / name).read_text())
    transmitter = {
        "issuer": claims["iss"],
        "audience": claims["aud"],
        "keys": [jwk_of("RS256", kid="synthetic")],
    }
    trust = TrustMaterial(settings={NAME: read_settings({"transmitters": [transmitter]})})
    text = signed(claims, algorithm="RS256", kid="synthetic", typ=TYPE)
    at = datetime.fromtimestamp(claims["iat"] + 60, UTC)
    evidence = Evidence(NAME, Mode.RAW, {"token": text}, {"subject": subject})
    return appraise(evidence, trust=trust, at=at)


@pytest.mark.parametrize(
    ("name", "subject", "present"),
    [
        (
            "device-compliance-change-1.json",
            "e9297990-14d2-42ec-a4a9-4036db86509a",
            "device.noncompliant",
        ),
        ("credential-change-1.json", "jane.smith@example.com", "element.enrolment_changed"),
        # The catalogue has no finding for the risk of a user, nor for a session that was revoked.
        ("risk-level-change-1.json", "jane.doe@example.com", "attestation.unevaluated"),
        (
            "session-revoked-1.json",
            "dMTlD|1600802906337.16|16008.16",
            "attestation.unevaluated",
        ),
    ],
)
def test_published_events_are_read(name: str, subject: str, present: str) -> None:
    appraisal = appraised(name, subject)

    assert appraisal.verified
    assert codes(appraisal, "present") == {present}
    assert "attestation.binding_mismatch" in codes(appraisal, "absent")
    assert "jane" not in str(dict(appraisal.details)).lower()
