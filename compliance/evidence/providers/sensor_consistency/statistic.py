"""Do touches coincide with motion? A rank statistic and its permutation test, in whole numbers.

The method, its assumptions and its limits: docs/sensor-consistency.md. Every step up to the verdict is
arithmetic on whole numbers, and what is drawn is drawn from SHAKE-256 of the payload's digest: the
same payload has the same verdict on every machine and with every release of the library.
"""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compliance.evidence.providers.sensor_consistency.payload import Session

STEP_MS: Final = 20
"""Distance of the grid that the series is interpolated on."""
BEFORE: Final = 1
WINDOW: Final = 6
"""The motion of a moment: from 20 ms before it to 100 ms after it, in steps."""
BLOCK: Final = 200
"""Steps of a block (4 s): moments are compared with those of their own block only."""
MIN_TOUCHES: Final = 12
MAX_INTERVAL_MS: Final = 25
MAX_GAP_MS: Final = 100
REST_UG: Final = 4_000
UNREST_UG: Final = 11_500
"""Bounds of the change of acceleration between two steps in a block's quiet moments (its lower quartile).

Below them nobody holds the phone, above them a touch could not be seen.
"""
DRAWS: Final = 999
CONSISTENT_P: Final = 10
"""Consistent: at most 10 in 1,000 draws, the observed one included, reach what was observed."""
SCALE: Final = 10_000
HAND: Final = 1_800
"""Touches of a hand exceed at least 18 % more of the moments beside them than chance would (50 %)."""
_UPPER: Final = DRAWS * 95 // 100
_EXTREME: Final = DRAWS * 99 // 100
_LAGS: Final = 100
"""Two seconds: so far apart are clocks that are still recognised as two."""
_WORD: Final = 4

Numbers = NDArray[np.int64]


class Verdict(StrEnum):
    """What the series says about the touches."""

    CONSISTENT = "consistent"
    NOT_CONSISTENT = "not_consistent"
    NOT_EVALUATED = "not_evaluated"


class Reason(StrEnum):
    """Why there is no verdict; empty where there is one."""

    NONE = ""
    HAPTIC_FEEDBACK = "haptic_feedback"
    SERIES_TOO_SHORT = "series_too_short"
    SAMPLING_TOO_LOW = "sampling_too_low"
    TOO_FEW_TOUCHES = "too_few_touches"
    AT_REST = "at_rest"
    TOO_MUCH_MOTION = "too_much_motion"
    CLOCKS_DIFFER = "clocks_differ"
    UNDECIDED = "undecided"


class Outcome(NamedTuple):
    """The verdict and its figures, None where they were not computed.

    `level` is the share of moments that the average touch exceeds, in thousandths (500: touches are
    moments like any other); `p` is the p-value in thousandths.
    """

    verdict: Verdict
    reason: Reason
    touches: int
    level: int | None = None
    p: int | None = None


class _Block(NamedTuple):
    """Some seconds of the series: where they start, the ranks of their moments, and their touches.

    `hand` is the least sum of ranks that the touches of a hand are taken to have.
    """

    start: int
    ranks: Numbers
    touches: Numbers
    hand: int


def measure(session: Session, *, seed: str) -> Outcome:
    """Return whether the touches coincide with motion as they do where a hand holds the phone."""
    if session.haptic_feedback:
        return _none(Reason.HAPTIC_FEEDBACK)
    times = np.array(session.times_ms, dtype=np.int64)
    steps = int(times[-1] - times[0]) // STEP_MS + 1 if len(times) > 1 else 0
    if steps < BLOCK + WINDOW + 1:
        return _none(Reason.SERIES_TOO_SHORT)
    intervals = np.diff(times)
    if int(np.median(intervals)) > MAX_INTERVAL_MS:
        return _none(Reason.SAMPLING_TOO_LOW)
    motion = _motion(times, session.axes_ug, steps)
    moments = _moments(session.touches_ms, int(times[0]), len(motion))
    if len(moments) < MIN_TOUCHES:
        return _none(Reason.TOO_FEW_TOUCHES, len(moments))
    gaps = (times[:-1][intervals > MAX_GAP_MS] - times[0]) // STEP_MS
    blocks, lost = _blocks(motion, moments, gaps)
    kept = sum(len(block.touches) for block in blocks)
    if kept < MIN_TOUCHES:
        return _none(max(lost, key=lambda reason: lost[reason]), kept)
    return _test(blocks, kept, seed)


def _none(reason: Reason, touches: int = 0) -> Outcome:
    """Return that there is no verdict."""
    return Outcome(Verdict.NOT_EVALUATED, reason, touches)


