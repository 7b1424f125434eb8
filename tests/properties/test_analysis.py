"""The analysis reads rules as the engine does, and what it proves no search refutes."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from policies.analysis import Relation, Status, analyse, compare
from policies.analysis.concretizer import facts_of
from policies.analysis.context import Context
from policies.analysis.outcome import is_weaker
from policies.analysis.results import Difference, PropertyResult
from policies.analysis.solver import Answer
from policies.analysis.terms import Term, negate
from policies.design import Designs
from policies.documents import AttributeValueError, read_designs, type_attributes
from policies.documents.attributes import type_built_in
from policies.model import Facts, PolicySet, Value
from policies.packs import load_pack
from policies.vocabulary.duties import Duty
from tests.support import drawn_designs
from tests.support import strategies as our
from tests.support.analysing import Document, changed, rule_in, without_rule
from tests.support.drawn_facts import fitted
from tests.support.refuting import REFUTATIONS, Judge, is_a_request, is_shown, matters
from tests.support.searching import Search

Change = Callable[[Document], object]
DESIGNS = read_designs(load_pack("design-demo"))
some_designs = st.sampled_from([None, DESIGNS]) | drawn_designs.designs()
seeds = st.integers(0, 2**32)
SEARCHED = 40
"""Random requests for each policy set that is analysed, beside those that Hypothesis draws."""


@given(policy_set=our.policy_sets(), wanted=st.integers(0, 63), designs=some_designs)
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
    decision = Judge(policy_set, designs).decide(facts)

    expected = sorted(id_ for id_, term in holds.items() if context.solver.is_true(term))
    assert list(decision.matched_rules) == expected
    assert context.is_request(facts)


@given(policy_set=our.policy_sets(), designs=some_designs, seed=seeds, data=st.data())
def test_every_request_is_one_that_the_solver_can_find(
    policy_set: PolicySet, designs: Designs | None, seed: int, data: st.DataObject
) -> None:
    context, judge = Context(policy_set, designs), Judge(policy_set, designs)
    holds = {rule.id: context.reading.holds(rule) for rule in policy_set.rules}
    drawn = fitted(data.draw(our.facts), policy_set)

    for facts in (drawn, *Search([policy_set], designs, seed).requests(8)):
        if is_a_request(judge, facts):
            counting = {*judge.decide(facts).matched_rules}
            asked = [term if id_ in counting else negate(term) for id_, term in holds.items()]
            assert context.check(*asked) is Answer.SAT


@given(
    policy_set=our.policy_sets(max_rules=4),
    designs=some_designs,
    seed=seeds,
    drawn=st.lists(our.facts, max_size=4),
)
def test_what_is_proved_no_search_refutes_and_each_counterexample_is_real(
    policy_set: PolicySet, designs: Designs | None, seed: int, drawn: list[Facts]
) -> None:
    report = analyse(policy_set, designs)
    judge, search = Judge(policy_set, designs), Search([policy_set], designs, seed)
    requests = [fitted(facts, policy_set) for facts in drawn]
    requests = [facts for facts in requests if is_a_request(judge, facts)]
    requests += search.requests(SEARCHED)

    for result in report.results:
        event(f"{result.id} {result.status}")
        if result.status is Status.UNKNOWN:
            assert (result.id, designs) == ("P4", None)
        if result.status is Status.VIOLATED and result.counterexample:
            check_is_real(result, judge, search)
        if result.status is Status.PROVED and result.id in REFUTATIONS:
            refutes = REFUTATIONS[result.id]
            assert not any(refutes(judge, facts, search) for facts in requests), result
    check_duties(report.result("P1"), judge, requests)
    check_idle_rules(report.result("P10"), judge, requests)


def check_is_real(result: PropertyResult, judge: Judge, search: Search) -> None:
    """Check that requests show the violation by its own words, and that a back-end can send them."""
    assert is_shown(result.id, judge, result.counterexample, search)
    for facts in result.counterexample:
        assert is_a_request(judge, facts)
    assert as_sent(judge.policy_set, result.request) == result.counterexample[0].attributes


def as_sent(policy_set: PolicySet, request: Mapping[str, Any]) -> dict[str, Value]:
    """Return the attributes of a request as the decision point types them."""
    typed = type_attributes(policy_set, request["attributes"])
    built_in = {key: value for key, value in request["transaction"].items() if key != "ref"}
    built_in |= {"device_model" if k == "model" else k: v for k, v in request["device"].items()}
    return typed | type_built_in(built_in)


def is_taken(policy_set: PolicySet, request: Mapping[str, Any]) -> bool:
    """Return whether the decision point takes a request's attributes."""
    with contextlib.suppress(AttributeValueError):
        as_sent(policy_set, request)
        return True
    return False


