"""EAT attestation results (EAR): what a verifier that the PSP trusts says of a device (RFC 9711, AR4SI).

Three profiles are read: Veraison's and Trustee's, which have the names of the early drafts, and the one
of the current draft (`tag:ietf.org,2026:rats/ear#03`), signed in JSON (JWT) or in CBOR (CWT).
"""
# SPDX-License-Identifier: Apache-2.0

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from compliance.evidence.providers.cose_tokens import read_cose_token
from compliance.evidence.providers.ear_claims import (
    DIMENSIONS,
    NONCE_LENGTHS,
    Result,
    read_result,
    states_of,
)
from compliance.evidence.providers.ear_cwt import read_named_claims
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    Once,
    Provider,
    SettingsError,
    TrustMaterial,
    once_digest,
    payload_text,
    unknown_fields,
)
from compliance.evidence.providers.signed_tokens import (
    Token,
    TokenError,
    TokenFlaw,
    read_object,
    read_token,
    verify_token,
)
from compliance.evidence.providers.token_claims import Age, age_of, required_time, text_claim
from compliance.evidence.providers.trusted_keys import (
    ELLIPTIC_ALGORITHMS,
    MAX_KEYS,
    MAX_NAME,
    RSA_ALGORITHMS,
    TrustedKey,
    read_keys,
    read_name,
    read_seconds,
)
from compliance.evidence.providers.verdicts import (
    BINDING,
    INVALID,
    PRESENT,
    STALE,
    Details,
    appraisal_of,
    not_set_up,
    refused,
    withdraw,
    yes_or_no,
)
from policies.documents import Problem

NAME: Final = "ear"
MAX_TOKEN: Final = 64 * 1024
MAX_VERIFIERS: Final = 16
DEFAULT_MAX_AGE_S: Final = 600
_DAY_S: Final = 86_400
_EXPECTED: Final = frozenset({"nonce"})
_SETTINGS: Final = frozenset({"verifiers", "max_age_s"})
_VERIFIER: Final = frozenset({"name", "issuer", "keys", "dimensions"})
_SPOKEN: Final = tuple(states_of(Result(), frozenset()))


class _Form(NamedTuple):
    """How a token is written: in words, how its parts are read, and how its claims by their names in JSON."""

    words: str
    read: Callable[..., Token]
    claims: Callable[[bytes], dict[str, Any]]


_FORMS: Final = {
    "token": _Form("JWT", read_token, read_object),
    "cwt": _Form("CWT (base64url)", read_cose_token, read_named_claims),
}
"""By the payload's field."""


