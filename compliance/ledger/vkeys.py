"""Keys of signed notes (C2SP signed-note): names, key IDs, verifier keys; Ed25519 only."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from compliance.ledger.encoding import EncodingError, decode_base64, encode_base64

ED25519: Final = 0x01
"""Signature type of plain Ed25519 signatures over the note's text."""

_VKEY_LIMIT = 4096
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_PUBLIC_KEY_SIZE = 32
_SIGNATURE_SIZE = 64
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _P - 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})
"""The y-coordinates of the eight points whose order divides 8."""


class NoteError(Exception):
    """A note, a checkpoint or a key is malformed, or a signature does not hold."""


def is_key_name(name: str) -> bool:
    """Say whether `name` may name a key: not empty, no Unicode space, no plus, no control."""
    return bool(name) and not any(
        character.isspace() or character == "+" or character < " " for character in name
    )


def key_id(name: str, signature_type: int, public_key: bytes) -> bytes:
    """Return the first 4 bytes of SHA-256(name ‖ LF ‖ type ‖ key)."""
    return hashlib.sha256(name.encode() + bytes((0x0A, signature_type)) + public_key).digest()[:4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A key whose signatures are trusted, under its name."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse a name or a key that no signer of ours could have."""
        if not is_key_name(self.name):
            raise NoteError(f"`{self.name}` is no key name")
        require_sound_public_key(self.public_key)

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that, with the name, identify the key."""
        return key_id(self.name, ED25519, self.public_key)

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Say whether `signature` (64 bytes) is this key's over `text`."""
        if len(signature) != _SIGNATURE_SIZE:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A private key that signs notes under a name."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(name=self.name, public_key=self.private_key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """Return key ID ‖ signature over `text`, as a signature line holds it."""
        return self.verifier.key_id + self.private_key.sign(text)


def format_vkey(verifier: Verifier) -> str:
    """Return `<name>+<key ID in hex>+<base64(type ‖ key)>`."""
    encoded = encode_base64(bytes((ED25519,)) + verifier.public_key)
    return f"{verifier.name}+{verifier.key_id.hex()}+{encoded}"


def parse_vkey(vkey: str) -> Verifier:
    """Return the verifier that a vkey describes.

    Raises:
        NoteError: if it is malformed, its key ID is another key's, its type is not Ed25519, or
            its public key is unsound.
    """
    parts = vkey.split("+", 2)
    if len(vkey) > _VKEY_LIMIT or len(parts) != 3:
        raise NoteError("a vkey is `name+key ID+key`, at most 4,096 characters")
    name, hex_id, encoded = parts
    if not is_key_name(name) or not _KEY_ID.fullmatch(hex_id):
        raise NoteError("the vkey's name or key ID is malformed")
    try:
        key = decode_base64(encoded)
        identifier = key_id(name, key[0], key[1:]) if key else b""
    except (EncodingError, UnicodeEncodeError) as error:
        raise NoteError(f"the vkey's key is malformed: {error}") from error
    if identifier.hex() != hex_id:
        raise NoteError("the vkey's key ID is not that of its name and key")
    if key[0] != ED25519:
        raise NoteError(f"vkeys of type {key[0]:#04x} are not supported")
    return Verifier(name=name, public_key=key[1:])


def require_sound_public_key(public_key: bytes) -> None:
    """Do nothing if `public_key` is the one encoding of a point of large order on Ed25519's curve.

    OpenSSL accepts keys of small order, under which one signature fits many texts, and some
    encodings that are not canonical, which give one key several key IDs.

    Raises:
        NoteError: if it is not.
    """
    if len(public_key) != _PUBLIC_KEY_SIZE:
        raise NoteError(f"an Ed25519 public key of {len(public_key)} bytes, expected 32")
    y = int.from_bytes(public_key, "little") & ((1 << 255) - 1)
    if y >= _P:
        raise NoteError("the Ed25519 public key is not canonical")
    if y in _SMALL_ORDER:
        raise NoteError("the Ed25519 public key is of small order")
    # RFC 8032, 5.1.3: x² = (y² - 1) / (d·y² + 1) must have a root; Euler's criterion.
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise NoteError("the Ed25519 public key is no point of the curve")
