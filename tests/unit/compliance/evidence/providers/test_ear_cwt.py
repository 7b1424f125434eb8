"""What attestation results in CBOR amount to: the same as in JSON. All tokens are synthetic."""
# SPDX-License-Identifier: Apache-2.0

import base64
from typing import Any

import pytest

from compliance.evidence.providers.ear import NAME, appraise, read_settings
from compliance.evidence.providers.ear_claims import DIMENSIONS
from compliance.evidence.providers.ear_device import DEBUG_STATES
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    TrustMaterial,
)
from tests.support.attestation import AT, codes, states
from tests.support.cose_tokens import cose
from tests.support.signed_tokens import b64url, jwk_of, signed

NOW = int(AT.timestamp())
CURRENT = "tag:ietf.org,2026:rats/ear#03"
VERAISON = "tag:github.com,2023:veraison/ear"
NONCE = b"a nonce of the back-end"
VERIFIER = {"name": "our verifier", "issuer": "us", "keys": [jwk_of("ES256", kid="k")]}
TRUST = TrustMaterial(settings={NAME: read_settings({"verifiers": [VERIFIER]})})


def part(status: Any = 2, **more: Any) -> dict[int, Any]:
    vector = dict.fromkeys(range(8), 2) | more.pop("vector", {})
    return {1000: status, 1001: vector, 1003: ["a policy"], **more.pop("claims", {})}


def claims_of(*parts: dict[int, Any], profile: Any = CURRENT, **more: Any) -> dict[int, Any]:
    claims = {
        1: "us",
        6: NOW - 5,
        10: NONCE,
        265: profile,
        266: {f"part {index}": each for index, each in enumerate(parts or [part()])},
        1004: {0: "a developer", 1: "a build"},
    }
    return {**claims, **more.pop("claims", {})}


def of_token(text: str, *, field: str = "cwt", nonce: str | None = None) -> Appraisal:
    expected = {} if nonce is None else {"nonce": nonce}
    return appraise(Evidence(NAME, Mode.RAW, {field: text}, expected, AT), trust=TRUST, at=AT)


def result(*parts: dict[int, Any], nonce: str | None = None, **more: Any) -> Appraisal:
    return of_token(cose(claims_of(*parts, **more), unprotected={4: b"k"}), nonce=nonce)


def reason(appraisal: Appraisal) -> str:
    assert not appraisal.verified
    assert appraisal.once == ()
    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    return str(appraisal.details["reason"])


def test_what_a_verifier_affirms_altogether_is_clear() -> None:
    appraisal = result(nonce=b64url(NONCE))

    assert appraisal.verified
    assert codes(appraisal, "present") == codes(appraisal, "not_evaluated") == set()
    assert appraisal.details == {
        "verifier": "our verifier",
        "profile": CURRENT,
        "submodules": 1,
        "developer": "a developer",
        "build": "a build",
        "policies": "a policy",
        "nonce": "compared",
        "age_s": 5,
    }


@pytest.mark.parametrize("profile", [CURRENT, VERAISON])
@pytest.mark.parametrize("place", range(8))
@pytest.mark.parametrize("value", [2, 0, 1, 32, 33, 96, 99, -97])
def test_the_same_result_in_json_amounts_to_the_same(profile: str, place: int, value: int) -> None:
    early = profile == VERAISON
    vector = dict.fromkeys(DIMENSIONS, 2) | {DIMENSIONS[place]: value}
    in_json = {
        "ear.status" if early else "ear_status": 2,
        "ear.trustworthiness-vector" if early else "ear_trustworthiness_vector": vector,
    }
    claims = {"iss": "us", "iat": NOW - 5, "eat_nonce": b64url(NONCE), "eat_profile": profile}
    text = signed(claims | {"submods": {"part 0": in_json}}, kid="k")

    in_cbor = result(part(vector={place: value}), profile=profile)
    appraisal = of_token(text, field="token")

    assert in_cbor.findings == appraisal.findings
    assert in_cbor.once == appraisal.once
    assert in_cbor.verified == appraisal.verified


def test_a_nonce_is_compared_by_its_base64url() -> None:
    assert "attestation.binding_mismatch" in codes(result(nonce=b64url(NONCE)), "absent")
    for other in (base64.b64encode(NONCE).decode(), NONCE.decode(), b64url(NONCE + b"x")):
        appraisal = result(nonce=other)
        assert codes(appraisal, "present") == {"attestation.binding_mismatch"}
        assert "device.rooted" in codes(appraisal, "not_evaluated")


def test_each_part_answers_the_nonce_itself_or_by_the_whole() -> None:
    own = part(claims={10: [b"another nonce", NONCE]})

    assert "attestation.binding_mismatch" in codes(
        result(own, part(), nonce=b64url(NONCE)), "absent"
    )
    foreign = part(claims={10: b"another nonce"})
    assert "attestation.binding_mismatch" in codes(
        result(part(), foreign, nonce=b64url(NONCE)), "present"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {10: "a nonce as text"},
        {10: b"short"},
        {10: bytes(65)},
        {10: [NONCE, 7]},
        {6: "yesterday"},
        {6: -1},
        {4: b"x"},
        {265: bytes(8)},
        {265: 7},
        {266: {}},
        {266: []},
        {266: {1: part()}},
        {266: {"part": b"a token within"}},
        {266: {"part": {1001: {0: 2}}}},
        {266: {"part": {1000: 2, 1001: [2]}}},
        {266: {f"part {index}": part() for index in range(33)}},
    ],
)
def test_claims_of_another_form_are_not_believed(changed: dict[int, Any]) -> None:
    assert reason(result(claims=changed)) in {"claims", "malformed"}


