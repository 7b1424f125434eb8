"""Signed tokens in CBOR (COSE_Sign1, RFC 9052; CWT, RFC 8392): read strictly, verified as those in JSON are."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, Final

from compliance.evidence.providers.cbor import CborError, decode
from compliance.evidence.providers.signed_tokens import (
    Token,
    TokenError,
    TokenFlaw,
    decode_segment,
)

MAX_DEPTH: Final = 8
"""Maps and lists within each other, in the claims: those of an attestation result have four levels."""

_SIGN1: Final = b"\xd2"
_CWT_SIGN1: Final = b"\xd8\x3d" + _SIGN1
_PARTS: Final = 4
_HEADER_DEPTH: Final = 3
_ALG: Final = 1
_CRIT: Final = 2
_KID: Final = 4
_ALGORITHMS: Final = {
    -7: "ES256",
    -8: "EdDSA",
    -9: "ES256",
    -19: "Ed25519",
    -35: "ES384",
    -51: "ES384",
}
"""RFC 9053, and RFC 9864 for those that name the curve too; which ones a key has is the key's own matter."""
_MAX_KID: Final = 256


def read_cose_token(text: str, *, max_size: int) -> Token:
    """Return the parts of a token of at most `max_size` characters, base64url without padding.

    It may bear the tag of COSE_Sign1 (18), and before that the tag of a CWT (61), or none. The algorithm
    must be in the protected header, `kid` may be in either: it only chooses among keys that are
    trusted. A header that would change what is signed (`crit`) is refused; those that carry a key or
    certificates are ignored.

    Raises:
        TokenError: if it is no such token.
    """
    if len(text) > max_size:
        raise TokenError(TokenFlaw.MALFORMED)
    data = decode_segment(text)
    # RFC 8392, section 6: the tag of a CWT stands before that of its COSE structure.
    bare = data.removeprefix(_CWT_SIGN1 if data.startswith(_CWT_SIGN1) else _SIGN1)
    parts = _decoded(bare, _HEADER_DEPTH)
    if not isinstance(parts, list) or len(parts) != _PARTS:
        raise TokenError(TokenFlaw.MALFORMED)
    protected, unprotected, payload, signature = parts
    if not all(isinstance(part, bytes) for part in (protected, payload, signature)):
        raise TokenError(TokenFlaw.MALFORMED)
    return Token(
        header=_header(protected, unprotected),
        payload=payload,
        signing_input=_signing_input(protected, payload),
        signature=signature,
    )


def read_claims(data: bytes) -> dict[Any, Any]:
    """Return the map of claims, by their numbers; each stands once.

    Raises:
        TokenError: if it is none.
    """
    claims = _decoded(data, MAX_DEPTH)
    if not isinstance(claims, dict):
        raise TokenError(TokenFlaw.MALFORMED)
    return claims


def _decoded(data: bytes, depth: int) -> Any:
    """Return a value; no order of keys is asked for, since COSE asks for none."""
    try:
        return decode(data, is_ordered=False, depth=depth)
    except CborError as error:
        raise TokenError(TokenFlaw.MALFORMED) from error


def _header(protected: bytes, unprotected: Any) -> Mapping[str, Any]:
    """Return algorithm and key's name in the words of tokens in JSON, so that one function verifies both."""
    signed = _decoded(protected, _HEADER_DEPTH) if protected else {}
    if not isinstance(signed, dict) or not isinstance(unprotected, dict):
        raise TokenError(TokenFlaw.MALFORMED)
    # RFC 9052, section 3: a label is in one of them only.
    if not signed.keys().isdisjoint(unprotected):
        raise TokenError(TokenFlaw.MALFORMED)
    if _CRIT in signed or _CRIT in unprotected:
        raise TokenError(TokenFlaw.CRITICAL_HEADER)
    header = {"alg": _algorithm(signed.get(_ALG))}
    kid = signed.get(_KID, unprotected.get(_KID))
    if kid is None:
        return header
    if not isinstance(kid, bytes) or not 0 < len(kid) <= _MAX_KID:
        raise TokenError(TokenFlaw.MALFORMED)
    # What is no UTF-8 becomes a name that no key has.
    return header | {"kid": kid.decode("utf-8", "surrogateescape")}


def _algorithm(value: Any) -> str:
    """Return the name of an algorithm; that of one that is not used here is empty, and no key has it."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return _ALGORITHMS.get(value, "") if is_whole else ""


def _signing_input(protected: bytes, payload: bytes) -> bytes:
    """Return the encoded Sig_structure (RFC 9052, section 4.4), without external data."""
    return b"\x84\x6aSignature1" + _string(protected) + b"\x40" + _string(payload)


def _string(data: bytes) -> bytes:
    """Return a byte string in its shortest form."""
    size = len(data)
    if size < 24:
        return bytes([0x40 | size]) + data
    width = next(each for each in (1, 2, 4) if size < 1 << 8 * each)
    return bytes([0x58 + width.bit_length() - 1]) + size.to_bytes(width, "big") + data