def check_duties(result: PropertyResult, judge: Judge, requests: list[Facts]) -> None:
    """Check that P1 is violated where no rule answers a duty, and that what cannot count does not."""
    answered = {duty for rule in judge.policy_set.rules for duty in rule.answers}
    assert result.status is Status.VIOLATED or answered == {*Duty}
    if result.status is Status.VIOLATED:
        assert not any({*judge.decide(facts).matched_rules} & {*result.rules} for facts in requests)


def check_idle_rules(result: PropertyResult, judge: Judge, requests: list[Facts]) -> None:
    """Check that rules that are said to change nothing change nothing."""
    if result.status is Status.VIOLATED and not result.counterexample:
        assert not any(matters(judge, facts, result.rules) for facts in requests)


@given(
    old=our.policy_sets(max_rules=3),
    new=our.policy_sets(max_rules=3),
    kept=st.booleans(),
    designs=some_designs,
    seed=seeds,
)
def test_no_request_contradicts_how_versions_compare(
    old: PolicySet,
    new: PolicySet,
    kept: bool,  # noqa: FBT001 - drawn
    designs: Designs | None,
    seed: int,
) -> None:
    if kept:
        more = [replace(rule, id=f"more-{rule.id}") for rule in new.rules]
        strong = [rule for rule in more if rule.effect.strength >= old.otherwise.strength]
        new = replace(old, rules=(*old.rules, *strong))
    difference = compare(old, new, designs)
    relation = difference.relation
    event(relation)

    assert relation in (STRICTER if kept else {*Relation} - {Relation.UNKNOWN})
    was, becomes = Judge(old, designs), Judge(new, designs)
    check_regions(difference, was, becomes)
    for facts in Search([old, new], designs, seed).requests(SEARCHED):
        before, after = was.decide(facts), becomes.decide(facts)
        if relation in STRICTER:
            assert not is_weaker(after, before, not_counted=frozenset())
        if relation in {Relation.LAXER, Relation.EQUIVALENT}:
            assert not is_weaker(before, after, not_counted=frozenset())


STRICTER = {Relation.STRICTER, Relation.EQUIVALENT}


def check_regions(difference: Difference, was: Judge, becomes: Judge) -> None:
    """Check that each region's witness goes the way it is said to go, and that none is missing."""
    for region in difference.regions:
        (facts,) = region.witness
        before, after = was.decide(facts), becomes.decide(facts)
        is_laxer = region.direction is Relation.LAXER
        one, other = (before, after) if is_laxer else (after, before)
        assert is_weaker(other, one, not_counted=frozenset())
        assert is_a_request(was, facts)
        assert any(is_taken(each.policy_set, region.request) for each in (was, becomes))
        assert region.rule == "otherwise" or region.rule in one.matched_rules
    assert difference.is_complete
    assert bool(difference.regions) is (difference.relation is not Relation.EQUIVALENT)


def _added(condition: Document, action: str) -> Change:
    """Return a change that adds a rule with one obligation."""
    rule = {
        "id": "new",
        "when": condition,
        "effect": "permit",
        "obligations": [{"action": action, "within": "1m"}],
    }
    return lambda document: document["rules"].append(rule)


def _stepping_up_on_the_phone(document: Document) -> None:
    step_up = {"action": "step_up", "method": "app-pin-push", "within": "10m"}
    rule_in(document, "rooted")["obligations"] = [step_up]


BROKEN: Mapping[str, Change] = {
    "P2": without_rule("screen-not-the-users"),
    "P3": without_rule("sca-broken"),
    "P4": _stepping_up_on_the_phone,
    "P5": without_rule("not-evaluated"),
    "P6": _added({"not": {"finding": "device.os_outdated"}}, "notify_fraud_desk"),
    "P7": _added({"finding": "app.hooking"}, "inform_user"),
    "P8": without_rule("evidence-missing"),
    "P9": _added({"finding": "device.rooted"}, "block_device"),
    "P10": _added({"finding": "device.rooted"}, "end_session"),
}


@pytest.mark.parametrize("id_", [*REFUTATIONS])
def test_the_search_finds_what_is_broken(id_: str) -> None:
    policy_set = changed(BROKEN[id_])
    judge, search = Judge(policy_set, DESIGNS), Search([policy_set], DESIGNS, seed=1)

    # A search that never finds anything would make the tests above hollow.
    assert analyse(policy_set, DESIGNS).result(id_).status is Status.VIOLATED
    assert any(REFUTATIONS[id_](judge, facts, search) for facts in search.requests(5_000))
