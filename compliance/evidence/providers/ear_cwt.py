"""Attestation results in CBOR: their numbered claims, by the names that the same claims have in JSON."""
# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Mapping
from typing import Any, Final

from compliance.evidence.providers.cose_tokens import read_claims
from compliance.evidence.providers.ear_claims import CURRENT, DIMENSIONS, PROFILES, Names
from compliance.evidence.providers.ear_device import DEBUG, DEBUG_STATES, OEM_BOOT
from compliance.evidence.providers.signed_tokens import TokenError, TokenFlaw

NONCE_SIZES: Final = range(8, 65)
"""RFC 9711, section 4.1: a nonce in CBOR has 8 to 64 bytes."""

_PROFILE: Final = 265
_NONCE: Final = 10
_SUBMODULES: Final = 266
_DEBUG: Final = 263
_VECTOR: Final = 1001
_VERIFIER: Final = 1004
_SHARED: Final = {
    # RFC 8392, section 3.1, and RFC 9711, section 10.2.
    1: "iss",
    4: "exp",
    5: "nbf",
    6: "iat",
    _NONCE: "eat_nonce",
    262: OEM_BOOT,
    _DEBUG: DEBUG,
    _PROFILE: "eat_profile",
}
_VERIFIER_NAMES: Final = {0: "developer", 1: "build"}


def read_named_claims(data: bytes) -> dict[str, Any]:
    """Return the claims that are read here, by their names in the profile that they say to be of.

    A nonce, bytes in CBOR, becomes its base64url without padding. Others than those claims are left out;
    of a trustworthiness vector all are kept, under names that mean nothing, since they count as unknown.

    Raises:
        TokenError: if it is no map of claims, or a nonce is none.
    """
    claims = read_claims(data)
    profile = claims.get(_PROFILE)
    names = PROFILES.get(profile, CURRENT) if isinstance(profile, str) else CURRENT
    named = _named(claims, names)
    submodules = claims.get(_SUBMODULES)
    if isinstance(submodules, dict):
        named["submods"] = {name: _part(name, part, names) for name, part in submodules.items()}
    return named


def _part(name: Any, part: Any, names: Names) -> dict[str, Any]:
    """Return the claims of a submodule: a map, under a name that is text."""
    if not isinstance(name, str) or not isinstance(part, dict):
        raise TokenError(TokenFlaw.CLAIMS)
    return _named(part, names)


def _named(claims: Mapping[Any, Any], names: Names) -> dict[str, Any]:
    """Return the claims of the whole or of one part."""
    numbered = _SHARED | {
        1000: names.status,
        _VECTOR: names.vector,
        1003: names.policies,
        _VERIFIER: names.verifier,
    }
    return {
        numbered[number]: _value(number, value)
        for number, value in claims.items()
        if number in numbered
    }


def _value(number: int, value: Any) -> Any:
    """Return a claim's value as JSON has it; what is of another kind stays as it is, to be refused there."""
    if number == _NONCE:
        return [_nonce(each) for each in value] if isinstance(value, list) else _nonce(value)
    if number == _DEBUG:
        is_place = isinstance(value, int) and not isinstance(value, bool)
        return DEBUG_STATES[value] if is_place and value in range(len(DEBUG_STATES)) else None
    if number == _VECTOR and isinstance(value, dict):
        return {_dimension(key): claim for key, claim in value.items()}
    if number == _VERIFIER and isinstance(value, dict):
        return {_VERIFIER_NAMES[key]: said for key, said in value.items() if key in _VERIFIER_NAMES}
    return value


def _nonce(value: Any) -> str:
    """Return a nonce as text."""
    if not isinstance(value, bytes) or len(value) not in NONCE_SIZES:
        raise TokenError(TokenFlaw.CLAIMS)
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _dimension(key: Any) -> str:
    """Return the name of a claim of the vector."""
    is_known = isinstance(key, int) and key in range(len(DIMENSIONS))
    return DIMENSIONS[key] if is_known else f"claim {key}"
