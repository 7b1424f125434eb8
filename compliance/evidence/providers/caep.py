"""Security event tokens of CAEP (RFC 8417, OpenID SSF): what another party says has changed.

A device that is no longer compliant, a risk that rose, a credential that was changed, a session that was
revoked. Transmitters are trusted by issuer and key; each token counts once.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from compliance.evidence.providers.caep_subjects import is_about
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
    TokenError,
    TokenFlaw,
    read_object,
    read_token,
    require_type,
    verify_token,
)
from compliance.evidence.providers.token_claims import (
    Age,
    age_of,
    require_audience,
    required_time,
    text_claim,
    time_claim,
)
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
    ABSENT,
    BINDING,
    INVALID,
    NOT_EVALUATED,
    PRESENT,
    STALE,
    UNEVALUATED,
    Details,
    States,
    appraisal_of,
    lines_of,
    not_set_up,
    refused,
    withdraw,
    yes_or_no,
)
from policies.documents import Problem

NAME: Final = "caep"
TYPE: Final = "secevent+jwt"
EVENT_TYPES: Final = "https://schemas.openid.net/secevent/caep/event-type/"
MAX_TOKEN: Final = 16 * 1024
MAX_TRANSMITTERS: Final = 16
MAX_EVENTS: Final = 8
DEFAULT_MAX_AGE_S: Final = 86_400
_MONTH_S: Final = 31 * 86_400
_MAX_SUBJECT: Final = 1024
_EXPECTED: Final = frozenset({"subject"})
_SETTINGS: Final = frozenset({"transmitters", "max_age_s"})
_TRANSMITTER: Final = frozenset({"issuer", "audience", "keys"})

_RULES: Final = tuple(
    rule for rule in lines_of(NAME) if all(line.op == "in" for line in rule.mappings)
)
_SPOKEN: Final = (*(rule.code for rule in _RULES), UNEVALUATED)
_RISK: Final = "risk-level-change"
_OF_DEVICES: Final = "DEVICE"
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "device-compliance-change.current_status": frozenset({"compliant", "not-compliant"}),
    "risk-level-change.current_level": frozenset({"LOW", "MEDIUM", "HIGH"}),
    "credential-change.change_type": frozenset({"create", "revoke", "update", "delete"}),
    "assurance-level-change.change_direction": frozenset({"increase", "decrease"}),
}
"""The words that CAEP 1.0 has where the catalogue looks; any other is of tomorrow."""
_EVENTS: Final = frozenset(
    {
        *("assurance-level-change", "credential-change", "device-compliance-change", _RISK),
        *("session-established", "session-presented", "session-revoked", "token-claims-change"),
    }
)
_ENTITIES: Final = frozenset({"admin", "user", "policy", "system"})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a PSP sets up; each key's owner is the issuer that it signs for, who has one audience."""

    keys: tuple[TrustedKey, ...]
    audiences: Mapping[str, str]
    max_age_s: int = DEFAULT_MAX_AGE_S


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event: its name in CAEP, empty for one of another kind, and what it says."""

    name: str
    said: Mapping[str, Any]


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return what a document sets up: `transmitters` (`issuer`, `audience`, `keys`) and `max_age_s`.

    Raises:
        SettingsError: if it makes no sense; every place is named.
    """
    problems = unknown_fields("", document, _SETTINGS)
    max_age_s = read_seconds(
        document.get("max_age_s", DEFAULT_MAX_AGE_S), "/max_age_s", problems, at_most=_MONTH_S
    )
    listed = document.get("transmitters")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_TRANSMITTERS:
        expected = f"expected a list of 1 to {MAX_TRANSMITTERS} transmitters"
        problems.append(Problem("/transmitters", expected))
        listed = []
    audiences: dict[str, str] = {}
    keys: list[TrustedKey] = []
    for index, item in enumerate(listed):
        pointer = f"/transmitters/{index}"
        if not isinstance(item, dict):
            problems.append(Problem(pointer, "expected an object"))
            continue
        problems += unknown_fields(pointer, item, _TRANSMITTER)
        issuer = read_name(item.get("issuer"), f"{pointer}/issuer", problems) or ""
        if issuer in audiences:
            problems.append(Problem(f"{pointer}/issuer", "used by an earlier transmitter"))
        audiences[issuer] = read_name(item.get("audience"), f"{pointer}/audience", problems) or ""
        keys += read_keys(
            item.get("keys"),
            f"{pointer}/keys",
            problems,
            algorithms=RSA_ALGORITHMS | ELLIPTIC_ALGORITHMS,
            owner=issuer,
            needs_kid=True,
        )
    if len(keys) > MAX_KEYS:
        problems.append(Problem("/transmitters", f"expected at most {MAX_KEYS} keys altogether"))
    if problems:
        raise SettingsError(problems)
    return Settings(keys=tuple(keys), audiences=audiences, max_age_s=max_age_s)


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:
    """Return what a security event token amounts to, of assurance B.

    An event that the catalogue has no finding for (a session revoked, the risk of a user) is an open
    question, `attestation.unevaluated`: something happened, and what it means for this payer is not said.

    Raises:
        EvidenceShapeError: if the payload is not one token, or something unknown is expected.
    """
    text = _read_payload(evidence)
    settings = trust.settings.get(NAME)
    if not isinstance(settings, Settings):
        return not_set_up(evidence, _SPOKEN)
    try:
        claims, issuer = _verified_claims(text, settings)
        id_ = text_claim(claims, "jti", at_most=MAX_NAME)
        events = _read_events(claims)
        age = _age(claims, events, settings, at)
        if not id_:
            raise TokenError(TokenFlaw.CLAIMS)  # noqa: TRY301 - one place for what is refused
    except TokenError as error:
        return refused(evidence, _SPOKEN, error.flaw.value)
    states = _states(events)
    states |= {INVALID: ABSENT, STALE: yes_or_no(present=age.is_stale)}
    is_bound = True
    if "subject" in evidence.expected:
        is_bound = is_about(claims.get("sub_id"), evidence.expected["subject"])
        states[BINDING] = yes_or_no(present=not is_bound)
    if age.is_stale or not is_bound:
        withdraw(states, but={INVALID, STALE, BINDING})
    details = _details(events, issuer)
    details["subject"] = "compared" if "subject" in evidence.expected else "not compared"
    if age.seconds is not None:
        details["age_s"] = age.seconds
    once = (Once(once_digest(NAME, "event", f"{issuer}\n{id_}")),) if is_bound else ()
    return appraisal_of(evidence, states, details, verified=True, once=once)


