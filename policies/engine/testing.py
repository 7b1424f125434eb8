"""Runs a policy set's own test cases: what each decides, and which rules no case touches."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from policies.compiler import compile_policy_set
from policies.design import Designs, Hits, design_for, element_hits
from policies.engine.compiled import decide
from policies.engine.sentences import obligation_phrase
from policies.model import CASE_TIME, Case, Decision, Facts, Obligation, PolicySet
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

_PROVIDER: Final = "test case"
_MOST_LISTED: Final = 20


class CaseResult(NamedTuple):
    """One case: what was decided, and a sentence for each thing that was expected otherwise."""

    case: Case
    decision: Decision
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the decision is as the case expects."""
        return not self.differences


class CasesReport(NamedTuple):
    """All cases in the document's order, and the ids of the rules that counted in none of them."""

    results: tuple[CaseResult, ...]
    untouched_rules: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(result.passed for result in self.results)


def run_cases(policy_set: PolicySet, designs: Designs | None = None) -> CasesReport:
    """Decide on each test case of a policy set.

    With `designs`, a case is decided under the design of its method and app version, as at run
    time; otherwise, and where there is none, by the catalogue's word on the elements in doubt.
    """
    program = compile_policy_set(policy_set)
    results = []
    touched: set[str] = set()
    for case in policy_set.tests:
        facts = facts_of(case)
        decision = decide(program, _hits(facts, designs), facts)
        touched |= {*decision.matched_rules}
        results.append(CaseResult(case, decision, tuple(_differences(case, decision))))
    untouched = tuple(rule.id for rule in policy_set.rules if rule.id not in touched)
    return CasesReport(tuple(results), untouched)


def facts_of(case: Case) -> Facts:
    """Return what a case is decided on, with the findings that it does not list."""
    if case.unlisted is not FindingState.ABSENT:
        return case.facts
    listed = {finding.code for finding in case.facts.findings}
    unlisted = tuple(_absent(code) for code in CATALOGUE if code not in listed)
    return msgspec.structs.replace(case.facts, findings=(*case.facts.findings, *unlisted))


def _absent(code: str) -> Finding:
    """Return the finding that a code was looked for just now, and is not there."""
    return Finding(
        code=code,
        state=FindingState.ABSENT,
        assurance=Assurance.A,
        provider=_PROVIDER,
        observed_at=CASE_TIME,
    )


def _hits(facts: Facts, designs: Designs | None) -> Hits:
    """Return which elements each finding puts in question."""
    if designs is None:
        return element_hits(None, None)
    version = facts.attributes.get("app_version")
    design = design_for(
        designs,
        str(facts.attributes.get("method", "")),
        version if isinstance(version, tuple) else None,
    )
    return element_hits(designs, design)


def _differences(case: Case, decision: Decision) -> Iterator[str]:
    """Yield what was decided otherwise than it was expected."""
    expect = case.expect
    if decision.effect is not expect.effect:
        because = _listed(decision.determining_rules) or "no rule counts"
        yield f"expected {expect.effect}, decided {decision.effect} ({because})"
    if expect.determining_rules is not None:
        yield from _missing_and_extra(
            "determining rule", expect.determining_rules, decision.determining_rules
        )
    if expect.obligations is not None:
        yield from _missing_and_extra("obligation", expect.obligations, decision.obligations)


def _missing_and_extra(
    what: str, expected: Iterable[Obligation | str], actual: Iterable[Obligation | str]
) -> Iterator[str]:
    """Yield what is missing, and what is there without being expected."""
    wanted, found = {*expected}, {*actual}
    if wanted - found:
        yield f"expected {what} missing: {_listed(wanted - found)}"
    if found - wanted:
        yield f"{what} not expected: {_listed(found - wanted)}"


def _listed(things: Iterable[Obligation | str]) -> str:
    """Return ids and obligations in words, in alphabetical order; of very many, the first."""
    words = sorted(each if isinstance(each, str) else obligation_phrase(each) for each in things)
    more = f" and {len(words) - _MOST_LISTED} more" if len(words) > _MOST_LISTED else ""
    return ", ".join(words[:_MOST_LISTED]) + more
