"""Signed statements about the separated secure execution environment of one transaction (RTS Article 9(3)(a)).

A statement is a JWS with the type `execution-environment+jwt`, signed with ES256, ES384 or EdDSA by a
key that the PSP has set up under the statement's `kid`. Its claims: `iat`, `transaction` and `class`;
further `delivery`, `packaging`, `uniqueness` (the words of `policies.vocabulary.environment`),
`instance`, `measurement` (`sha256:<hex>`), `jti`, `exp`, `nbf`, `iss` and `aud`.
"""
# SPDX-License-Identifier: Apache-2.0

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
    Once,
    Provider,
    SettingsError,
    StatedEnvironment,
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
    require_type,
    verify_token,
)
from compliance.evidence.providers.token_claims import (
    age_of,
    require_audience,
    required_time,
    text_claim,
)
from compliance.evidence.providers.trusted_keys import (
    ELLIPTIC_ALGORITHMS,
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
    Line,
    States,
    appraisal_of,
    lines_of,
    not_set_up,
    refused,
    withdraw,
    yes_or_no,
)
from policies.documents import Problem
from policies.model.facts import Environment, attribute_of
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import FindingState

NAME: Final = "execution_environment"
TYPE: Final = "execution-environment+jwt"
MAX_STATEMENT: Final = 8192
MAX_TRANSACTION: Final = 128
MAX_INSTANCE: Final = 64
MAX_MEASUREMENTS: Final = 1000
DEFAULT_MAX_AGE_S: Final = 300
_DAY_S: Final = 86_400
_MAX_WORD: Final = 64
_MAX_ID: Final = 256
_EXPECTED: Final = frozenset({"transaction"})
_SETTINGS: Final = frozenset({"keys", "measurements", "max_age_s", "audience"})
_MEASUREMENT: Final = re.compile(r"sha256:[0-9a-f]{64}")

REPACKAGED: Final = "app.repackaged"
REUSED: Final = "env.reused_across_transactions"

_RULES: Final = tuple(rule for rule in lines_of("psp_declared") if rule.code.startswith("env."))
_SEPARATE: Final = "design.see"
_KIND: Final = "design.see_kind"
_LIFETIME: Final = "design.see_lifetime"
_LONGER: Final = "longer_than_one_authentication"

_DECLARED: Final[Mapping[str, Mapping[str, object]]] = {
    "secure_element": {_SEPARATE: True, _KIND: "secure_element"},
    "tee": {_SEPARATE: True, _KIND: "tee"},
    "app_container": {_SEPARATE: True, _KIND: "app_container"},
    # A key store in software keeps keys apart; where elements are entered it does not say.
    "software_keystore": {_KIND: "software_keystore"},
    "obfuscation_only": {_KIND: "obfuscation"},
    "none": {_SEPARATE: False},
    UNKNOWN: {},
}
"""What each class says in the words of the catalogue."""

_OUTLIVES: Final = {"transaction": False, "session": True, "installation": True, "release": True}
"""Whether an environment of each uniqueness outlives one authentication."""

