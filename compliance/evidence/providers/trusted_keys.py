"""Keys that a PSP sets up to verify tokens with: public keys as JWK (RFC 7517), secrets as base64."""
# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from policies.documents import Problem

MAX_KEYS: Final = 16
MAX_NAME: Final = 256
MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192
MIN_SECRET: Final = 32
"""HS256 needs a key as long as its hash (RFC 7518, section 3.2)."""
_MAX_SECRET: Final = 1024
_MAX_PARAMETER: Final = 2048
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PUBLIC: Final = {"EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "RSA": ("n", "e")}

RSA_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
ELLIPTIC_ALGORITHMS: Final = frozenset({"ES256", "ES384", "EdDSA", "Ed25519"})
_OF_CURVE: Final = {
    "P-256": frozenset({"ES256"}),
    "P-384": frozenset({"ES384"}),
    "Ed25519": frozenset({"EdDSA", "Ed25519"}),
}


class TrustedKey(NamedTuple):
    """A key with the algorithms that it is for; `owner` is who signs with it, in the PSP's words."""

    key: ECKey | OKPKey | RSAKey | OctKey
    algorithms: frozenset[str]
    kid: str | None = None
    owner: str = ""

    def __repr__(self) -> str:
        """Return what may be shown: the key itself may be a secret."""
        return f"TrustedKey(kid={self.kid!r}, owner={self.owner!r})"


def read_keys(
    keys: Any,
    pointer: str,
    problems: list[Problem],
    *,
    algorithms: Collection[str],
    owner: str = "",
    needs_kid: bool = False,
) -> tuple[TrustedKey, ...]:
    """Return the public keys of a list of JWKs, as far as they make sense.

    `algorithms` are those of the provider; a key with an `alg` is for that one alone. What is wrong
    goes to `problems`, with its place below `pointer`.
    """
    if not isinstance(keys, list) or not 0 < len(keys) <= MAX_KEYS:
        problems.append(Problem(pointer, f"expected a list of 1 to {MAX_KEYS} public keys (JWK)"))
        return ()
    found: list[TrustedKey] = []
    for index, jwk in enumerate(keys):
        try:
            key = _public_key(jwk, frozenset(algorithms), owner)
            if key.kid is None and needs_kid:
                raise ValueError("expected a `kid`, by which tokens name their key")  # noqa: TRY301
            if key.kid is not None and key.kid in {one.kid for one in found}:
                raise ValueError("the `kid` is used by an earlier key")  # noqa: TRY301
        except ValueError as error:
            problems.append(Problem(f"{pointer}/{index}", str(error)))
        else:
            found.append(key)
    return tuple(found)


def read_secret(
    secret: Any, pointer: str, problems: list[Problem], *, kid: str | None = None
) -> TrustedKey | None:
    """Return the key of HS256 that a base64 text holds; None if it makes no sense."""
    expected = f"expected base64 of {MIN_SECRET} to {_MAX_SECRET} bytes"
    if not isinstance(secret, str) or len(secret) > 2 * _MAX_SECRET:
        problems.append(Problem(pointer, expected))
        return None
    standard = secret.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not MIN_SECRET <= len(data) <= _MAX_SECRET:
        problems.append(Problem(pointer, expected))
        return None
    try:
        key = OctKey.import_key(data)
    except ValueError:
        # A public key is no secret: whoever knows it could sign with it.
        problems.append(Problem(pointer, "expected a secret, not a public key"))
        return None
    return TrustedKey(key, frozenset({"HS256"}), kid)


def read_name(value: Any, pointer: str, problems: list[Problem]) -> str | None:
    """Return a name (of a key, an issuer) of 1 to `MAX_NAME` printable characters; None if it is none."""
    if isinstance(value, str) and 0 < len(value) <= MAX_NAME and value.isprintable():
        return value
    problems.append(Problem(pointer, f"expected 1 to {MAX_NAME} printable characters"))
    return None


def read_seconds(value: Any, pointer: str, problems: list[Problem], *, at_most: int) -> int:
    """Return a whole number of seconds from 1 to `at_most`; 0 if it is none."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= at_most:
        return value
    problems.append(Problem(pointer, f"expected whole seconds from 1 to {at_most}"))
    return 0


def _public_key(jwk: Any, algorithms: frozenset[str], owner: str) -> TrustedKey:
    """Return the key of one JWK; raises ValueError with what was expected."""
    kty = jwk.get("kty") if isinstance(jwk, dict) else None
    if not isinstance(kty, str) or kty not in _PUBLIC:
        raise ValueError("expected a public key (JWK) with `kty` EC, OKP or RSA")
    if not _PRIVATE.isdisjoint(jwk):
        raise ValueError("expected the public key alone: this one has private parts")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list):
        raise ValueError("expected a key for signatures")
    if "verify" not in operations:
        raise ValueError("expected a key for signatures")
    kid = jwk.get("kid")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= MAX_NAME):
        raise ValueError(f"expected a `kid` of 1 to {MAX_NAME} characters")
    parameters = {name: jwk.get(name) for name in _PUBLIC[kty]}
    if not all(isinstance(one, str) and len(one) <= _MAX_PARAMETER for one in parameters.values()):
        raise ValueError(f"expected {', '.join(_PUBLIC[kty])}")
    key, fitting = _import(kty, parameters)
    fitting &= algorithms
    if "alg" in jwk:
        fitting &= {alg for alg in (jwk["alg"],) if isinstance(alg, str)}
    if not fitting:
        raise ValueError(f"expected a key for one of {', '.join(sorted(algorithms))}")
    return TrustedKey(key, fitting, kid, owner)


def _import(
    kty: str, parameters: Mapping[str, Any]
) -> tuple[ECKey | OKPKey | RSAKey, frozenset[str]]:
    """Return a key with the algorithms that its type is good for; raises ValueError."""
    jwk = {"kty": kty, **parameters}
    try:
        if kty == "RSA":
            if not MIN_RSA_BITS <= _bits(parameters["n"]) <= MAX_RSA_BITS:
                raise ValueError(f"expected RSA of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits")
            return RSAKey.import_key(jwk), RSA_ALGORITHMS
        curve = _OF_CURVE.get(parameters["crv"], frozenset())
        if not curve:
            raise ValueError(f"expected the curve {', '.join(_OF_CURVE)}")
        elliptic = ECKey.import_key(jwk) if kty == "EC" else OKPKey.import_key(jwk)
    except (JoseError, KeyError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("expected a public key (JWK) that can be used") from error
    else:
        return elliptic, curve


def _bits(modulus: str) -> int:
    """Return how long a modulus in base64url is; 0 if it is none. The library only warns of short ones."""
    try:
        data = base64.b64decode(modulus + "=" * (-len(modulus) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return 0
    return int.from_bytes(data, "big").bit_length()
