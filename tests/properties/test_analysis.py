"""The analysis reads rules as the engine does, and what it proves no search refutes."""
# SPDX-License-Identifier: Apache-2.0

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.analysis.concretizer import facts_of
from policies.analysis.context import Context, hits_for
from policies.analysis.solver import Answer
from policies.analysis.terms import Term, negate
from policies.design import Designs
from policies.documents import read_designs
from policies.engine import reference
from policies.model import PolicySet
from policies.packs import load_pack
from tests.support import strategies as our

DESIGNS = read_designs(load_pack("design-demo"))
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(
    policy_set=our.policy_sets(),
    wanted=st.integers(0, 63),
    designs=st.sampled_from([None, DESIGNS]),
)
def test_each_example_of_the_solver_is_decided_by_the_engine_as_the_solver_says(
    policy_set: PolicySet, wanted: int, designs: Designs | None
) -> None:
    context = Context(policy_set, designs)
    holds = {rule.id: context.reading.holds(rule) for rule in policy_set.rules}
    asked: list[Term] = [
        term if wanted >> place & 1 else negate(term) for place, term in enumerate(holds.values())
    ]
    while context.check(*asked) is not Answer.SAT:
        asked.pop()
    facts = facts_of(context.reading)
    decision = reference.decide(policy_set, hits_for(designs, facts), facts)

    expected = sorted(id_ for id_, term in holds.items() if context.solver.is_true(term))
    assert list(decision.matched_rules) == expected
    assert context.is_request(facts)
