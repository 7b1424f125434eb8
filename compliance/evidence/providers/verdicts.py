"""From states of codes to an appraisal, and codes that the catalogue connects with values of a provider."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    Once,
    StatedEnvironment,
    payload_digest,
)
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

Details = dict[str, str | int | bool]
States = dict[str, FindingState]

INVALID: Final = "attestation.invalid"
STALE: Final = "attestation.stale"
BINDING: Final = "attestation.binding_mismatch"
UNEVALUATED: Final = "attestation.unevaluated"

PRESENT: Final = FindingState.PRESENT
ABSENT: Final = FindingState.ABSENT
NOT_EVALUATED: Final = FindingState.NOT_EVALUATED


class Line(NamedTuple):
    """One line of the catalogue: a path, an operation, and values."""

    path: str
    op: str
    values: tuple[Any, ...]


class CodeLines(NamedTuple):
    """What makes a code present, and what clears it."""

    code: str
    mappings: tuple[Line, ...]
    clears: tuple[Line, ...]


def lines_of(provider: str) -> tuple[CodeLines, ...]:
    """Return the lines of the catalogue for a provider, by its name there, in alphabetical order."""
    return tuple(
        CodeLines(
            code, _lines(type_.mappings.get(provider, ())), _lines(type_.clears.get(provider, ()))
        )
        for code, type_ in CATALOGUE.items()
        if provider in type_.mappings or provider in type_.clears
    )


def _lines(rows: Collection[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(Line(row["path"], row["op"], tuple(row["values"])) for row in rows)


def yes_or_no(*, present: bool) -> FindingState:
    """Return the state of a code whose question has two answers."""
    return PRESENT if present else ABSENT


def withdraw(states: States, *, but: Collection[str]) -> None:
    """Turn every `absent` into `not_evaluated`, other than of the codes in `but`.

    Evidence that is too old, or of another request, may be of another device: it clears nothing.
    """
    for code, state in states.items():
        if state is ABSENT and code not in but:
            states[code] = NOT_EVALUATED


def appraisal_of(
    evidence: Evidence,
    states: Mapping[str, FindingState],
    details: Details,
    *,
    verified: bool,
    assurance: Assurance = Assurance.B,
    once: tuple[Once, ...] = (),
    environment: StatedEnvironment | None = None,
) -> Appraisal:
    """Return the appraisal, with findings in alphabetical order of their codes."""
    return Appraisal(
        provider=evidence.provider,
        mode=evidence.mode,
        verified=verified,
        findings=tuple(
            Finding(
                code=code,
                state=state,
                assurance=assurance,
                provider=evidence.provider,
                observed_at=evidence.observed_at,
            )
            for code, state in sorted(states.items())
        ),
        digest=payload_digest(evidence.payload),
        observed_at=evidence.observed_at,
        details=details,
        once=once,
        environment=environment,
    )


def refused(evidence: Evidence, codes: Collection[str], reason: str) -> Appraisal:
    """Return the appraisal of evidence that does not verify: nothing is taken from its content."""
    states = dict.fromkeys((*codes, STALE), NOT_EVALUATED)
    if evidence.expected:
        states[BINDING] = NOT_EVALUATED
    states[INVALID] = PRESENT
    return appraisal_of(evidence, states, {"reason": reason}, verified=False)


def not_set_up(evidence: Evidence, codes: Collection[str]) -> Appraisal:
    """Return the appraisal of evidence that nobody can verify: the PSP has set up no key for it."""
    states = dict.fromkeys((*codes, STALE, INVALID), NOT_EVALUATED)
    if evidence.expected:
        states[BINDING] = NOT_EVALUATED
    states[UNEVALUATED] = PRESENT
    return appraisal_of(evidence, states, {"reason": "not set up"}, verified=False)
