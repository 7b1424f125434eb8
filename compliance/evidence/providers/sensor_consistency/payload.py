"""The form in which a back-end sends a series of accelerations and the touches beside it.

Whole numbers only: a digest over the payload must be the same whoever computes it (RFC 8785), and
floats have too many spellings. Hence milliseconds, and millionths of standard gravity.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.shape import EvidenceShapeError, unknown_fields
from policies.documents import Problem

MAX_SAMPLES: Final = 3_000
MAX_TOUCHES: Final = 100
MAX_SPAN_MS: Final = 60_000
MAX_TIME_MS: Final = 2**53 - 1
MAX_ACCELERATION_UG: Final = 64_000_000
"""64 g: no accelerometer of a phone measures more."""
_MAX_PLACES: Final = 8
_FIELDS: Final = frozenset({"accelerometer", "touches_ms", "haptic_feedback"})
_TIMES: Final = "t_ms"
_AXES: Final = ("x_ug", "y_ug", "z_ug")
_COLUMNS: Final = (_TIMES, *_AXES)


class Session(NamedTuple):
    """What a payload says: columns of one length, times rising, everything bounded."""

    times_ms: Sequence[int]
    axes_ug: tuple[Sequence[int], Sequence[int], Sequence[int]]
    touches_ms: Sequence[int]
    haptic_feedback: bool


def read_session(payload: Mapping[str, Any]) -> Session:
    """Return what a payload says; whether that suffices for an answer is not asked here.

    Raises:
        EvidenceShapeError: if it has not the form of a session; of a column that is wrong in many
            places the first few are named.
    """
    problems = unknown_fields("/payload", payload, _FIELDS)
    series = payload.get("accelerometer")
    if not isinstance(series, dict):
        problems.append(Problem("/payload/accelerometer", f"expected {', '.join(_COLUMNS)}"))
        series = {}
    else:
        problems += unknown_fields("/payload/accelerometer", series, _COLUMNS)
        for column in _COLUMNS:
            _check_column(series.get(column), column, problems)
    touches: Any = payload.get("touches_ms")
    _check_numbers(touches, "/payload/touches_ms", MAX_TOUCHES, (0, MAX_TIME_MS), problems)
    haptic = payload.get("haptic_feedback")
    if not isinstance(haptic, bool):
        problems.append(Problem("/payload/haptic_feedback", "expected true or false"))
    if not problems:
        _check_together(series, touches, problems)
    if problems:
        raise EvidenceShapeError(problems)
    axes = (series[_AXES[0]], series[_AXES[1]], series[_AXES[2]])
    return Session(series[_TIMES], axes, touches, haptic is True)


def _check_column(values: Any, column: str, problems: list[Problem]) -> None:
    """Add what is wrong with one column of the series."""
    bound = MAX_ACCELERATION_UG
    allowed = (0, MAX_TIME_MS) if column == _TIMES else (-bound, bound)
    _check_numbers(values, f"/payload/accelerometer/{column}", MAX_SAMPLES, allowed, problems)


def _check_numbers(
    values: Any, pointer: str, most: int, allowed: tuple[int, int], problems: list[Problem]
) -> None:
    """Add what is wrong with a list of whole numbers; a sound one costs next to nothing."""
    if not isinstance(values, list):
        problems.append(Problem(pointer, "expected a list of whole numbers"))
        return
    if len(values) > most:
        problems.append(Problem(pointer, f"expected at most {most} numbers"))
        return
    low, high = allowed
    if not values or (
        set(map(type, values)) == {int} and low <= min(values) <= max(values) <= high
    ):
        return
    expected = f"expected a whole number from {low} to {high}"
    wrong = [
        index
        for index, value in enumerate(values)
        if type(value) is not int or not low <= value <= high
    ]
    problems += [Problem(f"{pointer}/{index}", expected) for index in wrong[:_MAX_PLACES]]


def _check_together(
    series: Mapping[str, list[int]], touches: list[int], problems: list[Problem]
) -> None:
    """Add where columns differ in length or times do not rise."""
    times = series[_TIMES]
    for axis in _AXES:
        if len(series[axis]) != len(times):
            detail = f"expected as many numbers as {_TIMES} has"
            problems.append(Problem(f"/payload/accelerometer/{axis}", detail))
    _check_rising(times, f"/payload/accelerometer/{_TIMES}", 1, problems)
    _check_rising(touches, "/payload/touches_ms", 0, problems)
    if not problems and times and times[-1] - times[0] > MAX_SPAN_MS:
        detail = f"expected at most {MAX_SPAN_MS} ms from first to last"
        problems.append(Problem(f"/payload/accelerometer/{_TIMES}", detail))


def _check_rising(times: list[int], pointer: str, step: int, problems: list[Problem]) -> None:
    """Add the first time that is not at least `step` after the one before it."""
    for index in range(1, len(times)):
        if times[index] - times[index - 1] < step:
            detail = "expected times in order" if step == 0 else "expected rising times"
            problems.append(Problem(f"{pointer}/{index}", detail))
            return
