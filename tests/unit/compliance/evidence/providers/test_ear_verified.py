"""Whom an attestation result is believed, for which request, and how long."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers.ear import MAX_TOKEN, appraise, read_settings
from compliance.evidence.providers.shape import (
    Evidence,
    EvidenceShapeError,
    Mode,
    SettingsError,
    TrustMaterial,
    once_digest,
)
from tests.support.attestation import AT, codes, states
from tests.support.ear import (
    NAME,
    NONCE,
    NOW,
    VERIFIER,
    appraised,
    claims_of,
    part,
    reason,
    result,
    trusting,
)
from tests.support.signed_tokens import flipped, jwk_of, signed


def test_failed_cryptography_of_the_evidence_makes_the_result_worth_nothing() -> None:
    appraisal = result(part("contraindicated", executables=99))

    assert not appraisal.verified
    assert {"attestation.invalid", "device.noncompliant"} == codes(appraisal, "present")
    assert codes(appraisal, "absent") == {"attestation.stale"}
    assert appraisal.once == ()


def test_a_result_is_bound_to_its_nonce() -> None:
    other = "another nonce of it"
    text = signed(claims_of(eat_nonce=[other, NONCE]))

    assert states(appraised(text, nonce=NONCE))["attestation.binding_mismatch"] == "absent"
    appraisal = appraised(text, nonce="not this nonce")
    assert codes(appraisal, "present") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == {"attestation.invalid", "attestation.stale"}
    assert appraisal.once == ()


def test_a_result_without_a_nonce_is_bound_to_nothing() -> None:
    appraisal = appraised(signed(claims_of()), nonce=NONCE)

    assert states(appraisal)["attestation.binding_mismatch"] == "present"


def test_each_part_answers_its_own_nonce_or_that_of_the_whole() -> None:
    mine, other = part() | {"eat_nonce": NONCE}, part() | {"eat_nonce": "another nonce"}

    def state(*parts: dict[str, Any], **more: Any) -> str:
        text = signed(claims_of(*parts, **more))
        return states(appraised(text, nonce=NONCE))["attestation.binding_mismatch"]

    assert state(mine) == "absent"
    assert state(mine, part(), eat_nonce=NONCE) == "absent"
    assert state(mine, part()) == "present"
    assert state(mine, other) == "present"
    assert state(other, eat_nonce=NONCE) == "present"


def test_nonces_count_once_or_the_whole_result_where_there_is_none() -> None:
    text = signed(claims_of())

    (whole,) = appraised(text).once
    assert whole.digest == once_digest(NAME, "result", text.rpartition(".")[0])
    (nonce,) = appraised(signed(claims_of(eat_nonce=NONCE))).once
    assert nonce.digest == once_digest(NAME, "nonce", NONCE)
    assert nonce.code == "attestation.replayed"


@pytest.mark.parametrize(
    ("times", "state"),
    [
        ({"iat": NOW - 600}, "absent"),
        ({"iat": NOW - 601}, "present"),
        ({"iat": NOW + 61}, "present"),
        ({"exp": NOW + 1}, "absent"),
        ({"exp": NOW}, "present"),
    ],
)
def test_a_result_is_stale_when_it_is_old_or_over(times: dict[str, int], state: str) -> None:
    appraisal = result(**times)

    assert states(appraisal)["attestation.stale"] == state
    assert ("app.tampered" in codes(appraisal, "absent")) is (state == "absent")


def test_the_psp_says_how_old_a_result_may_be() -> None:
    text = signed(claims_of(iat=NOW - 86_400))

    appraisal = appraised(text, against=trusting(max_age_s=86_400))
    assert states(appraisal)["attestation.stale"] == "absent"


def test_a_verifier_with_a_name_signs_for_itself_alone() -> None:
    ours = VERIFIER | {"issuer": "https://verifier.example"}
    other = {
        "name": "the other",
        "issuer": "https://other.example",
        "keys": [jwk_of("ES256", number=1)],
    }
    against = trusting(ours, other)

    assert appraised(signed(claims_of(iss=ours["issuer"])), against=against).verified
    stolen = signed(claims_of(iss=ours["issuer"]), number=1)
    assert reason(stolen, against=against) == "issuer"
    assert reason(signed(claims_of()), against=against) == "issuer"


def test_a_key_in_the_header_is_no_key() -> None:
    text = signed(claims_of(), number=1, jwk=jwk_of("ES256", number=1))

    assert reason(text) == "signature"


def test_no_result_with_one_bit_changed_is_verified() -> None:
    text = signed(claims_of())

    assert not any(appraised(each).verified for each in flipped(text))


@pytest.mark.parametrize(
    "damage",
    [
        {"submods": None},
        {"submods": {}},
        {"submods": []},
        {"submods": {"a": 1}},
        {"submods": {"a": {}}},
        {"submods": {"a": {"ear.status": 2, "ear.trustworthiness-vector": [2]}}},
        {"submods": {str(index): part() for index in range(33)}},
        {"iat": None},
        {"iat": "now"},
        {"exp": "later"},
        {"eat_profile": None},
        {"eat_profile": 5},
        {"eat_nonce": 5},
        {"eat_nonce": ["short"]},
        {"eat_nonce": ["a nonce too many"] * 9},
        {"eat_nonce": "x" * 89},
    ],
)
def test_claims_of_another_form_are_not_believed(damage: dict[str, Any]) -> None:
    assert reason(signed(claims_of(**damage))) == "claims"


def test_details_tell_who_verified_and_by_which_policies_but_no_name_of_a_part() -> None:
    said = part() | {"ear.appraisal-policy-id": "policy:1"}
    claims = claims_of(said, **{"ear.verifier-id": {"developer": "Acme\n", "build": "1", "x": 2}})
    claims["submods"]["serial 4711"] = part()

    details = appraised(signed(claims)).details

    assert details["developer"] == "Acme"
    assert details["build"] == "1"
    assert details["policies"] == "policy:1"
    assert details["submodules"] == 2
    assert "4711" not in str(dict(details))


def test_without_settings_nothing_is_evaluated_and_nothing_believed() -> None:
    appraisal = appraised(signed(claims_of()), against=TrustMaterial(), nonce=NONCE)

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == set()


@pytest.mark.parametrize(
    ("payload", "expected", "pointers"),
    [
        ({}, {}, ["/payload/token"]),
        ({"token": 5}, {}, ["/payload/token"]),
        ({"token": "a" * (MAX_TOKEN + 1)}, {}, ["/payload/token"]),
        ({"token": "a", "x": 1}, {"challenge": "n"}, ["/payload/x", "/expected/challenge"]),
        ({"token": "a"}, {"nonce": "short"}, ["/expected/nonce"]),
    ],
)
def test_a_malformed_request_is_told_with_its_places(
    payload: dict[str, Any], expected: dict[str, str], pointers: list[str]
) -> None:
    with pytest.raises(EvidenceShapeError) as caught:
        appraise(Evidence(NAME, Mode.RAW, payload, expected), trust=trusting(), at=AT)

    assert [problem.pointer for problem in caught.value.problems] == pointers


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, ["/verifiers"]),
        ({"verifiers": []}, ["/verifiers"]),
        ({"verifiers": [VERIFIER], "max_age_s": "1", "x": 1}, ["/x", "/max_age_s"]),
        ({"verifiers": [5]}, ["/verifiers/0"]),
        ({"verifiers": [{}]}, ["/verifiers/0/name", "/verifiers/0/keys"]),
        ({"verifiers": [VERIFIER, VERIFIER]}, ["/verifiers/1/name"]),
        ({"verifiers": [VERIFIER | {"issuer": ""}]}, ["/verifiers/0/issuer"]),
        ({"verifiers": [VERIFIER | {"dimensions": ["mood"]}]}, ["/verifiers/0/dimensions"]),
        ({"verifiers": [VERIFIER | {"dimensions": [[]]}]}, ["/verifiers/0/dimensions"]),
        ({"verifiers": [VERIFIER | {"url": "x"}]}, ["/verifiers/0/url"]),
        (
            {"verifiers": [VERIFIER | {"name": str(n)} for n in range(17)]},
            ["/verifiers"],
        ),
        (
            {"verifiers": [{"name": n, "keys": [jwk_of("ES256")] * 9} for n in "ab"]},
            ["/verifiers"],
        ),
    ],
)
def test_settings_that_make_no_sense_are_told_with_their_places(
    document: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(document)

    assert [problem.pointer for problem in caught.value.problems] == pointers