_SPOKEN: Final = (*(rule.code for rule in _RULES), UNEVALUATED)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a PSP sets up: who may sign statements, and what it has released."""

    keys: tuple[TrustedKey, ...]
    measurements: frozenset[str] = frozenset()
    max_age_s: int = DEFAULT_MAX_AGE_S
    audience: str = ""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A verified statement; `unknown` counts the words that the vocabulary does not have."""

    environment: Environment
    transaction: str
    instance: str
    measurement: str
    id: str
    unknown: int


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return what a document sets up: `keys` (JWK with `kid`), `measurements`, `max_age_s`, `audience`.

    Raises:
        SettingsError: if it makes no sense; every place is named.
    """
    problems = unknown_fields("", document, _SETTINGS)
    keys = read_keys(
        document.get("keys"), "/keys", problems, algorithms=ELLIPTIC_ALGORITHMS, needs_kid=True
    )
    measurements = _measurements(document.get("measurements", []), problems)
    max_age_s = read_seconds(
        document.get("max_age_s", DEFAULT_MAX_AGE_S), "/max_age_s", problems, at_most=_DAY_S
    )
    audience = None
    if "audience" in document:
        audience = read_name(document["audience"], "/audience", problems)
    if problems:
        raise SettingsError(problems)
    return Settings(
        keys=keys, measurements=measurements, max_age_s=max_age_s, audience=audience or ""
    )


def _measurements(listed: Any, problems: list[Problem]) -> frozenset[str]:
    """Return the measurements that the PSP has released."""
    if not isinstance(listed, list) or len(listed) > MAX_MEASUREMENTS:
        problems.append(Problem("/measurements", f"expected a list of at most {MAX_MEASUREMENTS}"))
        return frozenset()
    fitting = set()
    for index, each in enumerate(listed):
        if isinstance(each, str) and _MEASUREMENT.fullmatch(each):
            fitting.add(each)
        else:
            problems.append(
                Problem(f"/measurements/{index}", "expected `sha256:` and 64 hexadecimal digits")
            )
    return frozenset(fitting)


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:
    """Return what a statement amounts to, of assurance B.

    A statement counts for its own transaction alone: without an expected `transaction` it clears
    nothing and says nothing of the environment, though what it admits counts. Whether its instance
    was seen in another transaction is for the guard of repeats to say.

    Raises:
        EvidenceShapeError: if the payload is not one statement, or something unknown is expected.
    """
    text = _read_payload(evidence)
    settings = trust.settings.get(NAME)
    codes = (*_SPOKEN, REPACKAGED)
    if not isinstance(settings, Settings):
        return not_set_up(evidence, codes)
    try:
        token = read_token(text, max_size=MAX_STATEMENT)
        claims, key = _verified_claims(token, settings)
        statement = _read_statement(claims)
        issued = required_time(claims, "iat")
        age = age_of(claims, issued=issued, max_age_s=settings.max_age_s, at=at)
    except TokenError as error:
        return refused(evidence, codes, error.flaw.value)
    states = _states(statement, settings)
    states |= {INVALID: ABSENT, STALE: yes_or_no(present=age.is_stale)}
    bound = _is_bound(statement, evidence.expected)
    if bound is not None:
        states[BINDING] = yes_or_no(present=not bound)
    is_current = bool(bound) and not age.is_stale
    if not is_current:
        withdraw(states, but={INVALID, STALE, BINDING})
    details = _details(statement)
    details["transaction"] = "not compared" if bound is None else "compared"
    if age.seconds is not None:
        details["age_s"] = age.seconds
    return appraisal_of(
        evidence,
        states,
        details,
        verified=True,
        # What is shown in a wrong place must not use up what its owner may still need.
        once=() if bound is False else _once(statement, token, key),
        environment=StatedEnvironment(statement.environment, statement.instance)
        if is_current
        else None,
    )


def _read_payload(evidence: Evidence) -> str:
    """Return the statement's text."""
    text, problems = payload_text(
        evidence, "statement", expected=_EXPECTED, at_most=MAX_STATEMENT, form="JWS"
    )
    if problems:
        raise EvidenceShapeError(problems)
    return text


def _verified_claims(token: Token, settings: Settings) -> tuple[dict[str, Any], TrustedKey]:
    """Return the claims of a statement that a trusted key signed, and that key."""
    require_type(token, TYPE)
    if token.kid is None:
        raise TokenError(TokenFlaw.UNKNOWN_KEY)
    key = verify_token(token, settings.keys)
    claims = read_object(token.payload)
    require_audience(claims, settings.audience)
    return claims, key


