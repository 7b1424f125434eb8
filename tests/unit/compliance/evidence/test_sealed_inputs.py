"""What is taken as sealed input, and what is refused before anything of it is stored."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.evidence.public_keys import PublicKeyError, read_public_key
from compliance.evidence.sealed_inputs import (
    SealedInputError,
    UnknownSealingKeyError,
    key_sealed_to,
    read_header,
)
from tests.support.sealing import KINDS, encoded, private_key, public_jwk, sealed_to, with_header

KEYS = {f"psp-{kind}": read_public_key(public_jwk(kind)) for kind in KINDS}
SEALED = {kind: sealed_to(kind) for kind in KINDS}
OFF = "A" * 43


@pytest.mark.parametrize("kind", KINDS)
def test_input_sealed_to_a_registered_key_is_taken(kind: str) -> None:
    assert key_sealed_to(SEALED[kind], KEYS) == f"psp-{kind}"
    with_texts = sealed_to(kind, typ="JWE", cty="text/plain")
    assert key_sealed_to(with_texts, KEYS) == f"psp-{kind}"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"alg": "none"}, "`alg`"),
        ({"alg": "dir"}, "`alg`"),
        ({"alg": "RSA1_5"}, "`alg`"),
        ({"alg": "ECDH-ES"}, "`alg`"),
        ({"alg": "PBES2-HS512+A256KW"}, "`alg`"),
        ({"alg": None}, "`alg`"),
        ({"alg": ["ECDH-ES+A256KW"]}, "`alg`"),
        ({"alg": "RSA-OAEP-256", "epk": None}, "registered for ECDH-ES"),
        ({"enc": "A128CBC-HS256"}, "`enc`"),
        ({"enc": None}, "`enc`"),
        ({"kid": "another"}, "`kid`"),
    ],
)
def test_what_no_key_is_registered_for_is_told_apart(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(UnknownSealingKeyError, match=named):
        key_sealed_to(with_header(SEALED["P-256"], **changes), KEYS)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"zip": "DEF"}, "`zip`"),
        ({"crit": ["exp"], "exp": 1}, "`crit`"),
        ({"jwk": public_jwk("P-256")}, "`jwk`"),
        ({"jku": "https://attacker.example/keys"}, "`jku`"),
        ({"x5u": "https://attacker.example/keys"}, "`x5u`"),
        ({"x5c": ["MIIC"]}, "`x5c`"),
        ({"p2s": "c2FsdA", "p2c": 1_000_000_000}, "`p2c`"),
        ({"b64": False}, "`b64`"),
        ({"<script>": 1}, "`…`"),
        ({"kid": None}, "`kid`"),
        ({"kid": "a b"}, "`kid`"),
        ({"kid": "../../etc/passwd"}, "`kid`"),
        ({"kid": 5}, "`kid`"),
        ({"typ": 5}, "`typ`"),
        ({"epk": None}, "`epk`"),
        ({"epk": "point"}, "`epk`"),
        ({"epk": {"kty": "EC", "crv": "P-256", "x": OFF, "y": OFF, "d": OFF}}, "`epk`"),
        ({"epk": {"kty": "OKP", "crv": "P-256", "x": OFF, "y": OFF}}, "`epk`"),
        ({"epk": {"kty": "EC", "crv": "P-256", "x": OFF, "y": "AA"}}, "`y`"),
        ({"epk": {"kty": "EC", "crv": "P-256", "x": OFF, "y": 5}}, "`y`"),
        ({"epk": {"kty": "OKP", "crv": "X25519", "x": OFF}}, "curve, P-256"),
        ({"epk": {"kty": "EC", "crv": ["P-256"]}}, "`epk`"),
        ({"cty": "x" * 1024}, "1024 bytes"),
        ({"epk": [[[[[[[[[]]]]]]]]]}, "nested"),
    ],
)
def test_a_header_with_anything_else_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SealedInputError, match=named) as refused:
        key_sealed_to(with_header(SEALED["P-256"], **changes), KEYS)

    assert not isinstance(refused.value, UnknownSealingKeyError)


def test_a_name_given_twice_is_refused() -> None:
    rest = SEALED["RSA"].split(".", 1)[1]
    header = b'{"alg":"dir","alg":"RSA-OAEP-256","enc":"A256GCM","kid":"psp-RSA"}'

    with pytest.raises(SealedInputError, match="twice"):
        read_header(f"{encoded(header)}.{rest}")


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("part", ["", "=", "a", "AB", "+/+/", "ä", " "])
def test_parts_of_another_form_are_refused(place: int, part: str) -> None:
    parts = SEALED["P-256"].split(".")
    parts[place] = part

    with pytest.raises(SealedInputError):
        key_sealed_to(".".join(parts), KEYS)


@pytest.mark.parametrize(
    "text", ["", ".", "....", "a.b.c", SEALED["RSA"] + ".e30", f'{{"protected":"{OFF}"}}']
)
def test_what_is_no_compact_form_is_refused(text: str) -> None:
    with pytest.raises(SealedInputError):
        read_header(text)


def test_an_encrypted_key_of_another_length_is_refused() -> None:
    parts = SEALED["RSA"].split(".")

    with pytest.raises(SealedInputError, match="256 bytes"):
        key_sealed_to(".".join((parts[0], encoded(b"x" * 40), *parts[2:])), KEYS)


@settings(max_examples=150)
@given(st.one_of(st.text(max_size=200), st.binary(max_size=300)))
def test_nothing_else_gets_out(given_: str | bytes) -> None:
    rest = SEALED["RSA"].split(".", 1)[1]
    text = given_ if isinstance(given_, str) else f"{encoded(given_)}.{rest}"

    with pytest.raises(SealedInputError):
        read_header(text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_thumbprint_is_that_of_the_standard(kind: str) -> None:
    key = read_public_key(public_jwk(kind))

    wanted = private_key(kind).thumbprint()
    assert encoded(bytes.fromhex(key.thumbprint.removeprefix("sha256:"))) == wanted


@pytest.mark.parametrize(
    ("kind", "changes", "named"),
    [
        ("P-256", {"d": OFF}, "private parts"),
        ("RSA", {"p": OFF}, "private parts"),
        ("P-256", {"kty": "oct", "k": OFF}, "`kty`"),
        ("P-256", {"crv": "P-384"}, "`crv`"),
        ("X25519", {"crv": "Ed25519"}, "`crv`"),
        ("X25519", {"x": OFF}, "a point"),
        ("P-256", {"x": OFF}, "a point"),
        ("P-256", {"y": "AA"}, "`y`"),
        ("P-256", {"y": None}, "`y`"),
        ("RSA", {"e": "Aw"}, "`e`"),
        ("RSA", {"n": "AQAB"}, "`n`"),
        ("RSA", {"n": "x" * 2000}, "`n`"),
        ("P-256", {"kid": ""}, "`kid`"),
        ("P-256", {"kid": "x" * 65}, "`kid`"),
        ("P-256", {"alg": "ECDH-ES"}, "`alg`"),
        ("P-256", {"use": "sig"}, "`use`"),
        ("P-256", {"key_ops": ["sign"]}, "`key_ops`"),
        ("P-256", {"x5c": ["MIIC"]}, "`x5c`"),
    ],
)
def test_a_key_for_anything_else_is_refused(kind: str, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(PublicKeyError, match=named):
        read_public_key(public_jwk(kind) | changes)
