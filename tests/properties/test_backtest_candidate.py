"""A candidate looks decisions up: for every policy set and all facts they are what the reference decides."""
# SPDX-License-Identifier: Apache-2.0

from hypothesis import given
from hypothesis import strategies as st

from compliance.backtests.candidate import Candidate
from policies.compiler import compile_policy_set
from policies.design import element_hits
from policies.engine import reference
from policies.model import Facts, PolicySet
from tests.support import strategies as our


@given(policy_set=our.policy_sets(), situations=st.lists(our.facts, min_size=2, max_size=8))
def test_what_is_looked_up_is_what_the_reference_decides(
    policy_set: PolicySet, situations: list[Facts]
) -> None:
    candidate = Candidate(compile_policy_set(policy_set))
    hits = element_hits(None, None)

    # Twice: the second time every decision is one that was kept.
    for facts in (*situations, *situations):
        assert candidate.decide(hits, facts) == reference.decide(policy_set, hits, facts)
