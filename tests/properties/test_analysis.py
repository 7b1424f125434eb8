"""The analysis reads rules as the engine does, and what it proves no search refutes."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.analysis import Relation, Status, analyse, compare
from policies.analysis.concretizer import facts_of
from policies.analysis.context import Context, hits_for
from policies.analysis.outcome import is_weaker
from policies.analysis.solver import Answer
from policies.analysis.stripping import without
from policies.analysis.terms import Term, negate
from policies.design import Designs
from policies.documents import read_designs
from policies.engine import reference
from policies.engine.reference import overall_state
from policies.model import Decision, Facts, PolicySet
from policies.packs import load_pack
from policies.vocabulary.effects import Effect
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState
from tests.support import strategies as our

DESIGNS = read_designs(load_pack("design-demo"))
few = settings(max_examples=max(30, settings().max_examples // 5))
ALTERATIONS = [code for code, type_ in CATALOGUE.items() if type_.is_alteration]


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


@few
@given(
    policy_set=our.policy_sets(max_rules=4),
    designs=st.sampled_from([None, DESIGNS]),
    data=st.data(),
)
def test_what_is_proved_no_search_refutes_and_what_is_violated_the_engine_shows(
    policy_set: PolicySet, designs: Designs | None, data: st.DataObject
) -> None:
    report = analyse(policy_set, designs)

    for id_, refutes in REFUTATIONS.items():
        result = report.result(id_)
        assert result.status is not Status.UNKNOWN
        if result.status is Status.VIOLATED:
            assert refutes(_decider(policy_set, designs), result.counterexample[0])
            continue
        context = Context(policy_set, designs)
        for facts in data.draw(st.lists(our.facts.filter(context.is_request), max_size=15)):
            assert not refutes(_decider(policy_set, designs), facts)


@few
@given(
    old=our.policy_sets(max_rules=3),
    new=our.policy_sets(max_rules=3),
    kept=st.booleans(),
    data=st.data(),
)
def test_no_request_contradicts_how_versions_compare(
    old: PolicySet,
    new: PolicySet,
    kept: bool,  # noqa: FBT001 - drawn
    data: st.DataObject,
) -> None:
    if kept:
        more = [replace(rule, id=f"more-{rule.id}") for rule in new.rules]
        strong = [rule for rule in more if rule.effect.strength >= old.otherwise.strength]
        new = replace(old, rules=(*old.rules, *strong))
    relation = compare(old, new, None).relation

    assert relation in (STRICTER if kept else set(Relation) - {Relation.UNKNOWN})
    for facts in data.draw(st.lists(our.facts.filter(lambda each: each.elements), max_size=20)):
        before, after = (_decider(each, None)(facts) for each in (old, new))
        if relation in STRICTER:
            assert not is_weaker(after, before, not_counted=frozenset())
        if relation in {Relation.LAXER, Relation.EQUIVALENT}:
            assert not is_weaker(before, after, not_counted=frozenset())


Decide = Callable[[Facts], Decision]
STRICTER = {Relation.STRICTER, Relation.EQUIVALENT}


def _decider(policy_set: PolicySet, designs: Designs | None) -> Decide:
    def decide(facts: Facts) -> Decision:
        return reference.decide(policy_set, hits_for(designs, facts), facts)

    return decide


def _leaves_an_alteration(decide: Decide, facts: Facts) -> bool:
    return not decide(facts).is_mitigating and any(
        finding.code in ALTERATIONS
        and finding.state is FindingState.PRESENT
        and finding.assurance is not Assurance.D
        for finding in facts.findings
    )


def _permits_broken_sca(decide: Decide, facts: Facts) -> bool:
    decision = decide(facts)
    return decision.reliable_elements < 2 and decision.effect is Effect.PERMIT


def _pays_to_strip(decide: Decide, facts: Facts) -> bool:
    """Whether leaving out weakens, or hiding what would be refused gives a plain permit."""
    states = {
        code: overall_state(each for each in facts.findings if each.code == code)
        for code in CATALOGUE
    }
    return any(
        is_weaker(decide(without(facts, code)), decide(facts))
        for code, state in states.items()
        if state is FindingState.ABSENT
    ) or (
        not decide(facts).is_mitigating
        and any(
            decide(_with(facts, code, assurance, age)).effect.strength >= Effect.HOLD.strength
            for code in ALTERATIONS
            if states[code] is FindingState.NOT_EVALUATED
            for assurance in Assurance
            for age in (None, 0, 1, 2, 30, 59, 60, 61, 599, 600, 601)
        )
    )


def _with(facts: Facts, code: str, assurance: Assurance, age: int | None) -> Facts:
    finding = Finding(
        code=code,
        state=FindingState.PRESENT,
        assurance=assurance,
        provider="",
        observed_at=None if age is None else facts.decided_at - timedelta(seconds=age),
    )
    return msgspec.structs.replace(facts, findings=(*facts.findings, finding))


def _weakens_when_worse(decide: Decide, facts: Facts) -> bool:
    before = decide(facts)
    for place, finding in enumerate(facts.findings):
        if finding.state is FindingState.ABSENT:
            worse = msgspec.structs.replace(finding, state=FindingState.PRESENT)
        elif finding.state is FindingState.PRESENT and finding.assurance is not Assurance.A:
            better = [*Assurance][finding.assurance.rank - 1]
            worse = msgspec.structs.replace(finding, assurance=better)
        else:
            continue
        findings = (*facts.findings[:place], worse, *facts.findings[place + 1 :])
        if is_weaker(decide(msgspec.structs.replace(facts, findings=findings)), before):
            return True
    return False


REFUTATIONS: Mapping[str, Callable[[Decide, Facts], bool]] = {
    "P2": _leaves_an_alteration,
    "P3": _permits_broken_sca,
    "P5": _pays_to_strip,
    "P6": _weakens_when_worse,
}
