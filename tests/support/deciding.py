"""Builds facts and policy sets for tests of the engines; what the test is not about is filled in."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta
from typing import Any

from policies.compiler import compile_policy_set
from policies.design import element_hits
from policies.documents import read_policy_set
from policies.engine import decide, reference
from policies.model import Decision, Environment, Facts, PolicySet
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import Assurance, Finding, FindingState
from tests.support.documents import policy, rule

NOW = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)
TEE = Environment(
    class_="tee", delivery="just_in_time", packaging="library", uniqueness="transaction"
)
BOTH = (Element.KNOWLEDGE, Element.POSSESSION)


def finding(
    code: str,
    state: FindingState = FindingState.PRESENT,
    assurance: Assurance = Assurance.A,
    age_s: float | None = 1,
) -> Finding:
    return Finding(
        code=code,
        state=state,
        assurance=assurance,
        provider="a-provider",
        observed_at=None if age_s is None else NOW - timedelta(seconds=age_s),
    )


def facts(*findings: Finding, **changes: Any) -> Facts:
    known: dict[str, Any] = {"environment": TEE, "elements": BOTH} | changes
    return Facts(decided_at=NOW, findings=findings, **known)


def policy_set(*rules: dict[str, Any], **changes: Any) -> PolicySet:
    return read_policy_set(policy(*rules, **changes))


def both_decide(policies: PolicySet, given: Facts) -> Decision:
    """Return the decision of both engines, which must be the same."""
    hits = element_hits(None, None)
    decision = reference.decide(policies, hits, given)
    assert decide(compile_policy_set(policies), hits, given) == decision
    return decision


def counts(when: Any, given: Facts) -> bool:
    """Return whether a rule with this condition counts, by both engines."""
    return both_decide(policy_set(rule(when=when)), given).matched_rules == ("a-rule",)
