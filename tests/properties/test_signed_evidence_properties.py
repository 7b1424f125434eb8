"""Signed evidence of any content, and any settings: findings or a refusal with its place, never a crash."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.evidence.providers import approov, caep, ear, execution_environment
from compliance.evidence.providers.caep import EVENT_TYPES
from compliance.evidence.providers.ear_claims import DIMENSIONS, PROFILES
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    Provider,
    SettingsError,
    TrustMaterial,
)
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE
from tests.support.attestation import AT, codes
from tests.support.signed_tokens import SECRET, b64url, jwk_of, signed

NOW = int(AT.timestamp())
ISSUER = "https://issuer.example"
KEYS = [jwk_of("ES256", kid="k")]
DOCUMENTS: Mapping[str, dict[str, Any]] = {
    "approov": {"secrets": [{"secret": base64.b64encode(b"\0" + SECRET).decode()}], "keys": KEYS},
    "caep": {"transmitters": [{"issuer": ISSUER, "audience": "us", "keys": KEYS}]},
    "ear": {"verifiers": [{"name": "v", "keys": KEYS}]},
    "execution_environment": {"keys": KEYS, "measurements": [f"sha256:{'ab' * 32}"]},
}
TYPES = {
    "approov": "JWT",
    "caep": caep.TYPE,
    "ear": "JWT",
    "execution_environment": execution_environment.TYPE,
}
MODULES = {one.NAME: one for one in (approov, caep, ear, execution_environment)}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
times = st.integers(NOW - 1000, NOW + 1000) | json_values
texts = st.text(max_size=12) | json_values
nonces = st.text(min_size=8, max_size=10)


def some(fields: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw objects that have some of the fields, and now and then a field of another kind."""
    return st.fixed_dictionaries({}, optional={**fields, "x": json_values})


def near(values: Any) -> st.SearchStrategy[Any]:
    """Draw values that are mostly those that a format has."""
    return st.sampled_from([*values]) | st.sampled_from([*values]) | json_values


parts = some(
    {
        "ear.status": near(["none", "affirming", "warning", "contraindicated", 2, 96]),
        "ear_status": near(["none", "affirming", "warning", "contraindicated", 2, 96]),
        "ear.trustworthiness-vector": st.dictionaries(
            near(DIMENSIONS).map(str), st.integers(-130, 130) | json_values
        ),
        "ear_trustworthiness_vector": st.dictionaries(
            near(DIMENSIONS).map(str), st.integers(-130, 130) | json_values
        ),
        "eat_nonce": nonces | st.lists(nonces, max_size=3) | json_values,
        "ear.appraisal-policy-id": texts,
        "ear_appraisal_policy_ids": st.lists(texts, max_size=2) | json_values,
    }
)
subjects = some(
    {
        "format": near(["complex", "aliases", "opaque", "iss_sub"]),
        "id": texts,
        "sub": texts,
        "device": some({"format": near(["opaque"]), "id": texts}),
        "identifiers": st.lists(json_values, max_size=3) | json_values,
    }
)
events = st.dictionaries(
    st.sampled_from(
        [EVENT_TYPES + name for name in ("risk-level-change", "device-compliance-change", "x")]
    )
    | st.text(max_size=8),
    some(
        {
            "current_status": near(["compliant", "not-compliant"]),
            "current_level": near(["LOW", "HIGH"]),
            "principal": near(["DEVICE", "USER"]),
            "event_timestamp": times,
            "initiating_entity": near(["user"]),
        }
    )
    | json_values,
    max_size=3,
)
CLAIMS = {
    "approov": some({"exp": times, "iat": times, "iss": texts, "pay": texts}),
    "caep": some(
        {
            "iss": near([ISSUER]),
            "aud": near(["us"]),
            "jti": texts,
            "iat": times,
            "sub_id": subjects | json_values,
            "events": events | json_values,
        }
    ),
    "ear": some(
        {
            "eat_profile": near(PROFILES),
            "iat": times,
            "exp": times,
            "eat_nonce": nonces | json_values,
            "ear_status": texts,
            "ear.verifier-id": json_values,
            "submods": st.dictionaries(st.text(max_size=4), parts, max_size=3) | json_values,
        }
    ),
    "execution_environment": some(
        {
            "iat": times,
            "transaction": near(["tx-1"]),
            "instance": texts,
            "jti": texts,
            "measurement": texts,
            **{field: near(words) for field, words in ENVIRONMENT_FIELDS.items()},
        }
    ),
}
EXPECTED = {
    "approov": {"request_hash": base64.b64encode(bytes(32)).decode()},
    "caep": {"subject": "a"},
    "ear": {"nonce": "a nonce of ours"},
    "execution_environment": {"transaction": "tx-1"},
}
names = st.sampled_from(sorted(MODULES))


