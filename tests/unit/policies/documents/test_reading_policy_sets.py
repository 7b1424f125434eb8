"""A policy set is read as a whole, and a wrong one is refused with all its problems."""
# SPDX-License-Identifier: Apache-2.0

import time
from decimal import Decimal
from typing import Any

import pytest

from policies.documents import PolicyDocumentError, read_policy_set
from policies.documents.cursor import MAX_PROBLEMS
from policies.documents.errors import Problem
from policies.model import AttributeDeclaration
from policies.vocabulary.attributes import AttributeType
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect
from tests.support.documents import policy, rule

STEP_UP = {"action": "step_up", "method": "letter-code", "within": "10m"}
REVIEW = {"action": "review", "within": "4h"}


def problems_of(document: bytes) -> tuple[Problem, ...]:
    with pytest.raises(PolicyDocumentError) as caught:
        read_policy_set(document)
    return caught.value.problems


def only_problem(document: bytes) -> tuple[str, str]:
    (problem,) = problems_of(document)
    return problem.pointer, problem.detail


def test_a_whole_document_is_read() -> None:
    document = policy(
        rule(
            title="Rooted",
            answers=["9(3)(c)", "9(2)", "9(2)"],
            disclosure={"level": "generic", "ground": " The user can mend it. "},
        ),
        metadata={"legal_basis": "RTS"},
    )

    policy_set = read_policy_set(document)

    assert policy_set.name == "A policy set"
    assert policy_set.otherwise is Effect.PERMIT
    assert policy_set.metadata == {"legal_basis": "RTS"}
    assert policy_set.attributes["amount_eur"] == AttributeDeclaration(
        type=AttributeType.DECIMAL, minimum=Decimal(0)
    )
    (read,) = policy_set.rules
    assert (read.id, read.title, read.effect) == ("a-rule", "Rooted", Effect.DENY)
    assert read.answers == (Duty.MULTI_PURPOSE_DEVICE, Duty.CONSEQUENCES)
    assert read.disclosure is Disclosure.GENERIC
    assert read.disclosure_ground == "The user can mend it."


def test_yaml_and_json_say_the_same() -> None:
    yaml = b"""
schema: 1
name: N
attributes: {amount_eur: {type: decimal}}
rules:
  - {id: r, when: {attribute: amount_eur, above: 50.0}, effect: deny, disclosure: none}
otherwise: permit
"""
    json = b"""{"schema": 1, "name": "N", "attributes": {"amount_eur": {"type": "decimal"}},
      "rules": [{"id": "r", "when": {"attribute": "amount_eur", "above": "50"}, "effect": "deny"}],
      "otherwise": "permit"}"""

    assert read_policy_set(yaml) == read_policy_set(json)


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"schema": 2}, "/schema", "expected 1"),
        ({"schema": "one"}, "/schema", "expected an integer"),
        ({"name": "  "}, "/name", "not a blank"),
        ({"name": "n" * 201}, "/name", "at most 200"),
        ({"otherwise": "hold"}, "/otherwise", "expected one of `permit`, `deny`"),
        ({"rules": {}}, "/rules", "expected a list"),
        ({"rulez": []}, "/rulez", "did you mean `rules`?"),
        ({"metadata": {"a": 1}}, "/metadata/a", "expected text"),
        ({"metadata": {f"k{n}": "" for n in range(101)}}, "/metadata", "at most 100"),
        ({"attributes": []}, "/attributes", "expected an object"),
        (
            {"attributes": {f"a{n}": {"type": "string"} for n in range(65)}},
            "/attributes",
            "at most 64 attributes",
        ),
    ],
)
def test_a_wrong_field_of_the_document_is_named(
    changes: dict[str, Any], pointer: str, words: str
) -> None:
    place, detail = only_problem(policy(**changes))

    assert place == pointer
    assert words in detail


@pytest.mark.parametrize(
    ("declaration", "pointer", "words"),
    [
        ({}, "", "`type` is missing"),
        ({"type": "decimel"}, "/type", "did you mean `decimal`?"),
        ({"type": "boolean", "min": 0}, "/min", "decimal and integer only"),
        ({"type": "integer", "max": "1.5"}, "/max", "expected an integer"),
        ({"type": "integer", "min": 2, "max": 1}, "/max", "below `min`"),
        ({"type": "enum"}, "", "`values` is missing"),
        ({"type": "enum", "values": []}, "/values", "expected 1 to 1000"),
        ({"type": "enum", "values": ["a", "a"]}, "/values", "repeated"),
        ({"type": "string", "values": ["a"]}, "/values", "enum only"),
        ({"type": "string", "required": 1}, "/required", "expected true or false"),
    ],
)
def test_a_wrong_declaration_is_named(
    declaration: dict[str, Any], pointer: str, words: str
) -> None:
    place, detail = only_problem(policy(attributes={"thing": declaration}))

    assert place == f"/attributes/thing{pointer}"
    assert words in detail


@pytest.mark.parametrize("name", ["a/b", "", "a b", "x" * 65])
def test_an_attribute_needs_a_plain_name(name: str) -> None:
    _pointer, detail = only_problem(policy(attributes={name: {"type": "string"}}))

    assert "expected a name" in detail


def test_a_built_in_attribute_cannot_be_declared() -> None:
    pointer, detail = only_problem(policy(attributes={"app_version": {"type": "string"}}))

    assert (pointer, "built in" in detail) == ("/attributes/app_version", True)


