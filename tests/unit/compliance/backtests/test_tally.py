"""Counts are complete and add up; what is shown is made from them alone."""
# SPDX-License-Identifier: Apache-2.0

from compliance.backtests.tally import (
    MOST_REASONS,
    OTHER_REASONS,
    Tally,
    read_tally,
    stored_tally,
    summary_of,
)


def test_a_tally_is_stored_whole() -> None:
    tally = Tally(cells={"permit deny": 3}, changed={"permit deny": 3}, step_ups_added=2)
    tally.give_up("because")

    assert read_tally(stored_tally(tally)) == tally


def test_two_empty_tallies_share_nothing() -> None:
    first, second = read_tally({}), read_tally({})
    first.give_up("because")

    assert second.reasons == {}


def test_reasons_are_bounded_and_none_is_lost() -> None:
    tally = Tally()
    for number in range(MOST_REASONS + 5):
        tally.give_up(f"reason {number}")

    assert sum(tally.reasons.values()) == MOST_REASONS + 5
    assert tally.reasons[OTHER_REASONS] == 5


def test_the_matrix_has_every_pair_of_effects() -> None:
    summary = summary_of(
        {"cells": {"permit deny": 3, "hold hold": 1}, "changed": {"permit deny": 3}}
    )

    cells = {(cell.old, cell.new): cell for row in summary.matrix for cell in row}
    assert len(cells) == 16
    assert (cells["permit", "deny"].count, cells["permit", "deny"].changed) == (3, 3)
    assert (cells["hold", "hold"].count, cells["hold", "hold"].changed) == (1, 0)
    assert (summary.compared, summary.changed) == (4, 3)


def test_added_step_ups_are_told_for_100_000_authentications() -> None:
    cells = {"permit step_up": 3, "step_up permit": 1, "permit permit": 996}
    summary = summary_of({"cells": cells, "step_ups_added": 3, "step_ups_removed": 1})

    assert summary.added_step_ups_per_100_000 == 200.0
    assert summary_of({}).added_step_ups_per_100_000 == 0.0


def test_what_changes_within_an_effect_is_told_apart() -> None:
    summary = summary_of(
        {
            "cells": {"permit deny": 3, "deny deny": 5, "hold hold": 1},
            "changed": {"permit deny": 3, "deny deny": 2},
        }
    )

    (cell,) = summary.changed_within_effects
    assert (cell.old, cell.new, cell.changed) == ("deny", "deny", 2)
