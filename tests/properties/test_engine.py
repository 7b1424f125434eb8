"""What holds for every policy set and every input."""
# SPDX-License-Identifier: Apache-2.0

import pickle
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compiler import compile_policy_set
from policies.design import Hits, element_hits
from policies.documents import read_policy_set
from policies.engine import decide, explain, reference
from policies.model import (
    Decision,
    Disposition,
    Environment,
    EnvironmentIs,
    Facts,
    Obligation,
    PolicySet,
    atoms_of,
)
from policies.packs import PACKS, load_pack
from policies.vocabulary.effects import Effect
from tests.support import drawn_designs
from tests.support import strategies as our

PACKED = {
    name: (policy_set, compile_policy_set(policy_set))
    for name in PACKS
    if not name.startswith("design-")
    for policy_set in [read_policy_set(load_pack(name))]
}


@given(policy_set=our.policy_sets(), facts=our.facts, hits=drawn_designs.hits)
def test_the_compiled_engine_equals_the_reference(
    policy_set: PolicySet, facts: Facts, hits: Hits
) -> None:
    program = compile_policy_set(policy_set)

    assert decide(program, hits, facts) == reference.decide(policy_set, hits, facts)


@given(policy_set=our.policy_sets(), facts=our.facts, hits=drawn_designs.hits, waived=our.waived)
def test_the_compiled_engine_waives_as_the_reference_does(
    policy_set: PolicySet, facts: Facts, hits: Hits, waived: frozenset[str]
) -> None:
    program = compile_policy_set(policy_set)

    assert decide(program, hits, facts, waived) == reference.decide(policy_set, hits, facts, waived)


@given(policy_set=our.policy_sets(), facts=our.facts, waived=our.waived)
def test_a_waived_rule_decides_as_if_it_were_not_there(
    policy_set: PolicySet, facts: Facts, waived: frozenset[str]
) -> None:
    hits = element_hits(None, None)
    whole = reference.decide(policy_set, hits, facts)
    rest = tuple(rule for rule in policy_set.rules if rule.id not in waived)
    without = reference.decide(replace(policy_set, rules=rest), hits, facts)
    tolerated = reference.decide(policy_set, hits, facts, waived)
    would_have_counted = tuple(sorted({*whole.matched_rules} & waived))

    assert tolerated == msgspec.structs.replace(
        without,
        waived_rules=would_have_counted,
        disposition=Disposition.TOLERATED if would_have_counted else whole.disposition,
    )


