"""Signed tokens (JWS, RFC 7515, compact form): read strictly, verified with keys that a PSP trusts."""
# SPDX-License-Identifier: Apache-2.0

import json
import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from joserfc.jws import JWSRegistry

from compliance.evidence.providers import base64url
from compliance.evidence.providers.trusted_keys import TrustedKey

MAX_HEADER: Final = 4096
MAX_BRACKETS: Final = 512
_SEGMENTS: Final = 3
_ED25519: Final = "Ed25519"
_VERIFIERS: Final = {
    name: JWSRegistry.algorithms[_ED25519 if name == "EdDSA" else name]
    for name in (
        *("HS256", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "EdDSA", _ED25519),
    )
}
"""Every algorithm that any key can have; which ones a key has is the key's own matter."""


class TokenFlaw(StrEnum):
    """Why a token is not believed."""

    MALFORMED = "malformed"
    CRITICAL_HEADER = "critical_header"
    TYPE = "type"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    CLAIMS = "claims"


class TokenError(Exception):
    """A token is not believed; the flaw says why, and nothing of what it holds."""

    def __init__(self, flaw: TokenFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


class Token(NamedTuple):
    """A token as it was read. Nothing of it is believed before `verify_token`."""

    header: Mapping[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes

    @property
    def kid(self) -> str | None:
        """The name of the key that the token asks for."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None


def read_token(text: str, *, max_size: int) -> Token:
    """Return the parts of a token of at most `max_size` characters.

    There is one text for one token: base64url without padding, and without loose bits. Headers that
    would change what is signed (`crit`, `b64`, `zip`) are refused; those that carry a key are ignored.

    Raises:
        TokenError: if it is no such token.
    """
    segments = text.split(".", _SEGMENTS)
    if len(text) > max_size or len(segments) != _SEGMENTS or not text.isascii():
        raise TokenError(TokenFlaw.MALFORMED)
    header = _header(segments[0])
    return Token(
        header=header,
        payload=decode_segment(segments[1]),
        signing_input=f"{segments[0]}.{segments[1]}".encode(),
        signature=decode_segment(segments[2]),
    )


def verify_token(token: Token, keys: Iterable[TrustedKey]) -> TrustedKey:
    """Return the key that signed the token: one of `keys`, by one of that key's own algorithms.

    A key is chosen by what the PSP set up, never by what the token brings. Where either has no `kid`,
    every key of the algorithm is tried: all of them are trusted.

    Raises:
        TokenError: if none of them did.
    """
    kid = token.kid
    named = [key for key in keys if kid is None or key.kid is None or key.kid == kid]
    if not named:
        raise TokenError(TokenFlaw.UNKNOWN_KEY)
    algorithm = str(token.header.get("alg"))
    fitting = [key for key in named if algorithm in key.algorithms]
    if not fitting:
        raise TokenError(TokenFlaw.ALGORITHM)
    verifier = _VERIFIERS[algorithm]
    for key in fitting:
        if verifier.verify(token.signing_input, token.signature, key.key):
            return key
    raise TokenError(TokenFlaw.SIGNATURE)


def require_type(token: Token, expected: str) -> None:
    """Do nothing if the token says to be of a type (RFC 8725, section 3.11), `application/` or not.

    Raises:
        TokenError: if it says something else, or nothing.
    """
    type_ = token.header.get("typ")
    if not isinstance(type_, str) or type_.lower().removeprefix("application/") != expected:
        raise TokenError(TokenFlaw.TYPE)


def read_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object that `data` holds: names once, numbers finite, nesting bounded.

    Raises:
        TokenError: if it is none.
    """
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS:
        raise TokenError(TokenFlaw.MALFORMED)
    try:
        value = _DECODER.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise TokenError(TokenFlaw.MALFORMED) from error
    if not isinstance(value, dict):
        raise TokenError(TokenFlaw.MALFORMED)
    return value


def decode_segment(segment: str) -> bytes:
    """Return the bytes of base64url without padding; another text for the same bytes is refused.

    Raises:
        TokenError: if it is none.
    """
    try:
        return base64url.decode(segment)
    except ValueError as error:
        raise TokenError(TokenFlaw.MALFORMED) from error


def _header(segment: str) -> Mapping[str, Any]:
    """Return the header, if it has nothing that changes what is signed."""
    if len(segment) > MAX_HEADER:
        raise TokenError(TokenFlaw.MALFORMED)
    header = read_object(decode_segment(segment))
    if not header.keys().isdisjoint({"crit", "b64", "zip"}):
        raise TokenError(TokenFlaw.CRITICAL_HEADER)
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names all differ."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _finite(text: str) -> float:
    """Return a number; `NaN` and `Infinity` are not JSON, and `1e999` is no number that we have."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=_finite, parse_constant=_finite
)
