"""The analysis of a policy set, told to a person at the command line."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping
from typing import Final

from policies.analysis import AnalysisReport, Status

_WORDS: Final[Mapping[Status, str]] = {
    Status.PROVED: "proved  ",
    Status.VIOLATED: "VIOLATED",
    Status.UNKNOWN: "unknown ",
}

_MORE: Final = (
    "There may be more: the list is bounded, time ran out, or a request found was not confirmed."
)


def analysis_lines(report: AnalysisReport) -> Iterator[str]:
    """Yield the results as lines: what is proved, and a sentence about what is not."""
    for result in report.results:
        blocks = " (blocks activation)" if result.blocks_activation else ""
        yield f"{_WORDS[result.status]}  {result.id:<3}  {result.title}{blocks}"
        if result.status is not Status.PROVED:
            yield f"          {result.sentence}"
    if report.difference is not None:
        yield report.difference.sentence
        yield from (f"  {region.sentence}" for region in report.difference.regions)
        if not report.difference.is_complete:
            yield f"  {_MORE}"