def _motion(times: Numbers, axes: Sequence[Sequence[int]], steps: int) -> Numbers:
    """Return the motion of each moment: the sum of squared changes of acceleration in its window.

    The acceleration is interpolated on the grid; its change between two steps lets tremor and jerks
    through and leaves out gravity and slow turns of the phone.
    """
    grid = times[0] + STEP_MS * np.arange(steps, dtype=np.int64)
    after = np.clip(np.searchsorted(times, grid, side="right"), 1, len(times) - 1)
    passed = grid - times[after - 1]
    width = times[after] - times[after - 1]
    squares = np.zeros(steps - 1, dtype=np.int64)
    for axis in axes:
        values = np.array(axis, dtype=np.int64)
        start = values[after - 1]
        change = np.diff(start + (values[after] - start) * passed // width)
        squares += change * change
    windows = np.lib.stride_tricks.sliding_window_view(squares, WINDOW)
    # INVARIANT: 18 squares of at most (128 g)² in millionths stay below 2^63.
    summed: Numbers = windows.sum(axis=1, dtype=np.int64)
    return summed


def _moments(touches: Sequence[int], start: int, count: int) -> Numbers:
    """Return the moments of those touches whose window lies within the series."""
    moments = (np.array(touches, dtype=np.int64) - start) // STEP_MS - BEFORE
    inside: Numbers = moments[(moments >= 0) & (moments < count)]
    return inside


def _blocks(
    motion: Numbers, moments: Numbers, gaps: Numbers
) -> tuple[list[_Block], dict[Reason, int]]:
    """Return the blocks whose touches tell something, and how many touches the others have, by reason."""
    count = len(motion) // BLOCK or 1
    edges = [len(motion) * index // count for index in range(count + 1)]
    blocks: list[_Block] = []
    lost = dict.fromkeys((Reason.AT_REST, Reason.TOO_MUCH_MOTION, Reason.SAMPLING_TOO_LOW), 0)
    for start, end in pairwise(edges):
        touches = moments[(moments >= start) & (moments < end)] - start
        if not len(touches):
            continue
        part = motion[start:end]
        quiet = int(np.sort(part)[len(part) // 4])
        if np.any((gaps >= start) & (gaps < end + WINDOW)):
            lost[Reason.SAMPLING_TOO_LOW] += len(touches)
        elif quiet < WINDOW * REST_UG**2:
            lost[Reason.AT_REST] += len(touches)
        elif quiet > WINDOW * UNREST_UG**2:
            lost[Reason.TOO_MUCH_MOTION] += len(touches)
        else:
            blocks.append(_Block(start, _ranks(part), touches, _hand(touches, len(part))))
    return blocks, lost


def _ranks(part: Numbers) -> Numbers:
    """Return for each moment of a block how many of the others it exceeds, in ten-thousandths."""
    ranks = np.empty(len(part), dtype=np.int64)
    ranks[np.argsort(part, kind="stable")] = np.arange(len(part), dtype=np.int64)
    return ranks * SCALE // (len(part) - 1)


def _hand(touches: Numbers, length: int) -> int:
    """Return the least sum of ranks of a hand's touches: touches do not exceed one another.

    So the more of a block its touches cover, the less can they stand out.
    """
    covered = np.zeros(length + WINDOW, dtype=np.bool_)
    for offset in range(WINDOW + 1):
        covered[touches + offset] = True
    free = int(np.count_nonzero(~covered[WINDOW // 2 : length + WINDOW // 2]))
    return len(touches) * (SCALE // 2 + HAND * free // length)


def _test(blocks: Sequence[_Block], touches: int, seed: str) -> Outcome:
    """Return the verdict over what was observed and what was drawn."""
    sums = [_sums_of_shifts(block) for block in blocks]
    observed = sum(int(shifted[0]) for shifted in sums)
    drawn = np.sort(_draws(sums, seed))
    reached = 1 + int(np.count_nonzero(drawn >= observed))
    level = observed * 1_000 // (touches * SCALE)
    middle = touches * SCALE // 2
    upper = observed + int(drawn[_UPPER]) - middle
    verdict, reason = Verdict.NOT_EVALUATED, Reason.UNDECIDED
    if reached <= CONSISTENT_P:
        verdict, reason = Verdict.CONSISTENT, Reason.NONE
    elif upper < sum(block.hand for block in blocks):
        extreme = middle + 3 * (int(drawn[_EXTREME]) - middle) // 2
        if _best_lag(blocks) > extreme:
            reason = Reason.CLOCKS_DIFFER
        else:
            verdict, reason = Verdict.NOT_CONSISTENT, Reason.NONE
    return Outcome(verdict, reason, touches, level, reached)


def _sums_of_shifts(block: _Block) -> Numbers:
    """Return the sum of its touches' ranks for each circular shift of a block, none first."""
    length = len(block.ranks)
    shifts = np.arange(length, dtype=np.int64)[:, None]
    touched: Numbers = block.ranks[(block.touches[None, :] + shifts) % length].sum(axis=1)
    return touched


def _draws(sums: Sequence[Numbers], seed: str) -> Numbers:
    """Return what `DRAWS` random shifts, of each block by itself, would have given."""
    stream = hashlib.shake_256(f"sensor_consistency shifts\n{seed}".encode())
    words = np.frombuffer(stream.digest(_WORD * DRAWS * len(sums)), dtype="<u4")
    shifts = words.reshape(len(sums), DRAWS).astype(np.int64)
    drawn = np.zeros(DRAWS, dtype=np.int64)
    for shifted, chosen in zip(sums, shifts, strict=True):
        drawn += shifted[chosen % len(shifted)]
    return drawn


def _best_lag(blocks: Sequence[_Block]) -> int:
    """Return the greatest sum of ranks with all touches up to two seconds earlier or later."""
    end = blocks[-1].start + len(blocks[-1].ranks)
    ranks = np.full(end + 2 * _LAGS, SCALE // 2, dtype=np.int64)
    for block in blocks:
        start = block.start + _LAGS
        ranks[start : start + len(block.ranks)] = block.ranks
    touches = np.concatenate([block.touches + block.start for block in blocks])
    lags = np.arange(2 * _LAGS + 1, dtype=np.int64)[:, None]
    return int(ranks[touches[None, :] + lags].sum(axis=1).max())
