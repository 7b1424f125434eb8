"""Reads the public key (JWK, RFC 7517) that a PSP has input sealed to. Pure.

Two algorithms (RFC 7518, sections 4.3 and 4.6): `ECDH-ES+A256KW` with P-256 or X25519, and `RSA-OAEP-256`; the
content is always encrypted with `A256GCM`.
"""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from compliance.evidence.providers import base64url

ECDH: Final = "ECDH-ES+A256KW"
RSA: Final = "RSA-OAEP-256"
CONTENT: Final = "A256GCM"
MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 4096

KID: Final = re.compile(r"[A-Za-z0-9._~:+=-]{1,64}", re.ASCII)
"""A key id is in ledger entries and logs, so it is short and plain; it should name nobody."""

_ALGORITHM_OF: Final = {"EC": ECDH, "OKP": ECDH, "RSA": RSA}
_PARAMETERS: Final = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_BESIDE: Final = frozenset({"kid", "alg", "use", "key_ops"})
_OPERATIONS: Final = frozenset({"encrypt", "wrapKey", "deriveKey", "deriveBits"})
_COORDINATE: Final = 32
_MIN_EXPONENT: Final = 65_537


class PublicKeyError(ValueError):
    """It is no public key that input can be sealed to; the message says what was expected."""


class SealingPublicKey(NamedTuple):
    """A public key: its id, its algorithm, and what anybody who seals to it needs.

    `curve` is `P-256`, `X25519` or empty for RSA; `wrapped_size` is the length in bytes of a
    content key encrypted to it; `thumbprint` is that of RFC 7638, as `sha256:<hex>`.
    """

    kid: str
    algorithm: str
    curve: str
    wrapped_size: int
    jwk: Mapping[str, str]
    thumbprint: str


def read_public_key(jwk: Any) -> SealingPublicKey:
    """Return the key that a JWK holds.

    Raises:
        PublicKeyError: if it is no public key of the two algorithms, or says that it is for something else.
    """
    kty = jwk.get("kty") if isinstance(jwk, dict) else None
    if not isinstance(kty, str) or kty not in _PARAMETERS:
        raise PublicKeyError("expected a public key (JWK) with `kty` EC, OKP or RSA")
    if not _PRIVATE.isdisjoint(jwk):
        raise PublicKeyError(
            "expected the public key alone: this one has private parts, which the service must never have"
        )
    names = _PARAMETERS[kty]
    unknown = sorted(set(jwk) - set(names) - _BESIDE)
    if unknown:
        # Half a character is no text that could be answered.
        shown = unknown[0][:64] if unknown[0].isprintable() else "…"
        raise PublicKeyError(f"unknown member `{shown}`")
    _require_purpose(jwk, _ALGORITHM_OF[kty])
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        raise PublicKeyError("`kid`: expected 1 to 64 of the characters A-Z a-z 0-9 . _ ~ : + = -")
    parameters = {name: jwk.get(name) for name in names}
    curve, wrapped_size = _checked(parameters)
    canonical = json.dumps(parameters, sort_keys=True, separators=(",", ":")).encode()
    return SealingPublicKey(
        kid=kid,
        algorithm=_ALGORITHM_OF[kty],
        curve=curve,
        wrapped_size=wrapped_size,
        jwk={**parameters, "kid": kid, "alg": _ALGORITHM_OF[kty], "use": "enc"},
        thumbprint=f"sha256:{hashlib.sha256(canonical).hexdigest()}",
    )


def _require_purpose(jwk: Mapping[str, Any], algorithm: str) -> None:
    """Check that a key which says what it is for is for this."""
    if jwk.get("alg", algorithm) != algorithm:
        raise PublicKeyError(f"`alg`: expected {algorithm} for this kind of key")
    if jwk.get("use", "enc") != "enc":
        raise PublicKeyError("`use`: expected enc: a key for signatures seals nothing")
    operations = jwk.get("key_ops", [])
    if not isinstance(operations, list) or not all(
        isinstance(each, str) and each in _OPERATIONS for each in operations
    ):
        raise PublicKeyError(f"`key_ops`: expected some of {', '.join(sorted(_OPERATIONS))}")


def _checked(parameters: Mapping[str, Any]) -> tuple[str, int]:
    """Return the curve, and the length of a wrapped content key, of parameters that make a key."""
    if parameters["kty"] == "RSA":
        return "", _require_rsa(parameters)
    curve = parameters["crv"]
    if curve != ("P-256" if parameters["kty"] == "EC" else "X25519"):
        raise PublicKeyError("`crv`: expected P-256 (EC) or X25519 (OKP)")
    x = _number(parameters, "x", _COORDINATE)
    y = _number(parameters, "y", _COORDINATE) if curve == "P-256" else b""
    try:
        if curve == "P-256":
            numbers = (int.from_bytes(x, "big"), int.from_bytes(y, "big"))
            EllipticCurvePublicNumbers(*numbers, SECP256R1()).public_key()
        else:
            # A point of small order makes every secret the same; the exchange refuses it.
            X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(x))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PublicKeyError(f"expected a point of the curve {curve}") from error
    return curve, 40


def _require_rsa(parameters: Mapping[str, Any]) -> int:
    """Return the length of an RSA key in bytes."""
    modulus = int.from_bytes(_number(parameters, "n", MAX_RSA_BITS // 8, exact=False), "big")
    exponent = int.from_bytes(_number(parameters, "e", 8, exact=False), "big")
    bits = modulus.bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise PublicKeyError(f"`n`: expected {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, got {bits}")
    if exponent < _MIN_EXPONENT:
        raise PublicKeyError(f"`e`: expected at least {_MIN_EXPONENT}")
    try:
        RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PublicKeyError("expected an RSA key") from error
    return (bits + 7) // 8


def _number(parameters: Mapping[str, Any], name: str, size: int, *, exact: bool = True) -> bytes:
    """Return the bytes of one parameter, `size` of them, or at most so many."""
    text = parameters[name]
    expected = f"`{name}`: expected base64url of {'' if exact else 'at most '}{size} bytes"
    if not isinstance(text, str) or len(text) > 2 * size:
        raise PublicKeyError(expected)
    try:
        data = base64url.decode(text)
    except ValueError as error:
        raise PublicKeyError(expected) from error
    if not 0 < len(data) <= size or (exact and len(data) != size):
        raise PublicKeyError(expected)
    return data
