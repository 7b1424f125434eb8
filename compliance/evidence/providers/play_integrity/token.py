"""Opens a classic token with the PSP's own keys: JWE (A256KW, A256GCM) around JWS (ES256).

RFC 7516, RFC 7515. Algorithms are fixed and keys come from the PSP: a header chooses neither.
"""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from compliance.evidence.providers import signed_tokens
from compliance.evidence.providers.play_integrity.settings import Keys

MAX_TOKEN: Final = 32 * 1024
_MAX_HEADER: Final = 512
_ALGORITHMS: Final = {"alg": "A256KW", "enc": "A256GCM"}
# Unknown headers are ignored, as RFC 7516 asks; those that change the meaning are refused below.
_REGISTRY: Final = jwe.JWERegistry(algorithms=[*_ALGORITHMS.values()], strict_check_header=False)
_REFUSED_HEADERS: Final = frozenset({"zip", "crit"})
"""Compression (a small token that grows without end), and extensions that nobody here knows."""


class Reason(StrEnum):
    """Why a token was refused."""

    MALFORMED = "malformed_token"
    HEADER = "unexpected_header"
    NOT_DECRYPTED = "not_decrypted"
    NOT_SIGNED = "signature_invalid"
    CONTENT = "malformed_content"


class TokenError(Exception):
    """A token that is not what Google makes for the PSP's app."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def open_token(text: str, keys: Keys) -> tuple[dict[str, Any], str]:
    """Return the content of a token, and its signed part; both are Google's words.

    Raises:
        TokenError: if it cannot be decrypted, or Google did not sign it.
    """
    signed = _decrypted(text, keys)
    try:
        token = signed_tokens.read_token(signed, max_size=MAX_TOKEN)
        signed_tokens.verify_token(token, [keys.verification])
    except signed_tokens.TokenError as error:
        raise TokenError(Reason.NOT_SIGNED) from error
    try:
        return signed_tokens.read_object(token.payload), signed
    except signed_tokens.TokenError as error:
        raise TokenError(Reason.CONTENT) from error


def _decrypted(text: str, keys: Keys) -> str:
    """Return the signed part of a token. What exactly failed is not told: it would be an oracle."""
    _require_header(text)
    try:
        opened = jwe.decrypt_compact(text, keys.decryption, registry=_REGISTRY)
        return (opened.plaintext or b"").decode("ascii")
    except (JoseError, ValueError) as error:
        raise TokenError(Reason.NOT_DECRYPTED) from error


def _require_header(text: str) -> None:
    """Do nothing if a token has five parts and the header that Google writes."""
    segment, *others = text.split(".", 5)
    if len(others) != 4 or len(segment) > _MAX_HEADER or not text.isascii():
        raise TokenError(Reason.MALFORMED)
    try:
        header = signed_tokens.read_object(urlsafe_b64decode(segment.encode()))
    except (ValueError, signed_tokens.TokenError) as error:
        raise TokenError(Reason.HEADER) from error
    if any(header.get(name) != value for name, value in _ALGORITHMS.items()):
        raise TokenError(Reason.HEADER)
    if not header.keys().isdisjoint(_REFUSED_HEADERS):
        raise TokenError(Reason.HEADER)