class Verifier(msgspec.Struct, frozen=True, kw_only=True):
    """Who appraises devices for the PSP: an empty `issuer` is anyone's, `dimensions` are what it looks at."""

    name: str
    issuer: str = ""
    dimensions: frozenset[str] = frozenset(DIMENSIONS)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a PSP sets up; each key's owner is the name of a verifier."""

    verifiers: Mapping[str, Verifier]
    keys: tuple[TrustedKey, ...]
    max_age_s: int = DEFAULT_MAX_AGE_S


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return what a document sets up: `verifiers` (`name`, `issuer`, `keys`, `dimensions`), `max_age_s`.

    Raises:
        SettingsError: if it makes no sense; every place is named.
    """
    problems = unknown_fields("", document, _SETTINGS)
    max_age_s = read_seconds(
        document.get("max_age_s", DEFAULT_MAX_AGE_S), "/max_age_s", problems, at_most=_DAY_S
    )
    listed = document.get("verifiers")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_VERIFIERS:
        problems.append(Problem("/verifiers", f"expected a list of 1 to {MAX_VERIFIERS} verifiers"))
        listed = []
    verifiers: dict[str, Verifier] = {}
    keys: list[TrustedKey] = []
    for index, item in enumerate(listed):
        pointer = f"/verifiers/{index}"
        if not isinstance(item, dict):
            problems.append(Problem(pointer, "expected an object"))
            continue
        verifier = _verifier(item, pointer, problems)
        if verifier.name in verifiers:
            problems.append(Problem(f"{pointer}/name", "the name is used by an earlier verifier"))
        verifiers[verifier.name] = verifier
        keys += read_keys(
            item.get("keys"),
            f"{pointer}/keys",
            problems,
            algorithms=ELLIPTIC_ALGORITHMS | RSA_ALGORITHMS,
            owner=verifier.name,
        )
    if len(keys) > MAX_KEYS:
        problems.append(Problem("/verifiers", f"expected at most {MAX_KEYS} keys altogether"))
    if problems:
        raise SettingsError(problems)
    return Settings(verifiers=verifiers, keys=tuple(keys), max_age_s=max_age_s)


def _verifier(item: Mapping[str, Any], pointer: str, problems: list[Problem]) -> Verifier:
    """Return one verifier, as far as it makes sense."""
    problems += unknown_fields(pointer, item, _VERIFIER)
    name = read_name(item.get("name"), f"{pointer}/name", problems) or ""
    issuer = ""
    if "issuer" in item:
        issuer = read_name(item["issuer"], f"{pointer}/issuer", problems) or ""
    listed = item.get("dimensions", list(DIMENSIONS))
    if not isinstance(listed, list) or not all(one in DIMENSIONS for one in listed):
        problems.append(
            Problem(f"{pointer}/dimensions", f"expected a list of {', '.join(DIMENSIONS)}")
        )
        listed = []
    return Verifier(name=name, issuer=issuer, dimensions=frozenset(listed))


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:
    """Return what an attestation result amounts to, of assurance B: a verifier's word, not the hardware's.

    Raises:
        EvidenceShapeError: if the payload is not one token, or something unknown is expected.
    """
    form, text = _read_payload(evidence)
    settings = trust.settings.get(NAME)
    if not isinstance(settings, Settings):
        return not_set_up(evidence, _SPOKEN)
    try:
        token = form.read(text, max_size=MAX_TOKEN)
        key = verify_token(token, settings.keys)
        claims = form.claims(token.payload)
        verifier = settings.verifiers[key.owner]
        _require_issuer(claims, verifier)
        result = read_result(claims)
        issued = required_time(claims, "iat")
        age = age_of(claims, issued=issued, max_age_s=settings.max_age_s, at=at)
    except TokenError as error:
        return refused(evidence, _SPOKEN, error.flaw.value)
    return _appraised(evidence, token, result, verifier, age)


def _require_issuer(claims: Mapping[str, Any], verifier: Verifier) -> None:
    """Do nothing if the token is of the verifier whose key signed it, where the PSP says its name."""
    if verifier.issuer and text_claim(claims, "iss", at_most=MAX_NAME) != verifier.issuer:
        raise TokenError(TokenFlaw.ISSUER)


def _appraised(
    evidence: Evidence, token: Token, result: Result, verifier: Verifier, age: Age
) -> Appraisal:
    """Return the appraisal of a token that a trusted verifier signed."""
    states = states_of(result, verifier.dimensions)
    # A verifier may say itself that the cryptography of what it was given did not hold.
    is_sound = states.get(INVALID) is not PRESENT
    states[INVALID] = yes_or_no(present=not is_sound)
    states[STALE] = yes_or_no(present=age.is_stale)
    bound = None
    if "nonce" in evidence.expected:
        bound = _is_bound(result, evidence.expected["nonce"])
        states[BINDING] = yes_or_no(present=not bound)
    if age.is_stale or bound is False or not is_sound:
        withdraw(states, but={INVALID, STALE, BINDING})
    details: Details = {"verifier": verifier.name, **result.details}
    details["nonce"] = "not compared" if bound is None else "compared"
    if age.seconds is not None:
        details["age_s"] = age.seconds
    once = () if bound is False or not is_sound else _once(result, token)
    return appraisal_of(evidence, states, details, verified=is_sound, once=once)


def _read_payload(evidence: Evidence) -> tuple[_Form, str]:
    """Return the form of the token, and its text."""
    field = "cwt" if "cwt" in evidence.payload else "token"
    form = _FORMS[field]
    text, problems = payload_text(
        evidence, field, expected=_EXPECTED, at_most=MAX_TOKEN, form=form.words
    )
    nonce = evidence.expected.get("nonce")
    if nonce is not None and len(nonce) not in NONCE_LENGTHS:
        expected = f"expected {NONCE_LENGTHS.start} to {NONCE_LENGTHS.stop - 1} characters"
        problems.append(Problem("/expected/nonce", expected))
    if problems:
        raise EvidenceShapeError(problems)
    return form, text


def _is_bound(result: Result, nonce: str) -> bool:
    """Return whether every part of the result answers the expected nonce.

    A part without a nonce of its own answers that of the whole; what has none is bound to nothing.
    """
    wanted = nonce.encode("utf-8", "surrogatepass")
    return bool(result.nonces) and all(
        any(hmac.compare_digest(wanted, each.encode("utf-8", "surrogatepass")) for each in said)
        for said in result.nonces
    )


def _once(result: Result, token: Token) -> tuple[Once, ...]:
    """Return what may be said once: each nonce, or the whole of what was signed where there is none."""
    nonces = sorted({nonce for said in result.nonces for nonce in said})
    if nonces:
        return tuple(Once(once_digest(NAME, "nonce", nonce)) for nonce in nonces)
    return (Once(once_digest(NAME, "result", token.signing_input)),)


PROVIDER: Final = Provider(NAME, frozenset({Mode.RAW}), appraise, read_settings)
