"""The fast engine's own corners; that it equals the reference is in tests/properties."""
# SPDX-License-Identifier: Apache-2.0

import pickle
from typing import Any

import pytest

from policies.compiler import compile_policy_set
from policies.design import element_hits
from policies.engine import decide, reference
from policies.model import Facts
from policies.vocabulary.findings import CATALOGUE, Assurance, FindingState
from tests.support.deciding import both_decide, facts, finding, policy_set
from tests.support.documents import rule

ABSENT = FindingState.ABSENT
HITS = element_hits(None, None)
CODES = list(CATALOGUE)[:9]
WIDE = {
    "all": [
        {"any": [{"finding": code} for code in CODES]},
        {"any": [{"attribute": "age_days", "equals": number} for number in range(9)]},
    ]
}


def test_a_rule_with_too_many_rows_is_kept_as_a_tree() -> None:
    program = compile_policy_set(policy_set(rule(when=WIDE), rule(id="other")))

    assert [tree.rule for tree in program.trees] == [0]
    assert program.rows.rules == (1,)


@pytest.mark.parametrize(
    ("given", "matched"),
    [
        (facts(finding(CODES[3]), attributes={"age_days": 4}), ("a-rule",)),
        (facts(finding(CODES[3]), attributes={"age_days": 10}), ()),
        (facts(finding(CODES[3])), ("a-rule",)),
        (facts(finding(CODES[3], ABSENT), attributes={"age_days": 4}), ()),
    ],
)
def test_a_tree_holds_like_any_rule(given: Facts, matched: tuple[str, ...]) -> None:
    assert both_decide(policy_set(rule(when=WIDE)), given).matched_rules == matched


def test_who_says_absent_matters_only_where_a_rule_asks() -> None:
    def program_of(**when: Any) -> tuple[dict[str, int], frozenset[str]]:
        program = compile_policy_set(policy_set(rule(when={"finding": "device.rooted", **when})))
        return dict(program.plainly_absent), program.particular

    assert program_of() == ({}, frozenset())
    assert program_of(state="not_evaluated") == ({"device.rooted": 1}, frozenset())
    assert program_of(state="absent", assurance="B") == ({}, frozenset({"device.rooted"}))
    assert program_of(state="absent", age={"above": "5m"}) == ({}, frozenset({"device.rooted"}))


def test_two_providers_may_say_the_same() -> None:
    policies = policy_set(
        rule(id="absent", when={"finding": "device.rooted", "state": "absent"}),
        rule(id="unsaid", when={"finding": "device.rooted", "state": "not_evaluated"}),
        rule(id="good", when={"finding": "device.rooted", "assurance": "at_least B"}),
    )
    twice = (finding("device.rooted", ABSENT), finding("device.rooted", ABSENT, Assurance.D))
    both = (*twice, finding("device.rooted"), finding("device.rooted", assurance=Assurance.D))

    assert both_decide(policies, facts(*twice)).matched_rules == ("absent",)
    assert both_decide(policies, facts(*both)).matched_rules == ("good",)


def test_rules_of_the_same_kind_are_told_apart_in_the_answer() -> None:
    policies = policy_set(rule(id="b"), rule(id="a"), rule(id="c", effect="permit"))
    program = compile_policy_set(policies)

    assert [each.id for each in program.rules] == ["a", "b", "c"]
    assert program.kinds == (0, 0, 2)
    decision = both_decide(policies, facts(finding("device.rooted")))
    assert decision.determining_rules == ("a", "b")


def test_a_program_survives_pickling() -> None:
    policies = policy_set(rule(when=WIDE), rule(id="other"))
    given = facts(finding(CODES[3]), finding("device.rooted"), attributes={"age_days": 3})
    program = pickle.loads(pickle.dumps(compile_policy_set(policies)))  # noqa: S301 - our own bytes

    assert decide(program, HITS, given) == reference.decide(policies, HITS, given)


def test_what_is_remembered_of_one_program_is_not_used_for_another() -> None:
    given = facts(finding("device.rooted"))
    programs = [
        compile_policy_set(policy_set(rule(effect=effect))) for effect in ("deny", "permit", "deny")
    ]

    assert [decide(program, HITS, given).effect for program in programs * 2] == [
        "deny",
        "permit",
        "deny",
    ] * 2
