"""What a comparison counts, as lines for people at the command line."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from typing import Final

from compliance.backtests.selectors import Summary

_WIDTH: Final = 12
"""Characters of a column."""


def result_lines(summary: Summary) -> Iterator[str]:
    """Yield the counts: from each recorded effect (a line) to each effect of the candidate."""
    effects = [cell.new for cell in summary.matrix[0]]
    yield f"{'':{_WIDTH}}" + "".join(f"{effect:>{_WIDTH}}" for effect in effects)
    for row in summary.matrix:
        counts = "".join(f"{cell.count:>{_WIDTH},}" for cell in row)
        yield f"{row[0].old:{_WIDTH}}{counts}"
    yield f"{summary.changed:,} of {summary.compared:,} decisions change"
    yield f"{summary.added_step_ups_per_100_000:+,} step-ups per 100,000 decisions"
    yield f"{summary.not_replayable_count:,} decisions could not be decided again"
    yield from (f"  {count:,}: {reason}" for reason, count in summary.not_replayable)