@given(policy_set=our.policy_sets(max_rules=2), facts=our.facts)
def test_a_rule_too_wide_for_rows_decides_the_same(
    policy_set: PolicySet, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = element_hits(None, None)
    monkeypatch.setattr("policies.compiler.compile.MAX_ROWS", 1)
    program = compile_policy_set(policy_set)

    assert decide(program, hits, facts) == reference.decide(policy_set, hits, facts)


@given(name=st.sampled_from(sorted(PACKED)), facts=our.facts, hits=drawn_designs.hits)
def test_a_pack_compiles_to_what_it_means(name: str, facts: Facts, hits: Hits) -> None:
    policy_set, program = PACKED[name]

    assert decide(program, hits, facts) == reference.decide(policy_set, hits, facts)


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_a_pickled_program_decides_the_same(policy_set: PolicySet, facts: Facts) -> None:
    program = compile_policy_set(policy_set)
    hits = element_hits(None, None)
    copy = pickle.loads(pickle.dumps(program))  # noqa: S301 - our own bytes

    assert decide(copy, hits, facts) == decide(program, hits, facts)


@given(policy_set=our.policy_sets(), facts=our.facts, data=st.data())
def test_the_order_of_rules_and_findings_does_not_matter(
    policy_set: PolicySet, facts: Facts, data: st.DataObject
) -> None:
    hits = element_hits(None, None)
    shuffled = replace(policy_set, rules=tuple(data.draw(st.permutations(policy_set.rules))))
    findings = tuple(data.draw(st.permutations(facts.findings)))
    moved = msgspec.structs.replace(facts, findings=findings)

    assert reference.decide(shuffled, hits, moved) == reference.decide(policy_set, hits, facts)


def unmet(decision: Decision, other: Decision) -> set[tuple[str, object]]:
    """Return the obligations of `decision` that `other` has not, or has with more time.

    A step-up is no longer asked for when the authentication is denied.
    """
    deadlines: dict[tuple[str, object], int | None] = {
        (each.action, each.parameters): each.within_s for each in other.obligations
    }
    return {
        (each.action, each.parameters)
        for each in decision.obligations
        if not (each.action == "step_up" and other.effect is Effect.DENY)
        and not _is_met(each, deadlines)
    }


def _is_met(obligation: Obligation, deadlines: dict[tuple[str, object], int | None]) -> bool:
    key = (obligation.action, obligation.parameters)
    if key not in deadlines:
        return False
    within_s = deadlines[key]
    return obligation.within_s is None or (within_s is not None and within_s <= obligation.within_s)


def is_no_weaker(one: Decision, other: Decision) -> bool:
    return one.effect.strength >= other.effect.strength and not unmet(other, one)


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_adding_a_rule_never_weakens(policy_set: PolicySet, facts: Facts) -> None:
    hits = element_hits(None, None)
    whole = reference.decide(policy_set, hits, facts)

    for rule in policy_set.rules:
        rest = tuple(each for each in policy_set.rules if each != rule)
        less = reference.decide(replace(policy_set, rules=rest), hits, facts)
        assert is_no_weaker(whole, less)
        assert {*less.matched_rules} <= {*whole.matched_rules}


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_leaving_an_attribute_out_never_weakens(policy_set: PolicySet, facts: Facts) -> None:
    hits = element_hits(None, None)
    whole = reference.decide(policy_set, hits, facts)

    for name in facts.attributes:
        rest = {key: value for key, value in facts.attributes.items() if key != name}
        less = reference.decide(policy_set, hits, msgspec.structs.replace(facts, attributes=rest))
        assert is_no_weaker(less, whole)
        assert {*less.matched_rules} >= {*whole.matched_rules}


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_leaving_the_environment_out_weakens_only_rules_that_name_the_unknown(
    policy_set: PolicySet, facts: Facts
) -> None:
    hits = element_hits(None, None)
    silent = msgspec.structs.replace(facts, environment=Environment())
    whole = reference.decide(policy_set, hits, facts)
    less = reference.decide(policy_set, hits, silent)
    naming = {
        rule.id
        for rule in policy_set.rules
        if any(
            isinstance(atom, EnvironmentIs) and "unknown" in atom.values
            for atom in atoms_of(rule.when)
        )
    }

    assert {*less.matched_rules} >= {*whole.matched_rules} - naming


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_leaving_out_when_evidence_was_taken_never_weakens(
    policy_set: PolicySet, facts: Facts
) -> None:
    hits = element_hits(None, None)
    undated = tuple(
        msgspec.structs.replace(finding, observed_at=None) for finding in facts.findings
    )
    whole = reference.decide(policy_set, hits, facts)
    less = reference.decide(policy_set, hits, msgspec.structs.replace(facts, findings=undated))

    assert is_no_weaker(less, whole)


@given(policy_set=our.policy_sets(), facts=our.facts, hits=drawn_designs.hits)
def test_deciding_again_gives_the_same(policy_set: PolicySet, facts: Facts, hits: Hits) -> None:
    program = compile_policy_set(policy_set)
    first = decide(program, hits, facts)

    assert decide(program, hits, facts) == first
    assert decide(compile_policy_set(policy_set), hits, facts) == first


@given(name=st.sampled_from(sorted(PACKED)), facts=our.facts)
def test_stripping_all_evidence_from_a_pack_is_never_a_plain_permit(
    name: str, facts: Facts
) -> None:
    bare = msgspec.structs.replace(facts, findings=(), attributes={})
    _policy_set, program = PACKED[name]

    assert decide(program, element_hits(None, None), bare).is_mitigating


@given(policy_set=our.policy_sets(), facts=our.facts, waived=our.waived)
def test_the_explanation_agrees_with_the_decision(
    policy_set: PolicySet, facts: Facts, waived: frozenset[str]
) -> None:
    hits = element_hits(None, None)
    decision = reference.decide(policy_set, hits, facts, waived)
    explanations = explain(policy_set, hits, facts, waived)

    assert decision.matched_rules == tuple(
        sorted(each.rule.id for each in explanations if each.counted)
    )
    assert decision.waived_rules == tuple(
        sorted(each.rule.id for each in explanations if each.set_aside)
    )
