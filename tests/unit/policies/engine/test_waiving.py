"""A waived rule is set aside, and the decision says so."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

import pytest

from policies.compiler import compile_policy_set
from policies.design import element_hits
from policies.engine import decide, reference
from policies.model import Decision, Disposition, Facts
from policies.vocabulary.effects import Effect
from tests.support.deciding import facts, finding, policy_set
from tests.support.documents import rule

HITS: Final = element_hits(None, None)
REVIEW: Final = {"action": "review", "within": "4h"}
POLICIES: Final = policy_set(
    rule(id="denied"),
    rule(id="held", effect="hold", obligations=[REVIEW]),
    rule(id="elsewhere", when={"finding": "app.cloned"}),
)
PROGRAM: Final = compile_policy_set(POLICIES)
ROOTED: Final = facts(finding("device.rooted"))


def both_waive(given: Facts, *waived: str) -> Decision:
    """Return the decision of both engines, which must be the same."""
    decision = reference.decide(POLICIES, HITS, given, frozenset(waived))
    assert decide(PROGRAM, HITS, given, frozenset(waived)) == decision
    return decision


def test_the_other_rules_decide_and_the_waived_one_is_named() -> None:
    decision = both_waive(ROOTED, "denied")

    assert decision.effect is Effect.HOLD
    assert decision.matched_rules == decision.determining_rules == ("held",)
    assert [each.action for each in decision.obligations] == ["review"]
    assert decision.waived_rules == ("denied",)
    assert decision.disposition is Disposition.TOLERATED


def test_with_every_rule_waived_the_rest_of_the_document_decides() -> None:
    decision = both_waive(ROOTED, "held", "denied")

    assert decision.effect is Effect.PERMIT
    assert (decision.obligations, decision.matched_rules) == ((), ())
    assert decision.waived_rules == ("denied", "held")


@pytest.mark.parametrize("waived", [(), ("elsewhere",), ("no-such-rule",)])
def test_a_waiver_that_changes_nothing_is_not_named(waived: tuple[str, ...]) -> None:
    decision = both_waive(ROOTED, *waived)

    assert decision == both_waive(ROOTED)
    assert decision.disposition is Disposition.ENFORCED


def test_a_rule_that_counts_because_something_is_unknown_can_be_waived() -> None:
    policies = policy_set(rule(id="unsure", when={"attribute": "payee_known", "is": False}))
    waived = frozenset({"unsure"})
    decision = reference.decide(policies, HITS, facts(), waived)

    assert decision.waived_rules == ("unsure",)
    assert decide(compile_policy_set(policies), HITS, facts(), waived) == decision