def _read_payload(evidence: Evidence) -> str:
    """Return the token's text."""
    text, problems = payload_text(
        evidence, "token", expected=_EXPECTED, at_most=MAX_TOKEN, form="JWT"
    )
    subject = evidence.expected.get("subject")
    if subject is not None and not 0 < len(subject) <= _MAX_SUBJECT:
        problems.append(Problem("/expected/subject", f"expected 1 to {_MAX_SUBJECT} characters"))
    if problems:
        raise EvidenceShapeError(problems)
    return text


def _verified_claims(text: str, settings: Settings) -> tuple[dict[str, Any], str]:
    """Return the claims of a token that a transmitter signed for this PSP, and that transmitter."""
    token = read_token(text, max_size=MAX_TOKEN)
    require_type(token, TYPE)
    issuer = verify_token(token, settings.keys).owner
    claims = read_object(token.payload)
    if claims.get("iss") != issuer:
        raise TokenError(TokenFlaw.ISSUER)
    require_audience(claims, settings.audiences[issuer])
    return claims, issuer


def _read_events(claims: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return the events of verified claims."""
    events = claims.get("events")
    if not isinstance(events, dict) or not 0 < len(events) <= MAX_EVENTS:
        raise TokenError(TokenFlaw.CLAIMS)
    if not all(isinstance(said, dict) for said in events.values()):
        raise TokenError(TokenFlaw.CLAIMS)
    names = {uri: uri.removeprefix(EVENT_TYPES) for uri in events}
    return tuple(
        Event(name=names[uri] if names[uri] in _EVENTS and names[uri] != uri else "", said=said)
        for uri, said in events.items()
    )


def _age(
    claims: Mapping[str, Any], events: tuple[Event, ...], settings: Settings, at: datetime
) -> Age:
    """Return how long ago the oldest event happened, as far as it says so, or the token was issued."""
    told = [time_claim(event.said, "event_timestamp") for event in events]
    issued = required_time(claims, "iat")
    # A token from the future has no known age, whatever its events say.
    whole = age_of(claims, issued=issued, max_age_s=settings.max_age_s, at=at)
    if whole.seconds is None:
        return whole
    happened = min([issued, *(each for each in told if each is not None)])
    return age_of(claims, issued=happened, max_age_s=settings.max_age_s, at=at)


def _states(events: tuple[Event, ...]) -> States:
    """Return the states of the codes that the events speak about, by the catalogue."""
    states: States = {}
    is_open = False
    for event in events:
        told = _states_of(event)
        is_open = is_open or not told or not _is_in_words(event)
        for code, state in told.items():
            found = {state, states.get(code, ABSENT)}
            worst = PRESENT if PRESENT in found else NOT_EVALUATED
            states[code] = ABSENT if found == {ABSENT} else worst
    states[UNEVALUATED] = yes_or_no(present=is_open)
    return states


def _states_of(event: Event) -> States:
    """Return the states of the codes that one event speaks about; none for what has no code."""
    if event.name == _RISK and event.said.get("principal") != _OF_DEVICES:
        return {}
    states: States = {}
    for rule in _RULES:
        mapped = [
            event.said.get(_field(line.path)) in line.values
            for line in rule.mappings
            if _is_of(line.path, event)
        ]
        cleared = [
            event.said.get(_field(line.path)) in line.values
            for line in rule.clears
            if _is_of(line.path, event)
        ]
        if mapped:
            clear = ABSENT if any(cleared) else NOT_EVALUATED
            states[rule.code] = PRESENT if any(mapped) else clear
    return states


def _is_of(path: str, event: Event) -> bool:
    """Return whether a path of the catalogue is about this kind of event."""
    return path.partition(".")[0] == event.name


def _field(path: str) -> str:
    """Return the field that a path of the catalogue ends with."""
    return path.partition(".")[2]


def _is_in_words(event: Event) -> bool:
    """Return whether an event says in words of CAEP 1.0 what the catalogue asks it."""
    return all(
        event.said.get(_field(path)) in list(words)
        for path, words in _WORDS.items()
        if _is_of(path, event)
    )


def _details(events: tuple[Event, ...], issuer: str) -> Details:
    """Return the facts that may be stored and shown: no subject, and no reason in somebody's words."""
    details: Details = {"issuer": issuer}
    names = sorted({event.name for event in events if event.name})
    if names:
        details["events"] = ", ".join(names)
    unknown = sum(not event.name for event in events)
    if unknown:
        details["unknown_events"] = unknown
    entities = sorted(
        {
            entity
            for event in events
            if isinstance(entity := event.said.get("initiating_entity"), str)
            and entity in _ENTITIES
        }
    )
    if entities:
        details["initiating_entity"] = ", ".join(entities)
    return details


PROVIDER: Final = Provider(NAME, frozenset({Mode.RAW}), appraise, read_settings)
