"""Appraises one token: opened and verified, or told as Google decoded it; then findings."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.play_integrity.claims import (
    NO_ANSWER,
    Read,
    age_ms_of,
    claims_of,
)
from compliance.evidence.providers.play_integrity.content import Content, read_content
from compliance.evidence.providers.play_integrity.expected import Expected, read_expected, url_safe
from compliance.evidence.providers.play_integrity.names import (
    APP_RECOGNITION,
    DEVICE_ACTIVITY,
    LABELS,
    LICENSING,
    NONCE,
    PACKAGE,
    PC,
    PLAY_PROTECT,
    REQUEST_TIME,
    SDK_VERSION,
    TESTING,
    VERSION_CODE,
)
from compliance.evidence.providers.play_integrity.rules import (
    BINDING,
    INVALID,
    NAME,
    STALE,
    TEST_RESPONSE,
    UNEVALUATED,
    states_of,
)
from compliance.evidence.providers.play_integrity.settings import Keys, Settings
from compliance.evidence.providers.play_integrity.token import (
    MAX_TOKEN,
    Reason,
    TokenError,
    open_token,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    Once,
    TrustMaterial,
    once_digest,
    payload_digest,
    unknown_fields,
)
from policies.documents import Problem
from policies.vocabulary.findings import Assurance, Finding, FindingState

Details = dict[str, str | int | bool]
States = dict[str, FindingState]

_WRAPPER: Final = "tokenPayloadExternal"
_NOTHING: Final = Content({}, frozenset(), 0)
_ABOUT_THE_TOKEN: Final = frozenset({INVALID, STALE, BINDING, TEST_RESPONSE, UNEVALUATED})
_SHOWN: Final = {
    APP_RECOGNITION: "app_recognition",
    LABELS: "device_labels",
    LICENSING: "licensing",
    PLAY_PROTECT: "play_protect",
    DEVICE_ACTIVITY: "device_activity",
}
_NUMBERS: Final = {SDK_VERSION: "sdk_version", VERSION_CODE: "version_code"}


class Case(NamedTuple):
    """What one item is appraised by."""

    expected: Expected
    settings: Settings
    is_set_up: bool
    at: datetime


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:
    """Return what the token amounts to: of assurance B if it is for us to verify, C if Google decoded it.

    A token that cannot be decrypted, or that Google did not sign, gives `attestation.invalid` with
    its reason in the details, and what it should have told is `not_evaluated`. So is everything of a
    token that the PSP set no keys up for.

    Raises:
        EvidenceShapeError: if the payload is neither a token nor Google's decoded answer.
    """
    given, expected = _read(evidence)
    digest = payload_digest(evidence.payload)
    settings: Settings | None = trust.settings.get(NAME)
    case = Case(expected, settings or Settings(), settings is not None, at)
    once: tuple[Once, ...] = ()
    if isinstance(given, Content):
        states, details = _judged(given, case)
    elif case.settings.keys is None:
        states, details = _left_open(case), {"reason": "no_keys"}
        states[UNEVALUATED] = FindingState.PRESENT
    else:
        try:
            content, signed = _opened(given, case.settings.keys)
        except TokenError as error:
            states, details = _left_open(case), {"reason": error.reason.value}
            states[INVALID] = FindingState.PRESENT
        else:
            states, details = _judged(content, case)
            states[INVALID] = FindingState.ABSENT
            once = (_once(content, signed),)
    return Appraisal(
        provider=NAME,
        mode=evidence.mode,
        verified=bool(once),
        findings=_findings(states, evidence),
        digest=digest,
        observed_at=evidence.observed_at,
        details=details if case.is_set_up else details | {"set_up": False},
        once=once,
    )


def _read(evidence: Evidence) -> tuple[Content | str, Expected]:
    """Return the decoded content or the token, and what is expected of it."""
    problems: list[Problem] = []
    expected = read_expected(evidence.expected, problems)
    is_token = evidence.mode is Mode.RAW
    given = _token(evidence.payload, problems) if is_token else _told(evidence.payload, problems)
    if problems:
        raise EvidenceShapeError(problems)
    return given, expected


def _token(payload: Mapping[str, Any], problems: list[Problem]) -> str:
    """Return the token, unopened."""
    problems += unknown_fields("/payload", payload, {"token"})
    token = payload.get("token")
    if isinstance(token, str) and 0 < len(token) <= MAX_TOKEN:
        return token
    problems.append(
        Problem("/payload/token", f"expected a token of at most {MAX_TOKEN} characters")
    )
    return ""


def _told(payload: Mapping[str, Any], problems: list[Problem]) -> Content:
    """Return Google's answer as the back-end passes it on: whole, or the content alone."""
    pointer, content = "/payload", payload
    if _WRAPPER in payload:
        problems += unknown_fields(pointer, payload, {_WRAPPER})
        pointer, content = f"/payload/{_WRAPPER}", payload[_WRAPPER]
        if not isinstance(content, dict):
            problems.append(Problem(pointer, "expected an object"))
            content = {}
    read, found = read_content(content, pointer, digested=True)
    problems += found
    return read