@pytest.mark.parametrize("missing", [6, 265, 266])
def test_claims_that_must_be_there_are(missing: int) -> None:
    claims = claims_of()
    del claims[missing]

    assert reason(of_token(cose(claims))) == "claims"


def test_another_issuer_is_not_the_verifier() -> None:
    assert reason(result(claims={1: "them"})) == "issuer"


def test_names_of_json_mean_nothing_in_cbor() -> None:
    of_part: dict[Any, Any] = {**part(), "ear_status": 96}
    named: dict[Any, Any] = {266: {"part": of_part}, "ear_status": 96}

    assert "device.noncompliant" in codes(result(claims=named), "absent")


def test_what_nobody_here_knows_of_a_vector_is_an_open_question() -> None:
    vectors: list[dict[Any, Any]] = [
        {8: 2},
        {"executables": 96},
        {2: 200},
        {2: "2"},
        {2: True},
    ]
    for vector in vectors:
        appraisal = result(part(vector=vector))
        assert codes(appraisal, "present") == {"attestation.unevaluated"}
        assert appraisal.details["unknown_claims"] == 1


def test_a_profile_that_nobody_here_knows_says_nothing() -> None:
    appraisal = result(part(vector={2: 96}), profile="tag:example.org,2030:ear")

    assert appraisal.verified
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert "device.rooted" not in codes(appraisal, "absent")


def test_a_result_that_is_too_old_clears_nothing() -> None:
    appraisal = result(claims={6: NOW - 3600})

    assert codes(appraisal, "present") == {"attestation.stale"}
    assert "device.rooted" in codes(appraisal, "not_evaluated")


@pytest.mark.parametrize("place", ["whole", "part"])
def test_what_eat_says_of_the_device_is_found(place: str) -> None:
    def stated(claims: dict[int, Any]) -> Appraisal:
        return result(claims=claims) if place == "whole" else result(part(), part(claims=claims))

    debugged, booted = stated({263: 0}), stated({262: False})

    assert codes(debugged, "present") == {"app.debug_build"}
    assert debugged.details["dbgstat"] == "enabled"
    assert codes(booted, "present") == {"device.rooted"}
    assert booted.details["oemboot"] is False


def test_good_words_of_eat_clear_nothing() -> None:
    plain = result(part(vector={1: 0}))
    for place, word in enumerate(DEBUG_STATES[1:], start=1):
        appraisal = result(part(vector={1: 0}), claims={262: True, 263: place})
        assert states(appraisal) == states(plain)
        assert appraisal.details["dbgstat"] == word


@pytest.mark.parametrize(
    "claims", [{262: 0}, {262: "false"}, {263: 5}, {263: -1}, {263: "enabled"}, {263: False}]
)
def test_words_of_eat_that_mean_nothing_are_an_open_question(claims: dict[int, Any]) -> None:
    assert codes(result(claims=claims), "present") == {"attestation.unevaluated"}


def test_eat_says_the_same_in_json() -> None:
    def in_json(**claims: Any) -> Appraisal:
        submodule = {"ear_status": 2, "ear_trustworthiness_vector": dict.fromkeys(DIMENSIONS, 2)}
        whole = {"iss": "us", "iat": NOW, "eat_profile": CURRENT, "submods": {"p": submodule}}
        return of_token(signed(whole | claims, kid="k"), field="token")

    assert codes(in_json(dbgstat="enabled"), "present") == {"app.debug_build"}
    assert codes(in_json(oemboot=False), "present") == {"device.rooted"}
    assert codes(in_json(dbgstat="disabled", oemboot=True), "present") == set()
    for claims in ({"dbgstat": 0}, {"dbgstat": ["enabled"]}, {"oemboot": 0}, {"oemboot": None}):
        assert codes(in_json(**claims), "present") == {"attestation.unevaluated"}


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({"cwt": 7}, ["/payload/cwt"]),
        ({"cwt": ""}, ["/payload/cwt"]),
        ({"cwt": "A" * 65_537}, ["/payload/cwt"]),
        ({"cwt": "AA", "token": "AA"}, ["/payload/token"]),
        ({}, ["/payload/token"]),
    ],
)
def test_what_is_no_item_is_refused_with_its_place(
    payload: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(EvidenceShapeError) as caught:
        appraise(Evidence(NAME, Mode.RAW, payload), trust=TRUST, at=AT)

    assert [problem.pointer for problem in caught.value.problems] == pointers


def test_a_token_in_json_is_none_in_cbor_and_the_other_way_round() -> None:
    assert reason(of_token(signed({"iat": NOW}, kid="k"))) == "malformed"
    assert reason(of_token(cose(claims_of()), field="token")) == "malformed"


def test_a_result_that_another_key_signed_is_not_believed() -> None:
    assert reason(of_token(cose(claims_of(), number=1))) == "signature"
    assert reason(of_token(cose(claims_of(), unprotected={4: b"x"}))) == "unknown_key"
