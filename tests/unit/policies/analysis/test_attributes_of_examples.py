"""Attributes of every type have values in examples, and two versions share what they declare."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Any

import pytest

from policies.analysis import Status, analyse
from policies.analysis.attributes import declarations_of
from policies.analysis.concretizer import NOW
from policies.analysis.context import Context
from policies.analysis.reading import Reading
from policies.analysis.solver import Answer
from policies.analysis.terms import negate
from policies.model import AttributeDeclaration, PolicySet, Value
from policies.vocabulary.attributes import AttributeType
from policies.vocabulary.effects import Effect
from tests.support.deciding import policy_set
from tests.support.documents import rule

REQUIRED = {
    "since": {"type": "timestamp", "required": True},
    "flags": {"type": "string_set", "required": True},
    "amount": {"type": "decimal", "min": 0, "max": 100, "required": True},
}


def shown(when: Any, name: str, *, holds: bool) -> Value | None:
    """Return an attribute in a request for which a rule counts, or does not."""
    context = Context(policy_set(rule(when=when), attributes=REQUIRED), None)
    (only,) = context.policy_set.rules
    term = Reading(context.world).holds(only)
    assert context.check(term if holds else negate(term)) is Answer.SAT
    return context.world.attributes[name].shown(context.solver, NOW)


def test_a_timestamp_is_shown_as_the_moment_of_an_age() -> None:
    young = {"attribute": "since", "age": {"below": "1d"}}

    moment = shown(young, "since", holds=False)

    assert isinstance(moment, datetime)
    assert (NOW - moment).total_seconds() >= 86_400


def test_a_required_timestamp_of_unknown_age_lies_in_the_future() -> None:
    both = {
        "all": [
            {"attribute": "since", "age": {"below": "1h"}},
            {"attribute": "since", "age": {"above": "1d"}},
        ]
    }

    moment = shown(both, "since", holds=True)

    assert isinstance(moment, datetime)
    assert moment > NOW


@pytest.mark.parametrize("holds", [True, False])
def test_a_string_set_is_shown_with_the_texts_that_rules_look_for(*, holds: bool) -> None:
    wanted = {"attribute": "flags", "contains": "vip"}

    assert shown(wanted, "flags", holds=holds) == (frozenset({"vip"}) if holds else frozenset())


def test_a_required_attribute_that_contradicts_itself_makes_a_rule_dead() -> None:
    both = [{"attribute": "amount", "above": 10}, {"attribute": "amount", "below": 5}]
    set_ = policy_set(rule(when={"all": both}), attributes=REQUIRED)

    result = analyse(set_, None).result("P10")

    assert result.status is Status.VIOLATED
    assert result.sentence == "No request can make rule `a-rule` count."
    assert result.rules == ("a-rule",)


def declaring(**attributes: AttributeDeclaration) -> PolicySet:
    return PolicySet(name="", attributes=attributes, rules=(), otherwise=Effect.PERMIT, metadata={})


def test_two_versions_allow_what_either_declares() -> None:
    number = AttributeDeclaration(type=AttributeType.INTEGER, required=True, minimum=0, maximum=5)
    wider = AttributeDeclaration(type=AttributeType.INTEGER, required=True, minimum=-3)
    text = AttributeDeclaration(type=AttributeType.STRING, required=True)
    one = AttributeDeclaration(type=AttributeType.ENUM, values=("a", "b"))
    other = AttributeDeclaration(type=AttributeType.ENUM, values=("b", "c"))

    known = declarations_of(
        [declaring(n=number, e=one, m=number, k=number), declaring(n=wider, e=other, m=text)]
    )

    assert known["n"] == AttributeDeclaration(type=AttributeType.INTEGER, required=True, minimum=-3)
    assert known["e"].values == ("a", "b", "c")
    assert known["m"].type is AttributeType.INTEGER
    assert not known["m"].required
    assert not known["k"].required
    assert known["channel"].type is AttributeType.STRING


BLANK = {"segment": {"type": "string", "required": True}}


def test_a_declared_text_can_be_blank_and_a_built_in_one_cannot() -> None:
    declared = {"not": {"attribute": "segment", "is": ""}}
    built_in = {"attribute": "platform", "is": ""}
    own = policy_set(rule(when=declared), attributes=BLANK)
    every = policy_set(rule(when={"not": {"any": [built_in, {"not": built_in}]}}))

    context = Context(own, None)
    assert context.check(negate(context.reading.holds(own.rules[0]))) is Answer.SAT
    assert context.world.attributes["segment"].shown(context.solver, NOW) == ""
    # The rule counts where the platform is not known, and nowhere else.
    context = Context(every, None)
    assert context.check(context.reading.holds(every.rules[0])) is Answer.SAT
    assert context.world.attributes["platform"].shown(context.solver, NOW) is None
