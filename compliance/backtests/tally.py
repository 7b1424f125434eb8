"""What a comparison counts. Counts are complete; only the list of changes is bounded."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from policies.vocabulary.effects import Effect

LISTED_PER_CELL: Final = 1_000
"""Changes that are listed for each pair of effects: few of a rare kind are never crowded out."""

MOST_REASONS: Final = 100
OTHER_REASONS: Final = "another reason"


class Tally(msgspec.Struct):
    """Running counts; a cell is `<old effect> <new effect>`.

    `cells` counts every decision that was compared, `changed` those of them whose effect or
    obligations differ, `listed` those of these that are stored, `reasons` what could not be decided
    again. `step_ups_added` counts where the candidate asks for a step-up and the recorded
    decision did not; `tolerated` counts recorded decisions in which a waiver applied: the candidate
    is run as it reads, without waivers.
    """

    cells: dict[str, int] = {}
    changed: dict[str, int] = {}
    listed: dict[str, int] = {}
    reasons: dict[str, int] = {}
    step_ups_added: int = 0
    step_ups_removed: int = 0
    tolerated: int = 0

    def give_up(self, reason: str) -> None:
        """Count a decision that cannot be decided again."""
        if reason not in self.reasons and len(self.reasons) >= MOST_REASONS:
            reason = OTHER_REASONS
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


def read_tally(stored: Mapping[str, Any]) -> Tally:
    """Return the tally of its stored form; an empty one of nothing."""
    return msgspec.convert(stored, Tally)


def stored_tally(tally: Tally) -> dict[str, Any]:
    """Return the form in which a row keeps it."""
    stored: dict[str, Any] = msgspec.to_builtins(tally)
    return stored


@dataclass(frozen=True, slots=True)
class Cell:
    """How many decisions went from one effect to another, and how many of them changed at all."""

    old: str
    new: str
    count: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A tally for people: `matrix` has a row for each old effect, weakest first."""

    compared: int
    changed: int
    matrix: tuple[tuple[Cell, ...], ...]
    not_replayable: tuple[tuple[str, int], ...]
    listed: int
    step_ups_added: int
    step_ups_removed: int
    added_step_ups_per_100_000: float
    tolerated: int

    @property
    def changed_within_effects(self) -> tuple[Cell, ...]:
        """The cells of one effect in which obligations differ."""
        return tuple(
            cell for row in self.matrix for cell in row if cell.old == cell.new and cell.changed
        )

    @property
    def not_replayable_count(self) -> int:
        """How many decisions could not be decided again."""
        return sum(count for _reason, count in self.not_replayable)


def summary_of(stored: Mapping[str, Any]) -> Summary:
    """Return the summary of a stored tally."""
    tally = read_tally(stored)
    compared = sum(tally.cells.values())
    net = tally.step_ups_added - tally.step_ups_removed
    return Summary(
        compared=compared,
        changed=sum(tally.changed.values()),
        matrix=tuple(tuple(_cell(tally, old, new) for new in Effect) for old in Effect),
        not_replayable=tuple(sorted(tally.reasons.items(), key=lambda each: (-each[1], each[0]))),
        listed=sum(tally.listed.values()),
        step_ups_added=tally.step_ups_added,
        step_ups_removed=tally.step_ups_removed,
        added_step_ups_per_100_000=round(100_000 * net / compared, 1) if compared else 0.0,
        tolerated=tally.tolerated,
    )


def _cell(tally: Tally, old: Effect, new: Effect) -> Cell:
    """Return one cell of the matrix."""
    name = f"{old.value} {new.value}"
    return Cell(old.value, new.value, tally.cells.get(name, 0), tally.changed.get(name, 0))
