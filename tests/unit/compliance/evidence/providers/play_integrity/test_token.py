"""Tokens are opened with the PSP's keys alone: every other one is evidence that does not verify."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.providers.play_integrity import NAME
from compliance.evidence.providers.shape import Appraisal, Once, once_digest
from tests.support.attestation import codes
from tests.support.play import (
    NONCE,
    appraised,
    b64url,
    content,
    encrypted,
    raw,
    signed,
    spki,
    token,
)


def refused(text: str) -> str:
    """The reason for which a token is refused, once it is sure that it is."""
    appraisal = appraised(raw(text, nonce=NONCE))

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    assert {"device.rooted", "app.tampered", "screen.overlay", "attestation.stale"} <= codes(
        appraisal, "not_evaluated"
    )
    assert not appraisal.verified
    assert appraisal.once == ()
    return str(appraisal.details["reason"])


def header(**fields: Any) -> str:
    return b64url(json.dumps(fields).encode())


def with_header(text: str, **fields: Any) -> str:
    return ".".join([header(**fields), *text.split(".")[1:]])


def test_a_nonce_counts_once() -> None:
    appraisal = appraised(raw(token(), nonce=NONCE))

    assert appraisal.once == (Once(once_digest(NAME, "nonce", NONCE)),)


def test_a_token_without_a_nonce_counts_once_as_a_whole() -> None:
    text = signed(content(requestDetails__nonce=None))
    first, again = appraised(raw(encrypted(text))), appraised(raw(encrypted(text)))
    other = appraised(raw(encrypted(signed(content(requestDetails__nonce=None)))))

    assert first.digest != again.digest
    assert first.once == again.once == (Once(once_digest(NAME, "token", text)),)
    assert other.once != first.once


@pytest.mark.parametrize("text", ["x", "a.b.c", "....", "a.b.c.d.e.f", "é.b.c.d.e", "." * 9])
def test_what_has_not_the_form_of_a_token_is_refused(text: str) -> None:
    assert refused(text) in {"malformed_token", "unexpected_header"}


def test_the_form_of_the_signed_part_alone_is_no_token() -> None:
    assert refused(signed(content())) == "malformed_token"


@pytest.mark.parametrize(
    "fields",
    [
        {"alg": "A128KW", "enc": "A256GCM"},
        {"alg": "dir", "enc": "A256GCM"},
        {"alg": "A256KW", "enc": "A128CBC-HS256"},
        {"alg": "none", "enc": "A256GCM"},
        {"alg": ["A256KW"], "enc": "A256GCM"},
        {"enc": "A256GCM"},
        {"alg": "A256KW"},
        {"alg": "A256KW", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "A256KW", "enc": "A256GCM", "zip": None},
        {"alg": "A256KW", "enc": "A256GCM", "crit": ["exp"], "exp": 1},
    ],
)
def test_a_header_that_asks_for_anything_else_is_refused(fields: dict[str, Any]) -> None:
    assert refused(with_header(token(), **fields)) == "unexpected_header"


def test_compression_is_refused_though_it_decrypts() -> None:
    bomb = encrypted(signed(content()), header={"alg": "A256KW", "enc": "A256GCM", "zip": "DEF"})

    assert refused(bomb) == "unexpected_header"


@pytest.mark.parametrize(
    "segment",
    [b64url(b"[]"), b64url(b"{"), b64url(b"\xff"), "A", "e30=", b64url(b"[" * 300), "e" * 513],
)
def test_a_header_that_is_none_is_refused(segment: str) -> None:
    text = ".".join([segment, *token().split(".")[1:]])

    assert refused(text) in {"unexpected_header", "malformed_token"}


def test_headers_that_change_nothing_are_ignored() -> None:
    more = {"alg": "A256KW", "enc": "A256GCM", "kid": "1", "https://new.example": True}
    inner = {"alg": "ES256", "typ": "JWT", "https://new.example": True}

    assert appraised(raw(encrypted(signed(content(), header=inner), header=more))).verified


def test_a_key_that_the_token_brings_along_is_not_used() -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    numbers = stranger.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": b64url(numbers.x.to_bytes(32, "big")),
        "y": b64url(numbers.y.to_bytes(32, "big")),
    }
    forged = signed(content(), header={"alg": "ES256", "jwk": jwk}, key=stranger)

    assert refused(encrypted(forged)) == "signature_invalid"


def test_a_token_under_another_key_is_not_decrypted() -> None:
    assert refused(encrypted(signed(content()), key=bytes(32))) == "not_decrypted"


@pytest.mark.parametrize("size", [0, 1, 8, 16, 24, 39])
def test_parts_of_another_size_are_refused(size: int) -> None:
    parts = token().split(".")
    for index in range(1, 5):
        short = ".".join([*parts[:index], b64url(bytes(size)), *parts[index + 1 :]])
        assert refused(short) == "not_decrypted"


def unsigned(**fields: Any) -> str:
    return f"{header(**fields)}.{b64url(json.dumps(content()).encode())}"


@pytest.mark.parametrize(
    "inner",
    [
        f"{unsigned(alg='none')}.",
        f"{unsigned(alg='ES256')}.",
        f"{unsigned(alg='ES256')}.{b64url(bytes(64))}",
        f"{unsigned(alg='ES256')}.{b64url(bytes(63))}",
        unsigned(alg="ES256"),
        "not a token",
        "",
        json.dumps(content()),
    ],
)
def test_what_google_did_not_sign_is_refused_though_it_decrypts(inner: str) -> None:
    assert refused(encrypted(inner)) == "signature_invalid"


def test_a_hash_keyed_with_the_public_key_is_no_signature() -> None:
    unsigned_part = unsigned(alg="HS256")
    for key in (spki(), base64.b64encode(spki())):
        mac = hmac.digest(key, unsigned_part.encode(), "sha256")
        assert refused(encrypted(f"{unsigned_part}.{b64url(mac)}")) == "signature_invalid"


def test_another_curve_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    text = signed(content(), header={"alg": "ES384"}, key=other)

    assert refused(encrypted(text)) == "signature_invalid"


@pytest.mark.parametrize(
    "fields", [{"b64": False, "crit": ["b64"]}, {"crit": ["x"], "x": 1}, {"zip": "DEF"}]
)
def test_extensions_of_the_signed_part_are_refused(fields: dict[str, Any]) -> None:
    inner = signed(content())
    forged = with_header(inner, alg="ES256", **fields)

    assert refused(encrypted(forged)) == "signature_invalid"


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"not JSON",
        b"\xff",
        b"",
        b"[" * 5000,
        b'{"requestDetails": 1}',
        b'{"testingDetails": {}, "testingDetails": {}}',
        b'{"x": NaN}',
        b'{"x": ' + b"9" * 5000 + b"}",
    ],
)
def test_signed_content_of_another_form_is_refused(payload: bytes) -> None:
    assert refused(encrypted(signed(payload))) == "malformed_content"


def test_new_fields_of_any_form_do_not_stop_a_signed_token() -> None:
    appraisal = appraised(raw(token(content(brandNew={"score": 0.5}))))

    assert appraisal.verified
    assert appraisal.details["unknown_fields"] == 1


def flipped(text: str) -> list[str]:
    """Every text with one bit changed; a changed letter is a letter, as a JSON string may hold it."""
    return [
        f"{text[:index]}{chr(ord(letter) ^ 1 << bit)}{text[index + 1 :]}"
        for index, letter in enumerate(text)
        for bit in range(8)
    ]


def small() -> dict[str, Any]:
    return {"requestDetails": {"nonce": NONCE}}


def is_refused(appraisal: Appraisal) -> bool:
    return "attestation.invalid" in codes(appraisal, "present") and not appraisal.verified


def test_no_bit_of_a_token_can_be_changed() -> None:
    assert all(is_refused(appraised(raw(text))) for text in flipped(token(small())))


def test_no_bit_of_the_signed_part_can_be_changed_by_whoever_has_the_encryption_key() -> None:
    texts = flipped(signed(small()))

    assert all(is_refused(appraised(raw(encrypted(text)))) for text in texts)


def test_only_the_key_that_was_set_up_verifies() -> None:
    other = base64.b64encode(spki(ec.generate_private_key(ec.SECP256R1()))).decode()

    assert is_refused(appraised(raw(token()), verification_key=other))
