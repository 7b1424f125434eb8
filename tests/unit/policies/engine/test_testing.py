"""A policy set's own test cases: what fails is told in a sentence, and what is untested by name."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

import pytest

from policies.documents import read_designs, read_policy_set
from policies.engine import CasesReport, facts_of, run_cases
from policies.packs import load_pack
from policies.vocabulary.elements import ElementStatus
from policies.vocabulary.findings import CATALOGUE, Assurance, FindingState
from tests.support.documents import policy, rule

NOTIFY: Final = {"action": "notify_fraud_desk", "within": "5m"}
DESIGNS: Final = read_designs(load_pack("design-demo"))
ROOTED: Final = {"elements": ["knowledge", "possession"], "findings": [{"code": "device.rooted"}]}
RULES: Final = (
    rule(id="rooted", obligations=[NOTIFY]),
    rule(id="cloned", when={"finding": "app.cloned"}),
)


def run(*, given: Any = ROOTED, **expect: Any) -> CasesReport:
    case = {"name": "A case", "given": given, "expect": {"effect": "deny"} | expect}
    return run_cases(read_policy_set(policy(*RULES, tests=[case])))


def test_a_case_that_decides_as_expected_passes() -> None:
    report = run(obligations=[NOTIFY], determining_rules=["rooted"])

    assert report.passed
    assert report.results[0].differences == ()


@pytest.mark.parametrize(
    ("given", "expect", "sentences"),
    [
        (ROOTED, {"effect": "permit"}, ("expected permit, decided deny (rooted)",)),
        ({}, {"effect": "hold"}, ("expected hold, decided permit (no rule counts)",)),
        (
            ROOTED,
            {"determining_rules": ["cloned"]},
            (
                "expected determining rule missing: cloned",
                "determining rule not expected: rooted",
            ),
        ),
        (
            ROOTED,
            {"obligations": []},
            ("obligation not expected: notify the fraud desk within 5 min",),
        ),
        (
            ROOTED,
            {"obligations": [NOTIFY | {"within": "1m"}]},
            (
                "expected obligation missing: notify the fraud desk within 1 min",
                "obligation not expected: notify the fraud desk within 5 min",
            ),
        ),
    ],
)
def test_what_is_decided_otherwise_is_told_in_sentences(
    given: Any, expect: Any, sentences: tuple[str, ...]
) -> None:
    report = run(given=given, **expect)

    assert not report.passed
    assert report.results[0].differences == sentences


def test_rules_that_no_case_touches_are_listed() -> None:
    assert run().untouched_rules == ("cloned",)
    assert run_cases(read_policy_set(policy(*RULES))).untouched_rules == ("rooted", "cloned")


def test_every_code_that_a_case_does_not_list_is_absent_where_it_says_so() -> None:
    (result,) = run(given=ROOTED | {"unlisted": "absent"}).results
    facts = facts_of(result.case)

    assert {finding.code for finding in facts.findings} == {*CATALOGUE}
    assert all(
        (finding.state, finding.assurance, finding.observed_at)
        == (FindingState.ABSENT, Assurance.A, facts.decided_at)
        for finding in facts.findings[1:]
    )


@pytest.mark.parametrize(
    ("method", "possession"),
    [("app-pin-push", ElementStatus.COMPROMISED), ("letter-code", ElementStatus.RELIABLE)],
)
def test_a_case_is_decided_under_the_design_of_its_method(
    method: str, possession: ElementStatus
) -> None:
    case = {
        "name": "A case",
        "given": ROOTED | {"method": method, "app_version": "7.3"},
        "expect": {"effect": "deny"},
    }
    (result,) = run_cases(read_policy_set(policy(*RULES, tests=[case])), DESIGNS).results

    assert result.decision.elements["possession"] is possession  # type: ignore[index]


def test_of_very_many_rules_the_first_are_named_and_the_others_counted() -> None:
    rules = [rule(id=f"rule-{number:02}") for number in range(23)]
    case = {"name": "A case", "given": ROOTED, "expect": {"effect": "permit"}}
    report = run_cases(read_policy_set(policy(*rules, tests=[case])))

    (sentence,) = report.results[0].differences
    assert "rule-19 and 3 more)" in sentence
    assert "rule-20" not in sentence