def trust_of(name: str) -> TrustMaterial:
    return TrustMaterial(settings={name: MODULES[name].read_settings(DOCUMENTS[name])})


def appraised(name: str, text: str, expected: dict[str, str] | None = None) -> Appraisal:
    field = "statement" if name == "execution_environment" else "token"
    evidence = Evidence(name, Mode.RAW, {field: text}, expected or {}, AT)
    appraisal: Appraisal = MODULES[name].appraise(evidence, trust=trust_of(name), at=AT)
    assert {finding.code for finding in appraisal.findings} <= CATALOGUE.keys()
    assert len({finding.code for finding in appraisal.findings}) == len(appraisal.findings)
    return appraisal


@given(st.data(), names, st.booleans())
def test_signed_claims_of_any_form_become_findings(
    data: st.DataObject,
    name: str,
    is_expected: bool,  # noqa: FBT001 - drawn
) -> None:
    claims = data.draw(CLAIMS[name])
    try:
        text = signed(json.dumps(claims).encode(), kid="k", typ=TYPES[name])
    except UnicodeEncodeError:  # pragma: no cover - half a character is no JSON to begin with
        return
    appraisal = appraised(name, text, EXPECTED[name] if is_expected else None)

    if not appraisal.verified:
        assert codes(appraisal, "absent") <= {"attestation.stale", "attestation.binding_mismatch"}
        assert appraisal.once == ()
        assert appraisal.environment is None


@given(names, st.binary(max_size=64), st.binary(max_size=64), st.binary(max_size=64))
def test_any_three_parts_become_findings(
    name: str, header: bytes, payload: bytes, signature: bytes
) -> None:
    text = ".".join(map(b64url, (header, payload, signature)))

    assert codes(appraised(name, text), "present") == {"attestation.invalid"}


@given(names, st.text(min_size=1, max_size=40))
def test_any_text_becomes_findings_or_a_refusal(name: str, text: str) -> None:
    with suppress(EvidenceShapeError):
        appraisal = appraised(name, text)
        assert not appraisal.verified
        assert codes(appraisal, "absent") == set()


@given(names, st.binary(max_size=80), st.sampled_from(["k", None, "other"]))
def test_signed_bytes_that_are_no_claims_are_not_believed(
    name: str, payload: bytes, kid: str | None
) -> None:
    appraisal = appraised(name, signed(payload, kid=kid, typ=TYPES[name]))

    assert not appraisal.verified or payload.lstrip().startswith(b"{")


@given(names, json_values)
def test_payloads_of_any_form_become_findings_or_a_refusal(name: str, value: Any) -> None:
    for field in ("token", "statement", "x"):
        with_one = Evidence(name, Mode.RAW, {field: value}, {})
        with suppress(EvidenceShapeError):
            MODULES[name].appraise(with_one, trust=trust_of(name), at=AT)


@pytest.mark.parametrize("name", sorted(MODULES))
@given(data=st.data())
def test_settings_of_any_form_are_read_or_refused(name: str, data: st.DataObject) -> None:
    document = json.loads(json.dumps(DOCUMENTS[name]))
    place: Any = document
    while isinstance(place, dict | list) and place and data.draw(st.booleans()):
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(json_values)
            break
        place = place[key]
    provider: Provider = MODULES[name].PROVIDER
    assert provider.read_settings is not None
    with suppress(SettingsError):
        provider.read_settings(document)
