"""What Approov's tokens amount to. All tokens and secrets are synthetic."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
from typing import Any

import pytest

from compliance.evidence.providers import approov
from compliance.evidence.providers.approov import MAX_TOKEN, appraise, read_settings
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    SettingsError,
    TrustMaterial,
)
from policies.vocabulary.findings import Assurance
from tests.support.attestation import AT, codes, states
from tests.support.signed_tokens import SECRET, b64url, flipped, jwk_of, signed

NAME = approov.NAME
NOW = int(AT.timestamp())
KEY = base64.b64encode(bytes([0]) + SECRET).decode()
OF_WORDS = {"attestation.missing", "channel.tls_pinning_broken"}
BOUND = base64.b64encode(hashlib.sha256(b"Bearer of a header").digest()).decode()


def token(**more: Any) -> str:
    claims = {"exp": NOW + 200.5, "iss": "psp.approov.example"} | more
    present = {name: value for name, value in claims.items() if value is not None}
    return signed(present, algorithm="HS256", typ="JWT")


def trusting(**document: Any) -> TrustMaterial:
    given = {"secrets": [{"secret": KEY}]} | document
    return TrustMaterial(settings={NAME: read_settings(given)})


def appraised(
    text: str, *, against: TrustMaterial | None = None, request_hash: str | None = None
) -> Appraisal:
    expected = {} if request_hash is None else {"request_hash": request_hash}
    evidence = Evidence(NAME, Mode.RAW, {"token": text}, expected, AT)
    return appraise(evidence, trust=against or trusting(), at=AT)


def reason(text: str, **more: Any) -> str:
    appraisal = appraised(text, **more)

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    return str(appraisal.details["reason"])


def test_a_token_that_verifies_is_the_good_verdict() -> None:
    appraisal = appraised(token())

    assert appraisal.verified
    assert codes(appraisal, "present") == codes(appraisal, "not_evaluated") == set()
    assert codes(appraisal, "absent") == OF_WORDS | {
        *("attestation.invalid", "attestation.stale", "attestation.unevaluated")
    }
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.B}
    assert appraisal.details["expires_in_s"] == 200


def test_a_token_that_looks_right_and_does_not_verify_is_the_bad_verdict() -> None:
    text = signed({"exp": NOW + 200.5}, algorithm="HS256", number=1, typ="JWT")

    assert reason(text) == "signature"


def test_a_token_may_be_shown_with_every_request() -> None:
    assert appraised(token()).once == ()


@pytest.mark.parametrize("word", ["", "NO_APPROOV_SERVICE", "NO_NETWORK", "POOR_NETWORK"])
def test_without_a_token_evidence_is_missing(word: str) -> None:
    appraisal = appraised(word)

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.missing"}
    assert codes(appraisal, "absent") == set()
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.D}


def test_a_connection_that_is_listened_to_is_told_by_the_app() -> None:
    assert codes(appraised("MITM_DETECTED"), "present") == {"channel.tls_pinning_broken"}


def test_a_word_needs_no_settings_and_a_word_that_nobody_knows_is_counted() -> None:
    appraisal = appraised("A_WORD_OF_TOMORROW", against=TrustMaterial(), request_hash=BOUND)

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == set()
    assert appraisal.details == {"token": "unknown word", "unknown_words": 1}


def test_what_is_neither_a_word_nor_a_token_is_not_believed() -> None:
    assert reason("no_network") == "malformed"
    assert reason("NO_NETWORK\n") == "malformed"
    assert reason("A" * 65) == "malformed"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_public_keys_verify_too(algorithm: str) -> None:
    against = trusting(secrets=[], keys=[jwk_of(algorithm, kid="a")])
    text = signed({"exp": NOW + 60}, algorithm=algorithm, kid="a")

    assert appraised(text, against=against).verified
    assert reason(token(), against=against) == "algorithm"


def test_a_secret_may_have_a_name() -> None:
    against = trusting(secrets=[{"secret": KEY, "kid": "a"}])

    assert appraised(signed({"exp": NOW + 9}, algorithm="HS256", kid="a"), against=against).verified
    named = signed({"exp": NOW + 9}, algorithm="HS256", kid="b")
    assert reason(named, against=against) == "unknown_key"


@pytest.mark.parametrize(
    ("claims", "state"),
    [
        ({"exp": NOW + 0.5}, "absent"),
        ({"exp": NOW}, "present"),
        ({"exp": NOW - 0.5}, "present"),
        ({"exp": None}, "present"),
        ({"exp": NOW + 3600}, "absent"),
        ({"exp": NOW + 3601}, "present"),
        ({"iat": NOW - 3601}, "present"),
        ({"nbf": NOW + 61}, "present"),
    ],
)
def test_a_token_is_stale_after_its_end_or_without_one(claims: dict[str, Any], state: str) -> None:
    appraisal = appraised(token(**claims))

    assert states(appraisal)["attestation.stale"] == state
    expected = {"attestation.invalid"} if state == "present" else None
    assert expected is None or codes(appraisal, "absent") == expected


def test_the_psp_says_how_far_ahead_an_end_may_be() -> None:
    far = token(exp=NOW + 80_000)

    assert (
        states(appraised(far, against=trusting(max_age_s=86_400)))["attestation.stale"] == "absent"
    )


def test_a_token_is_bound_by_the_hash_of_a_header() -> None:
    text = token(pay=BOUND)
    url_safe = BOUND.replace("+", "-").replace("/", "_").rstrip("=")
    other = base64.b64encode(bytes(32)).decode()

    assert (
        states(appraised(text, request_hash=url_safe))["attestation.binding_mismatch"] == "absent"
    )
    assert "attestation.binding_mismatch" not in states(appraised(text))
    for mismatch in (appraised(text, request_hash=other), appraised(token(), request_hash=BOUND)):
        assert codes(mismatch, "present") == {"attestation.binding_mismatch"}
        assert codes(mismatch, "absent") == {"attestation.invalid", "attestation.stale"}
    assert "pay" not in appraised(text).details


@pytest.mark.parametrize("pay", ["", "AAAA", "é", "!"])
def test_what_is_no_hash_binds_nothing(pay: str) -> None:
    appraisal = appraised(token(pay=pay), request_hash=BOUND)

    assert states(appraisal)["attestation.binding_mismatch"] == "present"


def test_a_token_of_another_issuer_is_not_believed() -> None:
    against = trusting(issuer="psp.approov.example")

    assert appraised(token(), against=against).verified
    assert reason(token(iss="other.example"), against=against) == "issuer"
    assert reason(token(iss=None), against=against) == "issuer"


@pytest.mark.parametrize(
    "damage",
    [{"exp": "soon"}, {"exp": True}, {"exp": -1}, {"iat": []}, {"pay": 5}, {"pay": "x" * 300}],
)
def test_claims_of_another_form_are_not_believed(damage: dict[str, Any]) -> None:
    assert reason(token(**damage)) == "claims"


def test_numbers_that_are_none_are_not_believed() -> None:
    for number in (b"NaN", b"Infinity", b"1e999"):
        text = signed(b'{"exp": ' + number + b"}", algorithm="HS256")
        assert reason(text) == "malformed"


def test_no_token_with_one_bit_changed_is_verified() -> None:
    assert not any(appraised(each).verified for each in flipped(token()))


def test_without_settings_nothing_is_evaluated_and_nothing_believed() -> None:
    appraisal = appraised(token(), against=TrustMaterial())

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == set()


def test_no_secret_is_shown() -> None:
    settings = trusting().settings[NAME]
    shown = repr(settings)

    assert KEY not in shown
    assert repr(bytes([0]) + SECRET) not in shown


@pytest.mark.parametrize(
    ("payload", "expected", "pointers"),
    [
        ({}, {}, ["/payload/token"]),
        ({"token": None}, {}, ["/payload/token"]),
        ({"token": "A" * (MAX_TOKEN + 1)}, {}, ["/payload/token"]),
        ({"token": "", "x": 1}, {"pay": "n"}, ["/payload/x", "/expected/pay"]),
        ({"token": ""}, {"request_hash": "short"}, ["/expected/request_hash"]),
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
        ({}, [""]),
        ({"secrets": 5}, ["/secrets"]),
        ({"secrets": [{"secret": KEY}] * 17}, ["/secrets"]),
        ({"secrets": [KEY]}, ["/secrets/0"]),
        ({"secrets": [{}]}, ["/secrets/0/secret"]),
        ({"secrets": [{"secret": b64url(b"short"), "kid": "", "x": 1}]}, None),
        ({"keys": []}, ["/keys"]),
        ({"secrets": [{"secret": KEY}], "issuer": 5, "max_age_s": 0}, ["/issuer", "/max_age_s"]),
        ({"secrets": [{"secret": KEY}], "x": 0}, ["/x"]),
    ],
)
def test_settings_that_make_no_sense_are_told_with_their_places(
    document: dict[str, Any], pointers: list[str] | None
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(document)

    found = [problem.pointer for problem in caught.value.problems]
    assert found == (pointers or ["/secrets/0/x", "/secrets/0/kid", "/secrets/0/secret"])
    assert KEY not in str(caught.value)
