"""What an analysis and a policy set's test cases say, as JSON: stored, answered and printed so."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from compliance.policysets.presentation import cases_document
from policies.analysis import AnalysisReport, Difference
from policies.engine import CasesReport


def results_document(report: AnalysisReport, cases: CasesReport) -> dict[str, Any]:
    """Return all that is found out about a version."""
    return analysis_document(report) | {"test_cases": cases_document(cases)}


def analysis_document(report: AnalysisReport) -> dict[str, Any]:
    """Return how each property came out, each counterexample as a request; and the difference."""
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
        body["difference"] = _difference_document(report.difference)
    return body


def _difference_document(difference: Difference) -> dict[str, Any]:
    """Return what becomes different from the version in force, region by region."""
    return {
        "relation": difference.relation.value,
        "sentence": difference.sentence,
        "is_complete": difference.is_complete,
        "regions": [
            {
                "direction": region.direction.value,
                "rule": region.rule,
                "condition": region.condition,
                "sentence": region.sentence,
                "request": dict(region.request),
            }
            for region in difference.regions
        ],
    }