def _read_statement(claims: Mapping[str, Any]) -> Statement:
    """Return the statement of verified claims; a word that nobody here knows says nothing."""
    said = {}
    unknown = 0
    for field, words in ENVIRONMENT_FIELDS.items():
        word = text_claim(claims, field, at_most=_MAX_WORD) or UNKNOWN
        unknown += word not in words
        said[attribute_of(field)] = word if word in words else UNKNOWN
    transaction = text_claim(claims, "transaction", at_most=MAX_TRANSACTION)
    measurement = text_claim(claims, "measurement", at_most=MAX_TRANSACTION)
    if not transaction or "class" not in claims:
        raise TokenError(TokenFlaw.CLAIMS)
    if measurement and not _MEASUREMENT.fullmatch(measurement):
        raise TokenError(TokenFlaw.CLAIMS)
    return Statement(
        environment=Environment(**said),
        transaction=transaction,
        instance=text_claim(claims, "instance", at_most=MAX_INSTANCE),
        measurement=measurement,
        id=text_claim(claims, "jti", at_most=_MAX_ID),
        unknown=unknown,
    )


def _states(statement: Statement, settings: Settings) -> States:
    """Return the states of the codes about the environment, by the catalogue."""
    environment = statement.environment
    declared = dict(_DECLARED[environment.class_])
    if environment.uniqueness in _OUTLIVES:
        declared[_LIFETIME] = _OUTLIVES[environment.uniqueness]
    states = {rule.code: _state(rule.mappings, declared) for rule in _RULES}
    if not statement.instance and states[REUSED] is ABSENT:
        # Whether it was seen before can be asked of an instance that has a name.
        states[REUSED] = NOT_EVALUATED
    if settings.measurements:
        states[REPACKAGED] = (
            yes_or_no(present=statement.measurement not in settings.measurements)
            if statement.measurement
            else NOT_EVALUATED
        )
    undecided = statement.unknown or environment.class_ == UNKNOWN
    states[UNEVALUATED] = yes_or_no(present=bool(undecided))
    return states


def _state(lines: tuple[Line, ...], declared: Mapping[str, object]) -> FindingState:
    """Return the state of one code: each of its questions has two answers, or was not answered."""
    answers = {_answer(line, declared) for line in lines}
    if True in answers:
        return PRESENT
    return NOT_EVALUATED if None in answers else ABSENT


def _answer(line: Line, declared: Mapping[str, object]) -> bool | None:
    """Return whether a line of the catalogue holds; None where the statement does not say."""
    if line.path not in declared:
        return None
    said = declared[line.path]
    return said is True if line.op == _LONGER else said in line.values


def _is_bound(statement: Statement, expected: Mapping[str, str]) -> bool | None:
    """Return whether the statement is about the expected transaction; None where none is expected."""
    if "transaction" not in expected:
        return None
    return hmac.compare_digest(
        statement.transaction.encode("utf-8", "surrogatepass"),
        expected["transaction"].encode("utf-8", "surrogatepass"),
    )


def _once(statement: Statement, token: Token, key: TrustedKey) -> tuple[Once, ...]:
    """Return what may be said once: the statement, and its instance within its transaction.

    A statement without an id is known by what was signed: signatures can be altered and still hold.
    """
    id_ = f"{key.kid}\n{statement.id}".encode() if statement.id else token.signing_input
    said = [Once(once_digest(NAME, "statement", id_))]
    if statement.instance:
        scope = once_digest(NAME, "transaction", statement.transaction)
        said.append(Once(once_digest(NAME, "instance", statement.instance), REUSED, scope))
    return tuple(said)


def _details(statement: Statement) -> Details:
    """Return the facts that may be stored and shown; the instance may name a device."""
    details: Details = {
        field: statement.environment.value_of(field) for field in ENVIRONMENT_FIELDS
    }
    if statement.measurement:
        details["measurement"] = statement.measurement
    if statement.unknown:
        details["unknown_words"] = statement.unknown
    return details


PROVIDER: Final = Provider(NAME, frozenset({Mode.RAW}), appraise, read_settings)
