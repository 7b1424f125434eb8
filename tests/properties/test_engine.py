"""What holds for every policy set and every input."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import pickle
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compiler import compile_policy_set
from policies.design import Designs, Hits, design_for, element_hits
from policies.documents import (
    AttributeValueError,
    DesignDocumentError,
    PolicyDocumentError,
    digest_of,
    read_designs,
    read_policy_set,
    type_attributes,
    write_designs,
    write_policy_set,
)
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
from policies.packs import load_pack
from policies.vocabulary.effects import Effect
from tests.support import strategies as our

DESIGNS = read_designs(load_pack("design-demo"))
HITS = st.sampled_from(
    [element_hits(None, None), element_hits(DESIGNS, design_for(DESIGNS, "app-pin-push", None))]
)
BALANCED = read_policy_set(load_pack("balanced"))
BALANCED_PROGRAM = compile_policy_set(BALANCED)


@given(policy_set=our.policy_sets(), facts=our.facts, hits=HITS)
def test_the_compiled_engine_equals_the_reference(
    policy_set: PolicySet, facts: Facts, hits: Hits
) -> None:
    program = compile_policy_set(policy_set)

    assert decide(program, hits, facts) == reference.decide(policy_set, hits, facts)


@given(policy_set=our.policy_sets(), facts=our.facts, hits=HITS, waived=our.waived)
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


@given(facts=our.facts, hits=HITS)
def test_the_pack_compiles_to_what_it_means(facts: Facts, hits: Hits) -> None:
    known = {k: v for k, v in facts.attributes.items() if k in {"amount_eur", "payee_known"}}
    facts = msgspec.structs.replace(facts, attributes=known)

    assert decide(BALANCED_PROGRAM, hits, facts) == reference.decide(BALANCED, hits, facts)


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


@given(policy_set=our.policy_sets(), facts=our.facts, hits=HITS)
def test_deciding_again_gives_the_same(policy_set: PolicySet, facts: Facts, hits: Hits) -> None:
    program = compile_policy_set(policy_set)
    first = decide(program, hits, facts)

    assert decide(program, hits, facts) == first
    assert decide(compile_policy_set(policy_set), hits, facts) == first


@given(facts=our.facts)
def test_stripping_all_evidence_from_the_pack_is_never_a_plain_permit(facts: Facts) -> None:
    bare = msgspec.structs.replace(facts, findings=(), attributes={})

    assert decide(BALANCED_PROGRAM, element_hits(None, None), bare).is_mitigating


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


@given(policy_set=our.policy_sets(max_rules=3, max_cases=2))
def test_reading_what_was_written_gives_the_same_policy_set(policy_set: PolicySet) -> None:
    written = write_policy_set(policy_set)
    read = read_policy_set(written)

    assert read == policy_set
    assert write_policy_set(read) == written
    assert digest_of(read) == digest_of(policy_set)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["permit", "deny", "device.rooted", "step_up", "1m", "tee", "at_least C"]),
    lambda children: st.lists(children, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["id", "when", "effect", "finding", "all", "any", "not", "attribute", "above",
             "element", "status", "environment", "class", "obligations", "action", "within",
             "type", "rests_on", "method", "elements", "possession", "level", "ground"]
        )
        | st.text(max_size=6),
        children,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip
documents = st.binary(max_size=300) | st.text(max_size=300).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


@given(data=documents)
def test_the_readers_raise_only_their_own_errors_on_arbitrary_bytes(data: bytes) -> None:
    with pytest.raises(PolicyDocumentError):
        read_policy_set(data)
    with pytest.raises(DesignDocumentError):
        read_designs(data)


@given(rules=json_values, attributes=json_values, otherwise=json_values)
def test_the_policy_reader_raises_only_its_own_error_on_arbitrary_values(
    rules: object, attributes: object, otherwise: object
) -> None:
    body = {
        "schema": 1,
        "name": "N",
        "rules": [rules, {"id": "r", "effect": "deny", "when": rules}],
    }
    data = json.dumps(body | {"attributes": attributes, "otherwise": otherwise}).encode()

    with contextlib.suppress(PolicyDocumentError):
        read = read_policy_set(data)
        assert read_policy_set(write_policy_set(read)) == read


@given(tests=json_values, given_=json_values, expect=json_values)
def test_the_reader_of_cases_raises_only_its_own_error_on_arbitrary_values(
    tests: object, given_: object, expect: object
) -> None:
    case = {"name": "A case", "given": given_, "expect": expect}
    body = {"schema": 1, "name": "N", "rules": [], "otherwise": "permit", "tests": [tests, case]}

    with contextlib.suppress(PolicyDocumentError):
        read = read_policy_set(json.dumps(body).encode())
        assert read_policy_set(write_policy_set(read)) == read


@given(components=json_values, methods=json_values)
def test_the_design_reader_raises_only_its_own_error_on_arbitrary_values(
    components: object, methods: object
) -> None:
    body = {"schema": 1, "name": "N", "components": [components], "methods": [methods]}

    with contextlib.suppress(DesignDocumentError):
        read = read_designs(json.dumps(body).encode())
        assert read_designs(write_designs(read)) == read


@given(
    policy_set=our.policy_sets(max_rules=0),
    raw=st.dictionaries(
        st.sampled_from(["amount_eur", "age_days", "payee_known", "purpose", "segment"])
        | st.text(),
        json_values,
    ),
)
def test_typing_attributes_raises_only_its_own_error(
    policy_set: PolicySet, raw: dict[str, object]
) -> None:
    with contextlib.suppress(AttributeValueError):
        assert type_attributes(policy_set, raw).keys() == raw.keys()


@given(data=st.data())
def test_the_reader_survives_mutations_of_a_real_document(data: st.DataObject) -> None:
    source = bytearray(load_pack("balanced"))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(source) - 1))
        length = data.draw(st.integers(0, 30))
        source[start : start + length] = data.draw(st.binary(max_size=12))

    with contextlib.suppress(PolicyDocumentError):
        read = read_policy_set(bytes(source))
        assert read_policy_set(write_policy_set(read)) == read


def test_reading_written_designs_gives_the_same_designs() -> None:
    written = write_designs(DESIGNS)
    read: Designs = read_designs(written)

    assert read == DESIGNS
    assert write_designs(read) == written
