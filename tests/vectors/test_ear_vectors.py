"""Published attestation results; those that are unsigned are signed here with a synthetic key."""
# SPDX-License-Identifier: Apache-2.0

import ast
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compliance.evidence.providers.ear import NAME, appraise, read_settings
from compliance.evidence.providers.ear_claims import DIMENSIONS
from compliance.evidence.providers.shape import Appraisal, Evidence, Mode, TrustMaterial
from tests.support.attestation import codes, states
from tests.support.cose_tokens import cose
from tests.support.signed_tokens import flipped, jwk_of, signed

VECTORS = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
ARC = VECTORS / "ear" / "veraison-arc"
SERVICES = VECTORS / "ear" / "veraison-services-results"
DRAFT = VECTORS / "ear" / "draft-ietf-rats-ear"
ISSUED = 1666091373

pytestmark = pytest.mark.skipif(not ARC.is_dir(), reason=f"no sample evidence in {ARC}")


def appraised(
    text: str, jwk: Any, *, field: str = "token", dimensions: list[str] | None = None
) -> Appraisal:
    verifier = {"name": "v", "keys": [jwk], "dimensions": dimensions or list(DIMENSIONS)}
    trust = TrustMaterial(settings={NAME: read_settings({"verifiers": [verifier]})})
    at = datetime.fromtimestamp(ISSUED + 60, UTC)
    return appraise(Evidence(NAME, Mode.RAW, {field: text}), trust=trust, at=at)


def synthetic(claims: dict[str, Any], **more: Any) -> Appraisal:
    return appraised(signed(claims | {"iat": ISSUED}), jwk_of("ES256"), **more)


def of_services(name: str, **more: Any) -> Appraisal:
    submodules = json.loads((SERVICES / name).read_text())
    return synthetic(
        {"eat_profile": "tag:github.com,2023:veraison/ear", "submods": submodules}, **more
    )


def arc_token() -> str:
    return (ARC / "ear-es256.jwt").read_text().strip()


def arc_key() -> Any:
    return json.loads((ARC / "pkey.json").read_text())


def test_the_published_token_verifies_with_its_key() -> None:
    appraisal = appraised(arc_token(), arc_key())

    assert appraisal.verified
    assert codes(appraisal, "present") == set()
    assert appraisal.details["developer"] == "Acme Inc."
    assert states(appraisal)["device.boot_unverified"] == "absent"
    # Only executables that are known since boot: what was loaded later is not said.
    assert states(appraisal)["app.tampered"] == "not_evaluated"


def test_the_published_token_verifies_with_no_other_key_and_in_no_other_text() -> None:
    assert not appraised(arc_token(), jwk_of("ES256")).verified
    changed = [each for each in flipped(arc_token()) if appraised(each, arc_key()).verified]
    assert changed == []


def test_claims_without_a_vector_affirm_and_evaluate_nothing() -> None:
    appraisal = synthetic(json.loads((ARC / "ear-claims.json").read_text()))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert states(appraisal)["device.noncompliant"] == "absent"


def test_an_unrecognized_component_of_a_psa_device_is_found() -> None:
    looked_at = ["instance-identity", "executables", "hardware", "runtime-opaque", "storage-opaque"]

    bad = of_services("psa.badswcomp.json", dimensions=looked_at)
    good = of_services("psa.good.json", dimensions=looked_at)

    assert codes(bad, "present") == {"app.hooking"}
    assert codes(good, "present") == set()
    assert {"app.tampered", "env.not_separate", "key.software_backed"} <= codes(good, "absent")


def test_a_result_of_two_parts_is_one_result() -> None:
    appraisal = of_services("cca.good.json", dimensions=["executables", "runtime-opaque"])

    assert codes(appraisal, "present") == set()
    assert {"app.tampered", "env.not_separate"} <= codes(appraisal, "absent")


def test_a_failed_freshness_makes_the_result_invalid() -> None:
    appraisal = of_services("cca.freshness-fail.json")

    assert not appraisal.verified
    assert {"attestation.invalid", "device.noncompliant"} <= codes(appraisal, "present")


@pytest.mark.parametrize(
    ("name", "present"),
    [
        ("ear-json-1.diag", True),
        ("ear-json-2.diag", False),
        ("ext-veraison-json-1.diag", True),
        ("ext-veraison-json-2.diag", False),
        ("ext-teep-json-1.diag", True),
    ],
)
def test_examples_of_the_current_draft_are_read(name: str, *, present: bool) -> None:
    appraisal = synthetic(json.loads((DRAFT / name).read_text()), dimensions=["instance-identity"])

    assert appraisal.verified
    assert ("device.noncompliant" in codes(appraisal, "present")) is present
    assert ("app.tampered" in codes(appraisal, "present")) is present
    assert "policies" in appraisal.details


def diagnostic(text: str) -> Any:
    """Return the value of CBOR's diagnostic notation, as far as the examples use it."""

    def octets(match: re.Match[str]) -> str:
        return repr(bytes.fromhex(match[1]))

    return ast.literal_eval(re.sub(r"h'([0-9A-Fa-f]*)'", octets, text))


@pytest.mark.parametrize(
    ("name", "present"),
    [
        ("ear-cbor-1.diag", True),
        ("ext-veraison-cbor-1.diag", False),
        ("ext-teep-cbor-1.diag", False),
    ],
)
def test_examples_of_the_current_draft_in_cbor_are_read(name: str, *, present: bool) -> None:
    claims = diagnostic((DRAFT / name).read_text()) | {6: ISSUED}
    appraisal = appraised(
        cose(claims), jwk_of("ES256"), field="cwt", dimensions=["instance-identity"]
    )

    assert appraisal.verified
    assert ("device.noncompliant" in codes(appraisal, "present")) is present
    assert ("app.tampered" in codes(appraisal, "present")) is present
    assert "policies" in appraisal.details
