"""Approov: a token that the app puts on its requests. One that does not verify is the verdict.

An app that fails attestation is given a token that looks like any other and was signed with no key
of the PSP's, so that the app cannot tell. Where it got no token at all, the app's library may send a
word in its place; that is the client's own report.
"""
# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    Provider,
    SettingsError,
    TrustMaterial,
    payload_text,
    unknown_fields,
)
from compliance.evidence.providers.signed_tokens import (
    TokenError,
    TokenFlaw,
    read_object,
    read_token,
    verify_token,
)
from compliance.evidence.providers.token_claims import age_of, text_claim, time_claim
from compliance.evidence.providers.trusted_keys import (
    ELLIPTIC_ALGORITHMS,
    MAX_KEYS,
    MAX_NAME,
    RSA_ALGORITHMS,
    TrustedKey,
    read_keys,
    read_name,
    read_seconds,
    read_secret,
)
from compliance.evidence.providers.verdicts import (
    ABSENT,
    BINDING,
    INVALID,
    NOT_EVALUATED,
    PRESENT,
    STALE,
    UNEVALUATED,
    Details,
    appraisal_of,
    lines_of,
    not_set_up,
    refused,
    withdraw,
    yes_or_no,
)
from policies.documents import Problem
from policies.vocabulary.findings import Assurance

NAME: Final = "approov"
MAX_TOKEN: Final = 8192
DEFAULT_MAX_AGE_S: Final = 3600
_DAY_S: Final = 86_400
_DIGEST_SIZE: Final = 32
_EXPECTED: Final = frozenset({"request_hash"})
_SETTINGS: Final = frozenset({"secrets", "keys", "issuer", "max_age_s"})
_SECRET: Final = frozenset({"secret", "kid"})
_WORD: Final = re.compile(r"[A-Z][A-Z_]{0,63}|")

_CODES_OF_WORDS: Final[Mapping[str, frozenset[str]]] = {
    word: frozenset(
        rule.code
        for rule in lines_of(NAME)
        for line in rule.mappings
        if line.path == "Approov-Token" and word in line.values
    )
    for rule in lines_of(NAME)
    for line in rule.mappings
    if line.path == "Approov-Token"
    for word in line.values
}
"""What each word in place of a token means, as the catalogue maps it."""

_OF_WORDS: Final = tuple(sorted({code for codes in _CODES_OF_WORDS.values() for code in codes}))
_SPOKEN: Final = (*_OF_WORDS, UNEVALUATED)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a PSP sets up: the keys of its Approov account; an empty issuer is any.

    `max_age_s` is how far ahead the end of a token may be: Approov's own live for minutes.
    """

    keys: tuple[TrustedKey, ...]
    issuer: str = ""
    max_age_s: int = DEFAULT_MAX_AGE_S


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return what a document sets up: `secrets` (`secret` in base64, `kid`), `keys` (JWK), `issuer`, `max_age_s`.

    Raises:
        SettingsError: if it makes no sense; every place is named, and no secret.
    """
    problems = unknown_fields("", document, _SETTINGS)
    keys = list(_secrets(document.get("secrets", []), problems))
    if "keys" in document:
        keys += read_keys(
            document["keys"], "/keys", problems, algorithms=RSA_ALGORITHMS | ELLIPTIC_ALGORITHMS
        )
    if not keys and not problems:
        problems.append(Problem("", "expected `secrets` or `keys`"))
    issuer = ""
    if "issuer" in document:
        issuer = read_name(document["issuer"], "/issuer", problems) or ""
    max_age_s = read_seconds(
        document.get("max_age_s", DEFAULT_MAX_AGE_S), "/max_age_s", problems, at_most=_DAY_S
    )
    if problems:
        raise SettingsError(problems)
    return Settings(keys=tuple(keys), issuer=issuer, max_age_s=max_age_s)


