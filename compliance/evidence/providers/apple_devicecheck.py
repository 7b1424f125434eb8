"""Apple DeviceCheck: two bits that a PSP keeps with Apple for each device, as its back-end was told them."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    Provider,
    SettingsError,
    TrustMaterial,
    payload_digest,
    unknown_fields,
)
from policies.documents import Problem
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

NAME: Final = "apple_devicecheck"
BITS: Final = ("bit0", "bit1")
FOUND: Final = "found"
NOT_FOUND: Final = "not_found"
_UPDATED: Final = "last_update_time"
_STATE: Final = "bit_state"
_FIELDS: Final = frozenset({*BITS, _UPDATED, _STATE})
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")

CODES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    bit: tuple(
        code
        for code, type_ in CATALOGUE.items()
        for line in type_.mappings.get(NAME, ())
        if line["path"] == bit and True in line["values"]
    )
    for bit in BITS
}
"""What each bit means where it is set, as the catalogue maps it."""


class Settings(NamedTuple):
    """What a PSP has set up: which of the bits say that it has flagged a device."""

    flags: tuple[str, ...] = BITS


class Answer(NamedTuple):
    """What Apple answered; `bits` is None where nobody has ever set them for this device."""

    bits: Mapping[str, bool] | None
    updated_in: str | None


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return the settings of a document: `flags`, a list of `bit0` and `bit1`, both unless it says so.

    Raises:
        SettingsError: if something is unknown or makes no sense.
    """
    problems = unknown_fields("", document, {"flags"})
    flags = document.get("flags", list(BITS))
    is_list = isinstance(flags, list) and 0 < len(flags) <= len(BITS)
    if not is_list or not all(isinstance(each, str) and each in BITS for each in flags):
        problems.append(Problem("/flags", f"expected some of {', '.join(BITS)}"))
    if problems:
        raise SettingsError(problems)
    return Settings(tuple(bit for bit in BITS if bit in flags))


def read_answer(payload: Mapping[str, Any]) -> Answer:
    """Return what a payload says: `bit0`, `bit1` and, if Apple told it, `last_update_time` (YYYY-MM).

    Where Apple answered that it found no bits, the payload is `{"bit_state": "not_found"}`.

    Raises:
        EvidenceShapeError: if it is neither.
    """
    problems = unknown_fields("/payload", payload, _FIELDS)
    state = payload.get(_STATE, FOUND)
    if state not in (FOUND, NOT_FOUND):
        problems.append(Problem(f"/payload/{_STATE}", f"expected {FOUND} or {NOT_FOUND}"))
    elif state == NOT_FOUND:
        unexpected = [name for name in (*BITS, _UPDATED) if name in payload]
        problems += (Problem(f"/payload/{name}", "expected no bits") for name in unexpected)
    else:
        problems += (
            Problem(f"/payload/{bit}", "expected true or false")
            for bit in BITS
            if not isinstance(payload.get(bit), bool)
        )
    updated_in = payload.get(_UPDATED)
    if _UPDATED in payload and not _is_month(updated_in):
        problems.append(Problem(f"/payload/{_UPDATED}", "expected a month like 2026-11"))
    if problems:
        raise EvidenceShapeError(problems)
    bits = {bit: payload[bit] for bit in BITS} if state == FOUND else None
    return Answer(bits, updated_in)


def _is_month(value: Any) -> bool:
    """Return whether a value is a year and a month."""
    return isinstance(value, str) and _MONTH.fullmatch(value) is not None


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:  # noqa: ARG001 - one signature for all
    """Return what the bits amount to. Apple's answer is not signed: it is worth the PSP's word, C.

    A device of which Apple knows no bits was never flagged. Bits that the PSP uses for something
    else say nothing here.

    Raises:
        EvidenceShapeError: if the payload is no answer of Apple's.
    """
    if evidence.expected:
        raise EvidenceShapeError(unknown_fields("/expected", evidence.expected, ()))
    answer = read_answer(evidence.payload)
    settings = trust.settings.get(NAME, Settings())
    bits = answer.bits or {}
    states: dict[str, FindingState] = {}
    for bit in settings.flags:
        for code in CODES_OF[bit]:
            if bits.get(bit, False):
                states[code] = FindingState.PRESENT
            else:
                states.setdefault(code, FindingState.ABSENT)
    details: dict[str, str | int | bool] = {
        _STATE: NOT_FOUND if answer.bits is None else FOUND,
        **bits,
    }
    if answer.updated_in is not None:
        details[_UPDATED] = answer.updated_in
    return Appraisal(
        provider=NAME,
        mode=evidence.mode,
        verified=False,
        findings=tuple(
            Finding(
                code=code,
                state=state,
                assurance=Assurance.C,
                provider=NAME,
                observed_at=evidence.observed_at,
            )
            for code, state in sorted(states.items())
        ),
        digest=payload_digest(evidence.payload),
        observed_at=evidence.observed_at,
        details=details,
    )


PROVIDER: Final = Provider(NAME, frozenset({Mode.DECODED}), appraise, read_settings)
