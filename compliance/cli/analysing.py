"""The analysis of a policy set, told to a person or a machine at the command line."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping
from typing import Any, Final

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


def analysis_document(report: AnalysisReport) -> dict[str, Any]:
    """Return the results for machines; each counterexample as a request."""
    body: dict[str, Any] = {
        "blocks_activation": report.blocks_activation,
        "properties": [
            {
                "id": result.id,
                "title": result.title,
                "status": result.status.value,
                "blocks_activation": result.blocks_activation,
                "sentence": result.sentence,
                "rules": list(result.rules),
                "request": dict(result.request),
            }
            for result in report.results
        ],
    }
    if report.difference is not None:
        body["difference"] = {
            "relation": report.difference.relation.value,
            "sentence": report.difference.sentence,
            "is_complete": report.difference.is_complete,
            "regions": [
                {
                    "direction": region.direction.value,
                    "rule": region.rule,
                    "condition": region.condition,
                    "sentence": region.sentence,
                    "request": dict(region.request),
                }
                for region in report.difference.regions
            ],
        }
    return body
