"""From claims to states of findings, by the mappings and clearing values of the catalogue."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from policies.vocabulary.findings import CATALOGUE, FindingState

NAME: Final = "apple_app_attest"

INVALID: Final = "attestation.invalid"
BINDING: Final = "attestation.binding_mismatch"
STALE: Final = "attestation.stale"
UNEVALUATED: Final = "attestation.unevaluated"
DEBUG: Final = "app.debug_build"
REPACKAGED: Final = "app.repackaged"
FARMING: Final = "device.attestation_farming"
COUNTER: Final = "key.counter_regressed"
SOFTWARE: Final = "key.software_backed"
MISSING: Final = "attestation.missing"

RP_ID_HASH: Final = "authData.rpIdHash"
AAGUID: Final = "authData.aaguid"
BUNDLE_VERSION: Final = "authData.extensions.apple_bundle_version_01"
VALIDATION_CATEGORY: Final = "authData.extensions.apple_validation_category_01"
NONCE: Final = "credCert 1.2.840.113635.100.8.2 nonce"
ATTESTATION: Final = "attestation"
ASSERTION_COUNTER: Final = "assertion.authenticatorData.counter"
RECEIPT_APP: Final = "receipt[2].appId"
RECEIPT_ENVIRONMENT: Final = "receipt[7].environment"
RECEIPT_CREATED: Final = "receipt[12].creation"
RECEIPT_METRIC: Final = "receipt[17].riskMetric"
RECEIPT_EXPIRES: Final = "receipt[21].expiration"
IS_SUPPORTED: Final = "isSupported"

IN: Final = "in"
"""The only operation on a value; every other one is answered by who makes the claims."""

UNKNOWN: Final = None
"""The answer to a question that was asked and that the evidence does not answer."""

Claims = Mapping[tuple[str, str], Any]
"""By path and operation: for `in` the value, else whether it holds; UNKNOWN, or missing: nobody asked."""


class Line(NamedTuple):
    """One line of the catalogue: a path, an operation, and values."""

    path: str
    operation: str
    values: tuple[Any, ...]


class CodeRule(NamedTuple):
    """The lines of one finding code: what makes it present, and what clears it."""

    code: str
    mappings: tuple[Line, ...]
    clears: tuple[Line, ...]


def _lines(rows: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(Line(row["path"], row["op"], tuple(row["values"])) for row in rows)


RULES: Final[Mapping[str, CodeRule]] = MappingProxyType(
    {
        code: CodeRule(
            code, _lines(type_.mappings.get(NAME, ())), _lines(type_.clears.get(NAME, ()))
        )
        for code, type_ in CATALOGUE.items()
        if NAME in type_.mappings or NAME in type_.clears
    }
)


def states_of(claims: Claims) -> dict[str, FindingState]:
    """Return the state of each code that the claims say something about."""
    states = {code: _state(rule, claims) for code, rule in RULES.items()}
    return {code: state for code, state in states.items() if state is not None}


def _state(rule: CodeRule, claims: Claims) -> FindingState | None:
    """Return one code's state; None where nobody asked.

    Present goes before everything. Where the catalogue says what clears a code, nothing else does; where
    it does not, the denial of every mapping that was asked for will do.
    """
    answers = _answers(rule.mappings, claims)
    if True in answers:
        return FindingState.PRESENT
    clears = _answers(rule.clears, claims)
    if UNKNOWN in answers or (clears and True not in clears):
        return FindingState.NOT_EVALUATED
    if clears or (answers and not rule.clears):
        return FindingState.ABSENT
    return None


def _answers(lines: Sequence[Line], claims: Claims) -> list[bool | None]:
    """Return the answers of those lines that were asked for."""
    answers: list[bool | None] = []
    for line in lines:
        key = (line.path, line.operation)
        if key not in claims:
            continue
        value = claims[key]
        if line.operation == IN and value is not UNKNOWN:
            value = value in line.values
        answers.append(value)
    return answers
