"""Results about policy documents in a form for machines: the same at the command line and in the API."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

from policies.engine import CasesReport, Difference

MOST_RULES: Final = 20
"""Determining rules that are named of each test case; all of them are counted."""


def cases_document(report: CasesReport) -> dict[str, Any]:
    """Return what each test case decided, and the rules that no case touches.

    Of the determining rules of a case the first 20 are named: 1,000 cases that 5,000 rules each
    decide would be a hundred megabytes.
    """
    return {
        "passed": report.passed,
        "cases": [
            {
                "name": result.case.name,
                "passed": result.passed,
                "effect": result.decision.effect.value,
                "determining_rules": list(result.decision.determining_rules[:MOST_RULES]),
                "determining_rule_count": len(result.decision.determining_rules),
                "differences": list(result.differences),
            }
            for result in report.results
        ],
        "untouched_rules": list(report.untouched_rules),
    }


def difference_document(found: Difference) -> dict[str, Any]:
    """Return each change with its kind, and what was there before and after in words."""
    return {
        part: [
            {"kind": change.kind, **change._asdict(), "fields": list(change.fields)}
            for change in changes
        ]
        for part, changes in (
            ("document", found.document),
            ("attributes", found.attributes),
            ("rules", found.rules),
            ("tests", found.tests),
        )
    }
