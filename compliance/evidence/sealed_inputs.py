"""Reads the outside of a sealed input: a JWE (RFC 7516) that the service stores and cannot open. Pure.

Only the compact form, in which the whole header is under the seal. Only members of the header that are listed here are taken: nothing
compressed (`zip`), nothing critical that nobody knows (`crit`), no key that the message brings itself (`jwk`, `jku`, `x5u`, `x5c`),
no secret that both sides would share (`dir`), no password (`p2s`). Whether the rest can be opened is for whoever has the private key.
"""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from compliance.evidence.providers import base64url
from compliance.evidence.public_keys import CONTENT, ECDH, KID, RSA, SealingPublicKey

SEALED_LIMIT: Final = 64 * 1024
"""Longest sealed input, in characters."""

HEADER_LIMIT: Final = 1024
"""Longest header, in bytes."""

_PARTS: Final = 5
_NONCE: Final = 12
_TAG: Final = 16
_BRACKETS: Final = 8
_TEXTS: Final = frozenset({"typ", "cty", "apu", "apv"})
_MEMBERS: Final = frozenset({"alg", "enc", "kid", "epk"}) | _TEXTS
_POINT: Final = {
    "P-256": ("EC", frozenset({"kty", "crv", "x", "y"})),
    "X25519": ("OKP", frozenset({"kty", "crv", "x"})),
}
_COORDINATE: Final = 32


class SealedInputError(ValueError):
    """It is not a sealed input; the message says what was expected, and repeats nothing of the content."""


class UnknownSealingKeyError(SealedInputError):
    """It is sealed to a key, or by an algorithm, that the PSP has not registered."""


class SealedHeader(NamedTuple):
    """What the outside of a sealed input says; `curve` is that of the sender's passing key, empty for RSA."""

    algorithm: str
    kid: str
    curve: str
    wrapped_size: int


def read_header(text: str) -> SealedHeader:
    """Return what the outside of a compact JWE says.

    Raises:
        SealedInputError: if it is none, or its header has something that is not taken.
        UnknownSealingKeyError: if it names another algorithm than the two that keys can be registered for.
    """
    parts = text.split(".", _PARTS)
    if len(parts) != _PARTS:
        raise SealedInputError("expected a JWE in compact form: five parts with dots between them")
    try:
        raw, wrapped, nonce, content, tag = (base64url.decode(part) for part in parts)
    except ValueError as error:
        raise SealedInputError("expected five parts in base64url without padding") from error
    header = _parsed(raw)
    algorithm, curve = _algorithm(header), ""
    if algorithm == ECDH:
        curve = _curve(header.get("epk"))
    elif "epk" in header or "apu" in header or "apv" in header:
        raise SealedInputError(f"header: `epk`, `apu` and `apv` do not go with {RSA}")
    kid = _kid(header)
    if len(nonce) != _NONCE or len(tag) != _TAG or not content:
        raise SealedInputError(
            f"expected a nonce of {_NONCE} bytes, some content, and a tag of {_TAG} bytes"
        )
    return SealedHeader(algorithm, kid, curve, len(wrapped))


def key_sealed_to(text: str, keys: Mapping[str, SealingPublicKey]) -> str:
    """Return the id of the key that `text` is sealed to; `keys` are those registered and not retired.

    Raises:
        SealedInputError: as `read_header`, or if it has not the form of something sealed to that key.
        UnknownSealingKeyError: if its key is not among `keys`, or is for another algorithm.
    """
    header = read_header(text)
    key = keys.get(header.kid)
    if key is None:
        raise UnknownSealingKeyError("header `kid`: no such key is registered, or it is retired")
    if key.algorithm != header.algorithm:
        raise UnknownSealingKeyError(f"header `alg`: the key is registered for {key.algorithm}")
    if header.curve != key.curve:
        raise SealedInputError(f"header `epk`: expected a point of the key's curve, {key.curve}")
    if header.wrapped_size != key.wrapped_size:
        raise SealedInputError(f"expected an encrypted key of {key.wrapped_size} bytes")
    return key.kid


def _parsed(raw: bytes) -> dict[str, Any]:
    """Return the header; every name once, all of them known."""
    if len(raw) > HEADER_LIMIT:
        raise SealedInputError(f"header: expected at most {HEADER_LIMIT} bytes")
    if raw.count(b"{") + raw.count(b"[") > _BRACKETS:
        raise SealedInputError("header: expected an object that is not nested")
    try:
        header = json.loads(raw.decode(), object_pairs_hook=_once)
    except SealedInputError:
        raise
    except ValueError as error:
        raise SealedInputError("header: expected JSON in UTF-8") from error
    if not isinstance(header, dict):
        raise SealedInputError("header: expected an object")
    unknown = sorted(set(header) - _MEMBERS)
    if unknown:
        known = ", ".join(sorted(_MEMBERS))
        raise SealedInputError(f"header `{_shown(unknown[0])}`: not taken; expected {known}")
    for name in sorted(_TEXTS & set(header)):
        if not isinstance(header[name], str):
            raise SealedInputError(f"header `{name}`: expected text")
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object that says nothing twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise SealedInputError("header: a name is given twice")
    return members


def _algorithm(header: Mapping[str, Any]) -> str:
    """Return the algorithm, if keys can be registered for it and the content is encrypted as it must be."""
    algorithm = header.get("alg")
    if algorithm not in (ECDH, RSA):
        raise UnknownSealingKeyError(f"header `alg`: expected {ECDH} or {RSA}")
    if header.get("enc") != CONTENT:
        raise UnknownSealingKeyError(f"header `enc`: expected {CONTENT}")
    return str(algorithm)


def _kid(header: Mapping[str, Any]) -> str:
    """Return the key's id."""
    kid = header.get("kid")
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        raise SealedInputError("header `kid`: expected the id of a registered key")
    return kid


def _curve(epk: Any) -> str:
    """Return the curve of the sender's passing public key, if it has the form of one."""
    curve = epk.get("crv") if isinstance(epk, dict) else None
    if not isinstance(curve, str) or curve not in _POINT:
        raise SealedInputError("header `epk`: expected a public key (JWK) of P-256 or X25519")
    kty, names = _POINT[curve]
    if epk.get("kty") != kty or set(epk) != names:
        raise SealedInputError(
            f"header `epk`: expected {', '.join(sorted(names))} and nothing else"
        )
    for name in names & {"x", "y"}:
        try:
            size = len(base64url.decode(epk[name])) if isinstance(epk[name], str) else 0
        except ValueError:
            size = 0
        if size != _COORDINATE:
            raise SealedInputError(f"header `epk`: expected `{name}` of {_COORDINATE} bytes")
    return curve


def _shown(name: str) -> str:
    """Return a name of the sender's as it may be repeated: short and plain."""
    return name[:16] if name.isascii() and name.isidentifier() else "…"
