"""Tokens in CBOR: their parts, their keys, and what is refused. All tokens are synthetic."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import cbor2
import pytest

from compliance.evidence.providers.cose_tokens import MAX_DEPTH, read_claims, read_cose_token
from compliance.evidence.providers.signed_tokens import TokenError, verify_token
from compliance.evidence.providers.trusted_keys import (
    ELLIPTIC_ALGORITHMS,
    RSA_ALGORITHMS,
    TrustedKey,
    read_keys,
)
from tests.support.cose_tokens import ALGORITHMS, cose, cose_bytes
from tests.support.signed_tokens import b64url, jwk_of

CLAIMS = {1: "a verifier", 6: 1_790_000_000}


def trusted(*jwks: dict[str, Any]) -> tuple[TrustedKey, ...]:
    problems: list[Any] = []
    keys = read_keys(list(jwks), "", problems, algorithms=ELLIPTIC_ALGORITHMS | RSA_ALGORITHMS)
    assert problems == []
    return keys


KEYS = trusted(jwk_of("ES256", kid="ours"), jwk_of("ES256", number=1, kid="other"))


def signer_of(text: str, keys: tuple[TrustedKey, ...] = KEYS) -> str | None:
    token = read_cose_token(text, max_size=4096)
    return verify_token(token, keys).kid


def flaw(text: str, keys: tuple[TrustedKey, ...] = KEYS) -> str:
    with pytest.raises(TokenError) as caught:
        signer_of(text, keys)
    return caught.value.flaw.value


@pytest.mark.parametrize("tags", [b"", b"\xd2", b"\xd8\x3d\xd2"])
def test_a_token_is_read_with_and_without_its_tags(tags: bytes) -> None:
    text = cose(CLAIMS, tags=tags)

    assert signer_of(text) == "ours"
    assert read_claims(read_cose_token(text, max_size=4096).payload) == CLAIMS


@pytest.mark.parametrize(
    "tags", [b"\xd8\x3d", b"\xd1", b"\xd2\xd2", b"\xd8\x3d\xd8\x3d\xd2", b"\xd2\xd8\x3d"]
)
def test_other_tags_are_refused(tags: bytes) -> None:
    assert flaw(cose(CLAIMS, tags=tags)) == "malformed"


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "EdDSA", "Ed25519"])
def test_each_algorithm_is_verified_with_its_own_key(algorithm: str) -> None:
    assert signer_of(cose(CLAIMS, algorithm=algorithm), trusted(jwk_of(algorithm, kid="k"))) == "k"


def test_algorithms_that_name_the_curve_are_verified_too() -> None:
    assert signer_of(cose(CLAIMS, protected={1: -9})) == "ours"
    assert (
        signer_of(
            cose(CLAIMS, algorithm="ES384", protected={1: -51}), trusted(jwk_of("ES384", kid="k"))
        )
        == "k"
    )


@pytest.mark.parametrize("algorithm", [-37, -257, -16, 5, 0, -999, "ES256", True, None, [-7]])
def test_other_algorithms_are_refused(algorithm: object) -> None:
    text = cose(CLAIMS, protected={1: algorithm})

    assert flaw(text, (*KEYS, *trusted(jwk_of("PS256", kid="rsa")))) == "algorithm"


def test_a_key_is_used_with_its_own_algorithm_alone() -> None:
    assert flaw(cose(CLAIMS, protected={1: ALGORITHMS["ES384"]})) == "algorithm"


def test_an_algorithm_that_nobody_signed_is_none() -> None:
    assert flaw(cose(CLAIMS, protected={}, unprotected={1: -7})) == "algorithm"
    assert flaw(cose(CLAIMS, protected=b"", unprotected={1: -7})) == "algorithm"


@pytest.mark.parametrize("place", ["protected", "unprotected"])
def test_the_name_of_a_key_only_chooses_among_trusted_keys(place: str) -> None:
    """Whoever changes the unprotected header changes which trusted key is asked, and nothing else."""

    def named(kid: bytes, number: int) -> str:
        headers: dict[str, dict[int, int | bytes]] = {"protected": {1: -7}, "unprotected": {}}
        headers[place][4] = kid
        return cose(CLAIMS, number=number, **headers)

    assert signer_of(named(b"other", 1)) == "other"
    assert flaw(named(b"other", 0)) == "signature"
    assert flaw(named(b"stranger", 0)) == "unknown_key"
    assert flaw(named(b"\xff", 0)) == "unknown_key"
    assert flaw(cose(CLAIMS, number=2)) == "signature"


def test_a_key_in_the_token_itself_is_never_used() -> None:
    x, y = (bytes(32), bytes(32))
    cose_key = {1: 2, -1: 1, -2: x, -3: y}
    text = cose(CLAIMS, number=2, unprotected={-1: cose_key, 33: [b"a certificate"]})

    assert flaw(text) == "signature"


@pytest.mark.parametrize("headers", [{"protected": {1: -7, 2: [1]}}, {"unprotected": {2: [4]}}])
def test_a_header_that_would_change_what_is_signed_is_refused(headers: Any) -> None:
    assert flaw(cose(CLAIMS, **headers)) == "critical_header"


@pytest.mark.parametrize(
    "headers",
    [
        {"protected": {1: -7, 4: b"ours"}, "unprotected": {4: b"ours"}},
        {"unprotected": {1: -7}},
        {"unprotected": {4: "ours"}},
        {"unprotected": {4: b""}},
        {"unprotected": {4: b"x" * 257}},
        {"protected": b"\x01"},
        {"protected": b"\xa2\x01\x26\x01\x26"},
        {"protected": b"\xa1\x01\x26\x00"},
    ],
)
def test_headers_of_another_form_are_refused(headers: Any) -> None:
    assert flaw(cose(CLAIMS, **headers)) == "malformed"


@pytest.mark.parametrize(
    "value",
    [
        [b"", {}, b""],
        [b"", {}, b"", b"", b""],
        [{}, {}, b"", b""],
        [b"", [], b"", b""],
        [b"", {}, None, b""],
        [b"", {}, b"", "text"],
        {0: b""},
        7,
    ],
)
def test_what_is_no_token_is_refused(value: object) -> None:
    assert flaw(b64url(cbor2.dumps(value))) == "malformed"


def test_bytes_that_are_cut_off_or_go_on_are_refused() -> None:
    whole = cose_bytes(CLAIMS)

    assert {flaw(b64url(whole[:size])) for size in range(len(whole))} == {"malformed"}
    assert flaw(b64url(whole + b"\x00")) == "malformed"


def test_every_changed_bit_of_what_is_signed_is_noticed() -> None:
    """Of the unprotected header none is; see `test_the_name_of_a_key_only_chooses_among_trusted_keys`."""
    whole = cose_bytes(CLAIMS)
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        assert flaw(b64url(bytes(changed)))


@pytest.mark.parametrize("text", ["", "=", "AA==", "é", "A", "AB", "+/+/", "e30.e30.AA"])
def test_a_text_of_another_alphabet_is_refused(text: str) -> None:
    assert flaw(text) == "malformed"


def test_a_token_that_is_too_long_is_refused() -> None:
    with pytest.raises(TokenError, match="malformed"):
        read_cose_token(cose(CLAIMS), max_size=100)


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 70_000])
def test_payloads_of_each_size_are_signed_in_one_form(size: int) -> None:
    """What is signed is written by hand here, and by another library in the test."""
    text = cose(bytes(size))
    token = read_cose_token(text, max_size=len(text))

    assert verify_token(token, KEYS).kid == "ours"
    assert token.payload == bytes(size)


@pytest.mark.parametrize(
    "claims",
    [
        [],
        1,
        {1: 1.5},
        {1: {2: cbor2.CBORTag(1, 1)}},
        {True: 1},
        {b"x": 1},
        {**{n: n for n in range(33)}},
    ],
)
def test_claims_of_another_form_are_refused(claims: Any) -> None:
    with pytest.raises(TokenError, match="malformed"):
        read_claims(cbor2.dumps(claims))


def test_claims_are_read_to_a_bounded_depth() -> None:
    def nested(depth: int) -> Any:
        return {1: nested(depth - 1)} if depth else 7

    assert read_claims(cbor2.dumps(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(TokenError, match="malformed"):
        read_claims(cbor2.dumps(nested(MAX_DEPTH + 1)))
