"""Verifier keys: the formula of C2SP signed-note, and keys that must not be trusted."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.ledger.vkeys import (
    NoteError,
    Signer,
    Verifier,
    format_vkey,
    is_key_name,
    parse_vkey,
    require_sound_public_key,
)

# RFC 8032, 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
NAME = "log.example/psp"
SIGNER = Signer(name=NAME, private_key=Ed25519PrivateKey.from_private_bytes(SEED))
P = 2**255 - 19


def vkey_of(key: bytes, *, name: str = NAME, key_id: bytes | None = None) -> str:
    """Spell a vkey by the formula, whatever it says."""
    digest = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    return f"{name}+{(key_id or digest).hex()}+{base64.b64encode(key).decode()}"


def test_a_vkey_is_name_key_id_and_typed_key() -> None:
    vkey = format_vkey(SIGNER.verifier)

    assert vkey == vkey_of(b"\x01" + PUBLIC)
    assert parse_vkey(vkey) == Verifier(name=NAME, public_key=PUBLIC) == SIGNER.verifier


def test_a_key_id_depends_on_the_name() -> None:
    other = Verifier(name="other.example", public_key=PUBLIC)

    assert other.key_id != SIGNER.verifier.key_id


@pytest.mark.parametrize(
    ("vkey", "reason"),
    [
        ("", "name"),
        ("a+b", "name"),
        ("+00000000+AA==", "malformed"),
        (vkey_of(b"\x01" + PUBLIC, name="two words"), "malformed"),
        (vkey_of(b"\x01" + PUBLIC, name="no\u00a0break"), "malformed"),
        (vkey_of(b"\x01" + PUBLIC).replace("+", "+A", 1), "malformed"),
        (vkey_of(b"\x01" + PUBLIC) + "=", "Base 64"),
        (vkey_of(b"\x01" + PUBLIC) + "\n", "Base 64"),
        (f"{NAME}+00000000+", "key ID"),
        (vkey_of(b"\x01" + PUBLIC, key_id=b"\x00\x01\x02\x03"), "key ID"),
        (vkey_of(b"\x02" + PUBLIC), "type 0x02"),
        (vkey_of(b"\x04" + PUBLIC), "type 0x04"),
        (vkey_of(b"\x01" + PUBLIC[:31]), "31 bytes"),
        (vkey_of(b"\x01" + PUBLIC + b"\x00"), "33 bytes"),
        ("\ud800+00000000+AQ==", "malformed"),
        ("n" * 5000 + "+00000000+AQ==", "4,096"),
    ],
)
def test_a_malformed_vkey_is_refused_with_the_reason(vkey: str, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        parse_vkey(vkey)


@pytest.mark.parametrize(
    "encoding",
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ],
)
def test_a_key_of_small_order_is_refused(encoding: str) -> None:
    with pytest.raises(NoteError, match="small order"):
        parse_vkey(vkey_of(b"\x01" + bytes.fromhex(encoding)))


@pytest.mark.parametrize("y", [P, P + 1, P + 2, P + 18])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_that_is_not_canonical_is_refused(y: int, sign: int) -> None:
    with pytest.raises(NoteError, match="not canonical"):
        require_sound_public_key((y | sign << 255).to_bytes(32, "little"))


def test_a_key_off_the_curve_is_refused() -> None:
    with pytest.raises(NoteError, match="no point"):
        require_sound_public_key((2).to_bytes(32, "little"))


@pytest.mark.parametrize("number", range(20))
def test_the_keys_that_people_make_are_sound(number: int) -> None:
    seed = hashlib.sha256(bytes([number])).digest()
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()

    require_sound_public_key(key.public_bytes_raw())


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb", "a\u2003b", "a\u0085", "a\x1f", "a\n"])
def test_these_are_no_key_names(name: str) -> None:
    assert not is_key_name(name)


@pytest.mark.parametrize("name", ["a", "log.example/x", "é", "sum.example–2"])
def test_these_are_key_names(name: str) -> None:
    assert is_key_name(name)


def test_a_verifier_under_an_impossible_name_cannot_be_made() -> None:
    with pytest.raises(NoteError, match="no key name"):
        Verifier(name="a b", public_key=PUBLIC)


def test_only_the_key_s_own_signature_over_the_text_holds() -> None:
    signature = SIGNER.sign(b"text\n")[4:]

    assert SIGNER.sign(b"text\n")[:4] == SIGNER.verifier.key_id
    assert SIGNER.verifier.holds(b"text\n", signature)
    assert not SIGNER.verifier.holds(b"text", signature)
    assert not SIGNER.verifier.holds(b"text\n", signature[:-1])
    assert not SIGNER.verifier.holds(b"text\n", signature + b"\x00")
    assert not SIGNER.verifier.holds(b"text\n", bytes(64))