def test_a_rule_is_not_blamed_for_a_wrong_declaration() -> None:
    document = policy(
        rule(when={"attribute": "amount", "is": "x"}), attributes={"amount": {"type": "money"}}
    )

    assert [problem.pointer for problem in problems_of(document)] == ["/attributes/amount/type"]


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"id": "a rule"}, "/id", "expected a name"),
        ({"title": 5}, "/title", "expected text"),
        ({"answers": ["9(4)"]}, "/answers/0", "expected one of `9(1)`"),
        ({"effect": "denny"}, "/effect", "did you mean `deny`?"),
        ({"effect": "step_up"}, "", "exactly one `step_up` obligation, not 0"),
        (
            {"effect": "step_up", "obligations": [STEP_UP, STEP_UP | {"method": "other"}]},
            "",
            "not 2",
        ),
        ({"obligations": [STEP_UP]}, "", "goes with effect `step_up`, not `deny`"),
        ({"effect": "hold"}, "", "needs a `review` obligation"),
        ({"obligations": [REVIEW, REVIEW | {"within": "5h"}]}, "/obligations", "twice"),
        ({"obligations": {}}, "/obligations", "expected a list"),
        ({"disclosure": "all"}, "/disclosure", "expected one of `none`"),
        ({"disclosure": "full"}, "/disclosure", "needs a written ground"),
        ({"disclosure": {"level": "full"}}, "/disclosure", "`ground` is missing"),
        ({"disclosure": {"level": "full", "ground": " "}}, "/disclosure/ground", "not a blank"),
        ({"disclosure": {"ground": "x"}}, "/disclosure", "`level` is missing"),
        (
            {"disclosure": {"level": "none", "ground": "x"}},
            "/disclosure/ground",
            "needs no ground",
        ),
        ({"wen": 1}, "/wen", "did you mean `when`?"),
    ],
)
def test_a_wrong_field_of_a_rule_is_named(
    changes: dict[str, Any], pointer: str, words: str
) -> None:
    place, detail = only_problem(policy(rule(**changes)))

    assert place == f"/rules/0{pointer}"
    assert words in detail


def test_no_disclosure_may_be_written_out() -> None:
    (read,) = read_policy_set(policy(rule(disclosure={"level": "none"}))).rules

    assert (read.disclosure, read.disclosure_ground) == (Disclosure.NONE, "")


def test_a_rule_weaker_than_otherwise_is_refused() -> None:
    pointer, detail = only_problem(policy(rule(effect="permit"), otherwise="deny"))

    assert pointer == "/rules/0/effect"
    assert "could never take effect" in detail


def test_every_problem_is_named_at_once() -> None:
    document = policy(
        rule(id="a b", when={"finding": "x"}, effect="no", obligations=[{"action": "y"}]),
        {"id": "second"},
        rule(id="third"),
        rule(id="third"),
        name="",
        otherwise="never",
        metadata=5,
    )

    assert [problem.pointer for problem in problems_of(document)] == [
        "/name",
        "/metadata",
        "/otherwise",
        "/rules/0/id",
        "/rules/0/when/finding",
        "/rules/0/effect",
        "/rules/0/obligations/0/action",
        "/rules/1",
        "/rules/1",
        "/rules/3",
    ]


def test_a_problem_of_a_yaml_document_has_its_line() -> None:
    document = (
        b"schema: 1\nname: N\notherwise: permit\nrules:\n  - id: r\n    when: {}\n    effect: no\n"
    )

    assert [problem.line for problem in problems_of(document)] == [6, 7]


def test_missing_fields_of_the_document_are_all_named() -> None:
    assert [problem.detail for problem in problems_of(b"{}")] == [
        "`schema` is missing",
        "`name` is missing",
        "`rules` is missing",
        "`otherwise` is missing",
    ]


def test_a_document_that_is_no_object_is_refused() -> None:
    assert only_problem(b"- 1") == ("", "expected an object, not a list")
    assert only_problem(b"\xff") == ("", "byte 0 is not valid UTF-8")


def test_five_thousand_rules_are_read_and_no_more() -> None:
    rules = [rule(id=f"r{number}") for number in range(5000)]

    assert len(read_policy_set(policy(*rules)).rules) == 5000
    pointer, detail = only_problem(policy(*rules, rule(id="last")))
    assert (pointer, "5000" in detail) == ("/rules", True)


def test_comparisons_are_bounded_in_all_rules_together() -> None:
    rules = [
        rule(
            id=f"r{number}",
            when={"attribute": "age_days", "in": list(range(number * 150, number * 150 + 150))},
        )
        for number in range(134)
    ]

    assert len(read_policy_set(policy(*rules[:133])).rules) == 133
    pointer, detail = only_problem(policy(*rules))
    assert (pointer, "20000 different comparisons" in detail) == ("/rules", True)


def test_texts_to_look_for_in_sets_are_bounded() -> None:
    rules = [
        rule(id=f"r{number}", when={"attribute": "flags", "contains": f"flag-{number}"})
        for number in range(201)
    ]

    assert len(read_policy_set(policy(*rules[:200], rules[0] | {"id": "again"})).rules) == 201
    pointer, detail = only_problem(policy(*rules))
    assert (pointer, "200 different texts" in detail) == ("/rules", True)


def test_a_document_of_nothing_but_mistakes_is_read_quickly() -> None:
    document = policy(*[{f"unknown-{number}": 1} for number in range(4900)])
    began = time.monotonic()

    assert len(problems_of(document)) == MAX_PROBLEMS
    assert time.monotonic() - began < 3