def _opened(token: str, keys: Keys) -> tuple[Content, str]:
    """Return what a token holds, and its signed part; raises TokenError."""
    content, signed = open_token(token, keys)
    read, problems = read_content(content, "", digested=False)
    if problems:
        raise TokenError(Reason.CONTENT)
    return read, signed


def _judged(content: Content, case: Case) -> tuple[States, Details]:
    """Return the states that a content amounts to, and the facts that may be shown."""
    read = claims_of(content, case.expected, case.settings, case.at)
    states = states_of(read, case.settings.switched_on)
    if False in read.claims.get(PACKAGE, NO_ANSWER).values:
        states[BINDING] = FindingState.PRESENT
    if not case.is_set_up or states[STALE] is FindingState.NOT_EVALUATED:
        states[UNEVALUATED] = FindingState.PRESENT
    if not _may_clear(states):
        for code in states.keys() - _ABOUT_THE_TOKEN:
            if states[code] is FindingState.ABSENT:
                states[code] = FindingState.NOT_EVALUATED
    return states, _details(content, read, case)


def _may_clear(states: States) -> bool:
    """Return whether the token clears anything beyond itself.

    One of another request or app may be of another device; an old one, or one whose age is unknown,
    is of another moment; and in a test response somebody chose the verdicts.
    """
    return (
        states[BINDING] is not FindingState.PRESENT
        and states[STALE] is FindingState.ABSENT
        and states[TEST_RESPONSE] is FindingState.ABSENT
    )


def _left_open(case: Case) -> States:
    """Return the states of a token that was not opened: everything that it was asked."""
    nothing = claims_of(_NOTHING, case.expected, case.settings, case.at)
    states = dict.fromkeys(
        states_of(nothing, case.settings.switched_on), FindingState.NOT_EVALUATED
    )
    del states[UNEVALUATED]
    states[INVALID] = FindingState.NOT_EVALUATED
    return states


def _once(content: Content, signed: str) -> Once:
    """Return what a verified token may say only once: its nonce, or else all of it."""
    nonce = content.fields.get(NONCE)
    if nonce is None:
        return Once(once_digest(NAME, "token", signed))
    return Once(once_digest(NAME, "nonce", url_safe(nonce)))


def _details(content: Content, read: Read, case: Case) -> Details:
    """Return the facts that may be stored and shown: known values, nothing that names anyone."""
    compared = [
        name
        for name, value in (
            ("nonce", case.expected.nonce),
            ("request_hash", case.expected.request_hash),
        )
        if value is not None
    ]
    details: Details = {"binding": ", ".join(compared) or "not compared"}
    for path, name in _SHOWN.items():
        values = read.claims.get(path, NO_ANSWER).values
        if values:
            details[name] = ", ".join(sorted(values))
    age_ms = age_ms_of(content.fields, case.at)
    if age_ms is not None:
        details["age_s"] = age_ms // 1000
    for path, name in _NUMBERS.items():
        if path in content.fields:
            details[name] = content.fields[path]
    if REQUEST_TIME in content.fields or PC in read.claims[LABELS].values:
        details["variant"] = "pc"
    if content.fields.get(TESTING):
        details["testing_response"] = True
    counted = {
        "unanswered_verdicts": read.unanswered,
        "unknown_values": read.unknown_values,
        "unknown_fields": content.unknown_fields,
    }
    return details | {name: number for name, number in counted.items() if number}


def _findings(states: States, evidence: Evidence) -> tuple[Finding, ...]:
    """Return a finding for each state, in alphabetical order of their codes."""
    worth = Assurance.B if evidence.mode is Mode.RAW else Assurance.C
    taken = evidence.observed_at
    return tuple(
        [
            Finding(code=code, state=state, assurance=worth, provider=NAME, observed_at=taken)
            for code, state in sorted(states.items())
        ]
    )
