"""Breaches by week and kind, laid out as a stacked column chart. Pure: steps in, geometry out."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.assessments.model import Step

WIDTH: Final = 1120
HEIGHT: Final = 240
_LEFT: Final = 40
_TOP: Final = 12
_BOTTOM: Final = 28
_GAP: Final = 1.5
_MOST_LINES: Final = 5

KINDS: Final[tuple[tuple[str | Promise, tuple[str, ...]], ...]] = (
    (_("Altered device"), ("device.rooted", "device.boot", "device.emulator")),
    (_("Altered app or protection"), ("app.", "protection.")),
    (
        _("Screen, malware, remote control"),
        ("screen.", "accessibility.", "device.malware", "device.remote"),
    ),
    (_("Key or evidence not genuine"), ("attestation.", "key.")),
)
"""Kinds of breaches with the codes that begin so; the first match counts."""


@dataclass(frozen=True, slots=True)
class Box:
    """One part of a column: its kind (1 to 4) and its place."""

    kind: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One week: its label and the middle of it, its counts by kind, and their boxes."""

    label: str
    start: date
    middle: float
    counts: tuple[int, ...]
    boxes: tuple[Box, ...]

    @property
    def end(self) -> date:
        """The first day after the week."""
        return self.start + timedelta(days=7)

    @property
    def total(self) -> int:
        """All breaches of the week."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the scale."""

    value: int
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole picture."""

    kinds: tuple[str | Promise, ...]
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    totals: tuple[int, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT

    @property
    def label_y(self) -> int:
        """Where the weeks' labels stand."""
        return HEIGHT - 8

    @property
    def total(self) -> int:
        """All breaches."""
        return sum(self.totals)


def trend_chart(steps: Sequence[Step]) -> Chart:
    """Return the chart of the steps' breaches."""
    counts = [_by_kind(step) for step in steps]
    unit, lines = _scale(max((sum(row) for row in counts), default=0))
    per_count = (HEIGHT - _BOTTOM - _TOP) / (unit * lines)
    slot = (WIDTH - _LEFT) / max(1, len(steps))
    return Chart(
        kinds=tuple(name for name, _prefixes in KINDS),
        columns=tuple(
            _column(step, row, _LEFT + slot * place, slot, per_count)
            for place, (step, row) in enumerate(zip(steps, counts, strict=True))
        ),
        ticks=tuple(
            Tick(unit * n, round(HEIGHT - _BOTTOM - unit * n * per_count, 1))
            for n in range(lines + 1)
        ),
        totals=tuple(map(sum, zip(*counts, strict=True))) if counts else (0,) * len(KINDS),
    )


def _by_kind(step: Step) -> tuple[int, ...]:
    """Return the step's breaches by kind, in the order of `KINDS`."""
    sums = [0] * len(KINDS)
    for code, count in step.breaches.items():
        sums[kind_of(code)] += count
    return tuple(sums)


def kind_of(code: str) -> int:
    """Return the place in `KINDS` of a code; the last kind takes what nobody else does."""
    for place, (_name, prefixes) in enumerate(KINDS):
        if code.startswith(prefixes):
            return place
    return len(KINDS) - 1


def _scale(highest: int) -> tuple[int, int]:
    """Return a round number (1, 2, 5, 10, …), and how many of it reach at least `highest`."""
    unit = 1
    while unit * _MOST_LINES < highest:
        unit = unit * 5 // 2 if str(unit)[0] == "2" else unit * 2
    return unit, max(1, -(-highest // unit))


def _column(step: Step, counts: tuple[int, ...], x: float, slot: float, per_count: float) -> Column:
    """Return one week's column, kinds from the bottom up."""
    width = slot * 0.7
    y = float(HEIGHT - _BOTTOM)
    boxes = []
    for kind, count in enumerate(counts, start=1):
        height = count * per_count
        y -= height
        if count:
            visible = max(0.5, height - _GAP)
            left = round(x + slot * 0.15, 1)
            boxes.append(Box(kind, left, round(y + _GAP, 1), round(width, 1), round(visible, 1)))
    return Column(step.label, step.start, round(x + slot / 2, 1), counts, tuple(boxes))
