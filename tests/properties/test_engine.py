"""What holds for every policy set and every input."""
# SPDX-License-Identifier: Apache-2.0

import pickle
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compiler import compile_policy_set
from policies.design import Designs, design_for, element_hits
from policies.documents import (
    PolicyDocumentError,
    digest_of,
    read_designs,
    read_policy_set,
    write_designs,
    write_policy_set,
)
from policies.engine import decide, explain, reference
from policies.model import Facts, PolicySet
from policies.packs import load_pack
from tests.support import strategies as our

DESIGNS = read_designs(load_pack("design-demo"))
HITS = st.sampled_from(
    [element_hits(None, None), element_hits(DESIGNS, design_for(DESIGNS, "app-pin-push", None))]
)
BALANCED = read_policy_set(load_pack("balanced"))
BALANCED_PROGRAM = compile_policy_set(BALANCED)


@given(policy_set=our.policy_sets(), facts=our.facts, hits=HITS)
def test_the_compiled_engine_equals_the_reference(
    policy_set: PolicySet, facts: Facts, hits: dict[str, frozenset[str]]
) -> None:
    program = compile_policy_set(policy_set)

    assert decide(program, hits, facts) == reference.decide(policy_set, hits, facts)


@given(policy_set=our.policy_sets(max_rules=2), facts=our.facts)
def test_a_rule_too_wide_for_rows_decides_the_same(
    policy_set: PolicySet, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = element_hits(None, None)
    monkeypatch.setattr("policies.compiler.compile.MAX_ROWS", 1)
    program = compile_policy_set(policy_set)

    assert decide(program, hits, facts) == reference.decide(policy_set, hits, facts)


@given(facts=our.facts, hits=HITS)
def test_the_pack_compiles_to_what_it_means(facts: Facts, hits: dict[str, frozenset[str]]) -> None:
    known = {k: v for k, v in facts.attributes.items() if k in {"amount_eur", "payee_known"}}
    facts = msgspec.structs.replace(facts, attributes=known)

    assert decide(BALANCED_PROGRAM, hits, facts) == reference.decide(BALANCED, hits, facts)


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_a_pickled_program_decides_the_same(policy_set: PolicySet, facts: Facts) -> None:
    program = compile_policy_set(policy_set)
    hits = element_hits(None, None)
    copy = pickle.loads(pickle.dumps(program))

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


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_taking_a_rule_away_never_strengthens(policy_set: PolicySet, facts: Facts) -> None:
    hits = element_hits(None, None)
    whole = reference.decide(policy_set, hits, facts)

    for rule in policy_set.rules:
        rest = tuple(each for each in policy_set.rules if each != rule)
        less = reference.decide(replace(policy_set, rules=rest), hits, facts)
        assert less.effect.strength <= whole.effect.strength


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_leaving_an_attribute_out_never_takes_a_rule_away(
    policy_set: PolicySet, facts: Facts
) -> None:
    hits = element_hits(None, None)
    whole = set(reference.decide(policy_set, hits, facts).matched_rules)

    for name in facts.attributes:
        rest = {key: value for key, value in facts.attributes.items() if key != name}
        less = msgspec.structs.replace(facts, attributes=rest)
        assert set(reference.decide(policy_set, hits, less).matched_rules) >= whole


@given(facts=our.facts)
def test_stripping_all_evidence_from_the_pack_is_never_a_plain_permit(facts: Facts) -> None:
    bare = msgspec.structs.replace(facts, findings=(), attributes={})

    assert decide(BALANCED_PROGRAM, element_hits(None, None), bare).is_mitigating


@given(policy_set=our.policy_sets(), facts=our.facts)
def test_the_explanation_agrees_with_the_decision(policy_set: PolicySet, facts: Facts) -> None:
    hits = element_hits(None, None)
    decision = reference.decide(policy_set, hits, facts)
    counted = sorted(each.rule.id for each in explain(policy_set, hits, facts) if each.counted)

    assert tuple(counted) == decision.matched_rules


@given(policy_set=our.policy_sets())
def test_reading_what_was_written_gives_the_same_policy_set(policy_set: PolicySet) -> None:
    written = write_policy_set(policy_set)
    read = read_policy_set(written)

    assert read == policy_set
    assert write_policy_set(read) == written
    assert digest_of(read) == digest_of(policy_set)


@given(data=st.binary(max_size=300))
def test_the_reader_raises_only_its_own_error_on_arbitrary_bytes(data: bytes) -> None:
    with pytest.raises(PolicyDocumentError):
        read_policy_set(data)


@given(data=st.data())
def test_the_reader_survives_mutations_of_a_real_document(data: st.DataObject) -> None:
    source = bytearray(load_pack("balanced"))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(source) - 1))
        length = data.draw(st.integers(0, 30))
        source[start : start + length] = data.draw(st.binary(max_size=12))

    try:
        policy_set = read_policy_set(bytes(source))
    except PolicyDocumentError as error:
        assert error.problems
    else:
        assert read_policy_set(write_policy_set(policy_set)) == policy_set


def test_reading_written_designs_gives_the_same_designs() -> None:
    written = write_designs(DESIGNS)
    read: Designs = read_designs(written)

    assert read == DESIGNS
    assert write_designs(read) == written
