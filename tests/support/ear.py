"""Attestation results of an invented verifier."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from compliance.evidence.providers import ear
from compliance.evidence.providers.ear import appraise, read_settings
from compliance.evidence.providers.ear_claims import DIMENSIONS
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    Mode,
    TrustMaterial,
)
from tests.support.attestation import AT, codes
from tests.support.signed_tokens import jwk_of, signed

NAME = ear.NAME
NOW = int(AT.timestamp())
NONCE = "bm9uY2Ugb2YgdGhlIGJhY2stZW5k"
VERAISON = "tag:github.com,2023:veraison/ear"
GOOD = dict.fromkeys(DIMENSIONS, 2)
VERIFIER = {"name": "our verifier", "keys": [jwk_of("ES256")]}


def part(
    status: object = "affirming",
    *,
    current: bool = False,
    vector: Mapping[str, Any] = MappingProxyType({}),
    **claims: Any,
) -> dict[str, Any]:
    """Return a submodule that affirms everything but what `claims` say (`None`: nothing)."""
    given = {name.replace("_", "-"): value for name, value in claims.items()}
    said = {
        name: value for name, value in (GOOD | given | dict(vector)).items() if value is not None
    }
    names = ("ear_status", "ear_trustworthiness_vector") if current else ()
    status_name, vector_name = names or ("ear.status", "ear.trustworthiness-vector")
    return {status_name: status, vector_name: said}


def claims_of(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    claims = {
        "eat_profile": VERAISON,
        "iat": NOW - 5,
        "submods": {f"part {index}": each for index, each in enumerate(parts or [part()])},
    } | more
    return {name: value for name, value in claims.items() if value is not None}


def trusting(*verifiers: dict[str, Any], **document: Any) -> TrustMaterial:
    settings = read_settings({"verifiers": list(verifiers) or [VERIFIER]} | document)
    return TrustMaterial(settings={NAME: settings})


def appraised(
    text: str, *, against: TrustMaterial | None = None, nonce: str | None = None
) -> Appraisal:
    expected = {} if nonce is None else {"nonce": nonce}
    evidence = Evidence(NAME, Mode.RAW, {"token": text}, expected, AT)
    return appraise(evidence, trust=against or trusting(), at=AT)


def result(*parts: dict[str, Any], **more: Any) -> Appraisal:
    return appraised(signed(claims_of(*parts, **more)))


def reason(text: str, **more: Any) -> str:
    appraisal = appraised(text, **more)

    assert not appraisal.verified
    assert appraisal.once == ()
    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    return str(appraisal.details["reason"])