def _secrets(listed: Any, problems: list[Problem]) -> list[TrustedKey]:
    """Return the keys of HS256, as far as they make sense."""
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        problems.append(Problem("/secrets", f"expected a list of at most {MAX_KEYS} secrets"))
        return []
    keys = []
    for index, item in enumerate(listed):
        pointer = f"/secrets/{index}"
        if not isinstance(item, dict):
            problems.append(Problem(pointer, "expected an object with `secret`"))
            continue
        problems += unknown_fields(pointer, item, _SECRET)
        kid = None
        if "kid" in item:
            kid = read_name(item["kid"], f"{pointer}/kid", problems)
        key = read_secret(item.get("secret"), f"{pointer}/secret", problems, kid=kid)
        if key is not None:
            keys.append(key)
    return keys


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:
    """Return what a token amounts to: of assurance B, or D where a word came in its place.

    A token is sent with every request until it ends, so nothing of it counts once: what binds it to one
    request is `pay`.

    Raises:
        EvidenceShapeError: if the payload is not one token, or something unknown is expected.
    """
    text, wanted = _read_payload(evidence)
    if _WORD.fullmatch(text):
        return _of_word(evidence, text)
    settings = trust.settings.get(NAME)
    if not isinstance(settings, Settings):
        return not_set_up(evidence, _SPOKEN)
    try:
        claims = _verified_claims(text, settings)
        expires, issued = time_claim(claims, "exp"), time_claim(claims, "iat")
        age = age_of(claims, issued=issued, max_age_s=settings.max_age_s, at=at)
        said = text_claim(claims, "pay", at_most=MAX_NAME)
    except TokenError as error:
        return refused(evidence, _SPOKEN, error.flaw.value)
    # What never ends, or not for long, was not issued for this request.
    is_stale = age.is_stale or expires is None or expires - at.timestamp() > settings.max_age_s
    states = dict.fromkeys((*_SPOKEN, INVALID), ABSENT)
    states[STALE] = yes_or_no(present=is_stale)
    details: Details = {"token": "verified", "request_hash": "not compared"}
    is_bound = True
    if wanted is not None:
        is_bound = hmac.compare_digest(_digest(said) or b"", wanted)
        states[BINDING] = yes_or_no(present=not is_bound)
        details["request_hash"] = "compared"
    if is_stale or not is_bound:
        withdraw(states, but={INVALID, STALE, BINDING})
    if expires is not None:
        details["expires_in_s"] = int(expires - at.timestamp())
    return appraisal_of(evidence, states, details, verified=True)


def _read_payload(evidence: Evidence) -> tuple[str, bytes | None]:
    """Return the token's text, and the hash that its `pay` must be."""
    text, problems = payload_text(
        evidence, "token", expected=_EXPECTED, at_most=MAX_TOKEN, form="token", least=0
    )
    wanted = None
    if "request_hash" in evidence.expected:
        wanted = _digest(evidence.expected["request_hash"])
        if wanted is None:
            problems.append(
                Problem("/expected/request_hash", "expected the SHA-256 of a header in base64")
            )
    if problems:
        raise EvidenceShapeError(problems)
    return text, wanted


def _digest(text: str) -> bytes | None:
    """Return the bytes of a SHA-256 in standard or URL-safe base64, padded or not; None if it is none."""
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) == _DIGEST_SIZE else None


def _of_word(evidence: Evidence, word: str) -> Appraisal:
    """Return the appraisal of a word in place of a token: nobody signed it, so it clears nothing."""
    states = dict.fromkeys((*_SPOKEN, INVALID, STALE), NOT_EVALUATED)
    if evidence.expected:
        states[BINDING] = NOT_EVALUATED
    known = _CODES_OF_WORDS.get(word, frozenset({UNEVALUATED}))
    states |= dict.fromkeys(known, PRESENT)
    details: Details = {"token": word or "none"}
    if word not in _CODES_OF_WORDS:
        details = {"token": "unknown word", "unknown_words": 1}
    return appraisal_of(evidence, states, details, verified=False, assurance=Assurance.D)


def _verified_claims(text: str, settings: Settings) -> dict[str, Any]:
    """Return the claims of a token that the PSP's account signed."""
    token = read_token(text, max_size=MAX_TOKEN)
    verify_token(token, settings.keys)
    claims = read_object(token.payload)
    if settings.issuer and text_claim(claims, "iss", at_most=MAX_NAME) != settings.issuer:
        raise TokenError(TokenFlaw.ISSUER)
    return claims


PROVIDER: Final = Provider(NAME, frozenset({Mode.RAW}), appraise, read_settings)
