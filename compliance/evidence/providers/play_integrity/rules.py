"""From claims to states of findings, by the mappings and clearing values of the catalogue."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.play_integrity.claims import NO_ANSWER, Claim, Claims, Read
from compliance.evidence.providers.play_integrity.names import (
    BASIC,
    CERTIFICATES,
    DEVICE,
    LABELS,
    NONCE,
    PACKAGE,
    REQUEST_HASH,
    SDK_VERSION,
    STRONG,
)
from policies.vocabulary.findings import CATALOGUE, FindingState

NAME: Final = "play_integrity"

INVALID: Final = "attestation.invalid"
BINDING: Final = "attestation.binding_mismatch"
STALE: Final = "attestation.stale"
UNEVALUATED: Final = "attestation.unevaluated"
REPACKAGED: Final = "app.repackaged"
TEST_RESPONSE: Final = "app.debug_build"

PATCHED_SINCE_SDK: Final = 33
"""From Android 13 on, the strong label means that security updates of the last year are installed."""

_GENUINE: Final = (DEVICE, STRONG)
_NEVER_CLEARED: Final = frozenset({"app.hooking"})
"""Labels accuse of hooking, but what Google finds genuine may still run a hooked app."""


class Answer(Enum):
    """What claims say about one line of the catalogue."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()  # Google did not say
    NOT_ASKED = auto()  # not switched on, or nothing to compare with


class Asked(NamedTuple):
    """What the lines of the catalogue are held against."""

    claims: Claims
    switched_on: frozenset[str]


class Line(NamedTuple):
    """One line of the catalogue: a path, an operation, and values."""

    path: str
    operation: Callable[["Asked", "Line"], Answer]
    values: frozenset[Any]


class CodeRule(NamedTuple):
    """The lines of one finding code: what makes it present, and what clears it."""

    code: str
    mappings: tuple[Line, ...]
    clears: tuple[Line, ...]


def _answer(*, holds: bool) -> Answer:
    return Answer.YES if holds else Answer.NO


def _is_in(asked: Asked, line: Line) -> Answer:
    claim = asked.claims.get(line.path)
    if claim is None:
        return Answer.NOT_ASKED
    if not claim.values.isdisjoint(line.values):
        return Answer.YES
    return Answer.NO if claim.decided else Answer.UNKNOWN


def _differs(asked: Asked, line: Line) -> Answer:
    """A comparison came out as different; a time is compared with how old it may be."""
    return _is_in(asked, line._replace(values=frozenset({False})))


def _never_asked(_asked: Asked, _line: Line) -> Answer:
    return Answer.NOT_ASKED


def _meets_nothing(asked: Asked, line: Line) -> Answer:
    """The list of labels is empty although the weakest is switched on.

    Where it is not, a device that would meet it has the same empty list: a mere alternative OS.
    """
    claim = asked.claims[line.path]
    if not claim.decided or not (claim.values or "basic_integrity" in asked.switched_on):
        return Answer.UNKNOWN
    return _answer(holds=not claim.values)


def _meets_at_most_basic(asked: Asked, line: Line) -> Answer:
    claim = asked.claims[line.path]
    if not claim.decided:
        return Answer.UNKNOWN
    return _answer(holds=claim.values <= {BASIC})


def _is_not_patched(asked: Asked, line: Line) -> Answer:
    """A genuine device of Android 13 or later lacks the strong label, which was switched on.

    Before Android 13 the label does not speak of updates; without the version nobody can tell.
    """
    labels = asked.claims[line.path]
    version = asked.claims.get(SDK_VERSION)
    if version is None or not ("strong_integrity" in asked.switched_on or STRONG in labels.values):
        return Answer.NOT_ASKED
    is_recent = any(number >= PATCHED_SINCE_SDK for number in version.values)
    if not (labels.decided and is_recent) or labels.values.isdisjoint(_GENUINE):
        return Answer.UNKNOWN
    return _answer(holds=STRONG not in labels.values)


def _has_no_answer(asked: Asked, line: Line) -> Answer:
    """The object of the apps detected is there and says nothing."""
    claim = asked.claims.get(f"{line.path}.appsDetected")
    return Answer.NOT_ASKED if claim is None else _answer(holds=claim == NO_ANSWER)


def _no_app_controls(asked: Asked, line: Line) -> Answer:
    claim = asked.claims.get(line.path, NO_ANSWER)
    controls = any(value.endswith("_CONTROLLING") for value in claim.values)
    return _answer(holds=claim.decided and not controls)


def _is_the_registered_app(asked: Asked, _line: Line) -> Answer:
    """Name and certificate were compared, and both fit."""
    compared = (asked.claims.get(path, NO_ANSWER) for path in (PACKAGE, CERTIFICATES))
    return _answer(holds=all(True in claim.values for claim in compared))


