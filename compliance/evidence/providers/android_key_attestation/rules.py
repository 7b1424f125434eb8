"""From claims to states of findings, by the mappings and clearing values of the catalogue."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.android_key_attestation.applications import NOT_ASKED
from compliance.evidence.providers.android_key_attestation.claims import Age, Claims
from compliance.evidence.providers.android_key_attestation.payload import Expected
from compliance.evidence.providers.android_key_attestation.settings import Settings
from policies.vocabulary.findings import CATALOGUE, FindingState

NAME: Final = "android_key_attestation"

INVALID: Final = "attestation.invalid"
BINDING: Final = "attestation.binding_mismatch"
REVOKED: Final = "key.attestation_revoked"
UNAVAILABLE: Final = "provider.unavailable"
REPACKAGED: Final = "app.repackaged"
OLD_APP: Final = "app.version_not_allowed"
FARMING: Final = "device.attestation_farming"

OF_THE_APP: Final = frozenset({REPACKAGED, OLD_APP})
"""Codes whose answer is the operating system's word, so only as good as verified boot."""

_SILENCE_CLEARS: Final = frozenset(
    {BINDING, INVALID, REVOKED, OLD_APP, FARMING, "device.os_custom", "device.os_outdated"}
)
"""Codes whose question has two answers only: where no mapping holds, it was looked at and is clean."""


class Answer(Enum):
    """What claims say about one line of the catalogue."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()  # the device did not say
    NOT_ASKED = auto()  # there was nothing to compare with


class Line(NamedTuple):
    """One line of the catalogue: a path, an operation, and values."""

    path: str
    operation: Callable[["Claims", "Line"], Answer]
    values: tuple[Any, ...]


class CodeRule(NamedTuple):
    """The lines of one finding code: what makes it present, and what clears it."""

    code: str
    mappings: tuple[Line, ...]
    clears: tuple[Line, ...]


def _answer(*, holds: bool) -> Answer:
    return Answer.YES if holds else Answer.NO


def _known(
    test: Callable[[Any, Line], bool],
) -> Callable[[Claims, Line], Answer]:
    """Return an operation on one claim that answers UNKNOWN where the claim is missing."""

    def operation(claims: Claims, line: Line) -> Answer:
        value = claims.get(line.path)
        if value is None:
            return Answer.UNKNOWN
        if value is NOT_ASKED:
            return Answer.NOT_ASKED
        return _answer(holds=test(value, line))

    return operation


def _is_in(value: Any, line: Line) -> bool:
    return value in line.values


def _exceeds(value: Any, _line: Line) -> bool:
    return isinstance(value, Age) and value.value > value.limit


def _is_absent(claims: Claims, line: Line) -> Answer:
    return _answer(holds=line.path not in claims)


def _is_present(claims: Claims, line: Line) -> Answer:
    return _answer(holds=line.path in claims)


def _levels_differ(claims: Claims, _line: Line) -> Answer:
    return _answer(holds=claims["attestationSecurityLevel"] != claims["keyMintSecurityLevel"])


def _strong_box_in_name_only(claims: Claims, _line: Line) -> Answer:
    """StrongBox signs with a key of its own; a chain whose issuer says TEE is another's."""
    if claims["attestationSecurityLevel"] != "STRONG_BOX":
        return Answer.NO
    level = claims["chain.level"]
    return _answer(holds=level != "STRONG_BOX") if level else Answer.UNKNOWN


def _boot(*, state: str, listed: bool = False) -> Callable[[Claims, Line], Answer]:
    """Return an operation: the device is locked, and verified boot ended in `state`.

    With `listed`, at a key that the PSP has listed.
    """

    def operation(claims: Claims, line: Line) -> Answer:
        locked = claims.get(f"{line.path}.deviceLocked")
        if locked is None:
            return Answer.UNKNOWN
        holds = locked and claims[f"{line.path}.verifiedBootState"] == state
        return _answer(
            holds=holds and (not listed or claims[f"{line.path}.verifiedBootKey"] is True)
        )

    return operation


OPERATIONS: Final = MappingProxyType(
    {
        "in": _known(_is_in),
        "older_than": _known(_exceeds),
        "not_equal_expected": _known(lambda value, _line: value is False),
        "not_in_registered_set": _known(lambda value, _line: value is False),
        "in_registered_set": _known(lambda value, _line: value is True),
        "absent": _is_absent,
        "present": _is_present,
        "below_minimum_or_unknown": _known(lambda value, _line: value is False),
        "above_baseline": _known(_exceeds),
        "differs_from keyMintSecurityLevel": _levels_differ,
        "STRONG_BOX without StrongBox-shaped chain": _strong_box_in_name_only,
        "verifiedBootState=SELF_SIGNED and deviceLocked=true": _boot(state="SELF_SIGNED"),
        "deviceLocked=true and verifiedBootState=VERIFIED": _boot(state="VERIFIED"),
        "deviceLocked=true and verifiedBootState=SELF_SIGNED and verifiedBootKey in_registered_set": (
            _boot(state="SELF_SIGNED", listed=True)
        ),
    }
)
"""What each operation of the catalogue means; one that is not here stops the import."""


def _lines(rows: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(Line(row["path"], OPERATIONS[row["op"]], tuple(row["values"])) for row in rows)


def _rules() -> tuple[CodeRule, ...]:
    """Return the rules of every code that the catalogue connects with this provider."""
    return tuple(
        CodeRule(code, _lines(type_.mappings.get(NAME, ())), _lines(type_.clears.get(NAME, ())))
        for code, type_ in CATALOGUE.items()
        if NAME in type_.mappings or NAME in type_.clears
    )


RULES: Final = _rules()


_WHEN_REFUSED: Final = tuple(
    rule.code
    for rule in RULES
    if (rule.clears or rule.code in _SILENCE_CLEARS) and rule.code not in {*OF_THE_APP, FARMING}
)
"""Codes that every attestation answers."""


def when_refused(expected: Expected, settings: Settings) -> dict[str, FindingState]:
    """Return what an attestation leaves open that does not verify: all that it should have answered."""
    asked = {
        REPACKAGED: (expected.package, expected.signature_digest) != (None, None) or settings.apps,
        OLD_APP: any(app.minimum_version is not None for app in settings.apps.values()),
        FARMING: settings.certificates_issued is not None,
    }
    codes = (*_WHEN_REFUSED, *(code for code, is_asked in asked.items() if is_asked))
    return dict.fromkeys(codes, FindingState.NOT_EVALUATED) | {INVALID: FindingState.PRESENT}


def states_of(claims: Claims) -> dict[str, FindingState]:
    """Return the state of each code that the claims say something about."""
    states = {}
    for rule in RULES:
        state = _state(rule, claims)
        if state is not None:
            states[rule.code] = state
    return states


def _state(rule: CodeRule, claims: Claims) -> FindingState | None:
    """Return one code's state; None where nobody asked.

    Present goes before everything; what clears must be said, not merely not denied.
    """
    answers = {line.operation(claims, line) for line in rule.mappings}
    if Answer.YES in answers:
        return FindingState.PRESENT
    if answers == {Answer.NOT_ASKED}:
        return None
    if rule.clears:
        clear = any(line.operation(claims, line) is Answer.YES for line in rule.clears)
        return (
            FindingState.ABSENT
            if clear and Answer.UNKNOWN not in answers
            else FindingState.NOT_EVALUATED
        )
    if Answer.UNKNOWN in answers:
        return FindingState.NOT_EVALUATED
    return FindingState.ABSENT if rule.code in _SILENCE_CLEARS else None
