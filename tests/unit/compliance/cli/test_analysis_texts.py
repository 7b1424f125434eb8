"""What the analysis found, as lines for people and as a document for machines."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from compliance.cli.analysing import analysis_lines
from compliance.policysets.results import analysis_document
from policies.analysis import AnalysisReport
from policies.analysis.difference import compare
from policies.documents import read_policy_set
from tests.support.documents import policy, rule

OLD = read_policy_set(policy())
NEW = read_policy_set(
    policy(*(rule(id=f"r{n}", when={"attribute": "age_days", "equals": n}) for n in range(3)))
)


def report(**limits: Any) -> AnalysisReport:
    return AnalysisReport(results=(), difference=compare(OLD, NEW, None, **limits))


def test_a_difference_that_is_whole_is_told_and_nothing_more() -> None:
    lines = list(analysis_lines(report()))

    assert len(lines) == 1 + 3
    assert not any("There may be more" in line for line in lines)


def test_where_there_may_be_more_regions_it_is_said() -> None:
    bounded = list(analysis_lines(report(max_regions=2)))
    undecided = list(analysis_lines(report(time_limit_s=0)))

    assert len(bounded) == 1 + 2 + 1
    assert bounded[-1].startswith("  There may be more: ")
    assert undecided[-1] == bounded[-1]


def test_each_region_has_its_condition_for_machines() -> None:
    difference = analysis_document(report(max_regions=2))["difference"]

    assert difference["is_complete"] is False
    assert [(each["rule"], each["condition"]) for each in difference["regions"]] == [
        ("r0", "age days is 0"),
        ("r1", "age days is 1"),
    ]