OPERATIONS: Final = MappingProxyType(
    {
        "in": _is_in,
        "not_equal_expected": _differs,
        "not_equal_registered": _differs,
        "not_in_registered_set": _differs,
        "older_than": _differs,
        "empty": _meets_nothing,
        "empty_object": _has_no_answer,
        "MEETS_BASIC_INTEGRITY only": _meets_at_most_basic,
        "lacks MEETS_STRONG_INTEGRITY with sdkVersion>=33": _is_not_patched,
        "present and no *_CONTROLLING": _no_app_controls,
        "below": _never_asked,  # versions are compared by the policy set
        "below_minimum_or_unknown": _never_asked,
    }
)
"""What each operation of the catalogue means; one that is not here stops the import."""

_MORE_CLEARS: Final = MappingProxyType(
    {
        BINDING: tuple(Line(path, _is_in, frozenset({True})) for path in (NONCE, REQUEST_HASH)),
        REPACKAGED: (Line(PACKAGE, _is_the_registered_app, frozenset()),),
        "device.emulator": (Line(LABELS, _is_in, frozenset(_GENUINE)),),
    }
)
"""What clears where the catalogue names nothing, and silence would not do."""


def _lines(rows: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(Line(row["path"], OPERATIONS[row["op"]], frozenset(row["values"])) for row in rows)


def _rules() -> tuple[CodeRule, ...]:
    """Return the rules of every code that the catalogue connects with this provider."""
    return tuple(
        CodeRule(
            code,
            _lines(type_.mappings.get(NAME, ())),
            _lines(type_.clears.get(NAME, ())) + _MORE_CLEARS.get(code, ()),
        )
        for code, type_ in CATALOGUE.items()
        if code != UNEVALUATED and (NAME in type_.mappings or NAME in type_.clears)
    )


RULES: Final = _rules()
_OPEN_LINES: Final = _lines(CATALOGUE[UNEVALUATED].mappings[NAME])
_UNANSWERED: Final = frozenset({Answer.YES, Answer.UNKNOWN})
"""Where a line of "not evaluated" says so, or does not know: either way somebody was left without an answer."""

_OF_THE_APP: Final = ("app.tampered", "app.unofficial_store")
"""Codes that speak of an app by its name, so that they clear only the one that is registered."""


def states_of(read: Read, switched_on: frozenset[str]) -> dict[str, FindingState]:
    """Return the state of each code that the claims say something about."""
    return dict(_states(tuple(read.claims.items()), switched_on, bool(read.unanswered)))


@lru_cache(4096)
def _states(
    claims: tuple[tuple[str, Claim], ...],
    switched_on: frozenset[str],
    is_open: bool,  # noqa: FBT001 - a cache's key
) -> tuple[tuple[str, FindingState], ...]:
    """Return the states; most devices say the same. Claims hold known values only: nobody's data."""
    asked = Asked(dict(claims), switched_on)
    states = {}
    for rule in RULES:
        state = _state(rule, asked)
        if state is not None:
            states[rule.code] = state
    # Whose app it is and whose request is a question for every token, also where nobody asked it.
    states.setdefault(BINDING, FindingState.NOT_EVALUATED)
    states.setdefault(REPACKAGED, FindingState.NOT_EVALUATED)
    if states[REPACKAGED] is not FindingState.ABSENT:
        for code in _OF_THE_APP:
            if states[code] is FindingState.ABSENT:
                states[code] = FindingState.NOT_EVALUATED
    if is_open or not _UNANSWERED.isdisjoint(line.operation(asked, line) for line in _OPEN_LINES):
        states[UNEVALUATED] = FindingState.PRESENT
    else:
        states[UNEVALUATED] = FindingState.ABSENT
    return tuple(states.items())


def _state(rule: CodeRule, asked: Asked) -> FindingState | None:
    """Return one code's state; None where nobody asked.

    Present goes before everything; what clears must be said, not merely not denied.
    """
    answers = {line.operation(asked, line) for line in rule.mappings}
    if Answer.YES in answers:
        return FindingState.PRESENT
    if rule.mappings and answers == {Answer.NOT_ASKED}:
        return None
    if rule.clears:
        clear = any(line.operation(asked, line) is Answer.YES for line in rule.clears)
        is_clear = clear and Answer.UNKNOWN not in answers
        return FindingState.ABSENT if is_clear else FindingState.NOT_EVALUATED
    if Answer.UNKNOWN in answers:
        return FindingState.NOT_EVALUATED
    return None if rule.code in _NEVER_CLEARED else FindingState.ABSENT
