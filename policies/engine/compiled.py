"""The fast engine: equal to the reference on every input, by test."""
# SPDX-License-Identifier: Apache-2.0

from policies.compiler.literals import holds
from policies.compiler.program import Program
from policies.design import Hits, element_statuses
from policies.engine.combining import (
    disposition_of,
    least_disclosure,
    strongest_effect,
    united_obligations,
)
from policies.engine.reference import compare, count_reliable
from policies.model import Decision, Facts, FindingIs, age_s
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import ASSURANCE_RANK, Finding, FindingState

_PRESENT = FindingState.PRESENT
_ABSENT = FindingState.ABSENT
_BIT = {assurance: 1 << rank for assurance, rank in ASSURANCE_RANK.items()}


def decide(program: Program, hits: Hits, facts: Facts) -> Decision:
    """Decide on `facts`; `hits` says which elements each finding code puts in question."""
    statuses = element_statuses(hits, facts.findings, facts.elements)
    reliable = count_reliable(statuses)
    bits = bits_of(program, facts, statuses, reliable)
    holding = [program.rules[number] for number in holding_rules(program, bits)]
    otherwise = program.policy_set.otherwise
    if not holding:
        return Decision(
            effect=otherwise,
            obligations=(),
            determining_rules=(),
            matched_rules=(),
            elements=statuses,
            reliable_elements=reliable,
            disposition=disposition_of(facts.findings),
            disclosure=least_disclosure(()),
        )
    effect = strongest_effect(holding, otherwise)
    determining = [rule for rule in holding if rule.effect is effect]
    return Decision(
        effect=effect,
        obligations=united_obligations(holding, effect),
        determining_rules=tuple(sorted(rule.id for rule in determining)),
        matched_rules=tuple(sorted(rule.id for rule in holding)),
        elements=statuses,
        reliable_elements=reliable,
        disposition=disposition_of(facts.findings),
        disclosure=least_disclosure(determining),
    )


def holding_rules(program: Program, bits: int) -> list[int]:
    """Return the numbers of the rules that hold for the bits, in ascending order."""
    found: set[int] = set()
    active = bits & program.triggers
    by_trigger = program.by_trigger
    while active:
        bit = active & -active
        active ^= bit
        for care, rule in by_trigger[bit]:
            if bits & care == care:
                found.add(rule)
    for normal, rule in program.wide:
        if holds(normal, bits):
            found.add(rule)
    return sorted(found)


def bits_of(
    program: Program, facts: Facts, statuses: dict[Element, ElementStatus], reliable: int
) -> int:
    """Return the bits that the facts set."""
    bits = _finding_bits(program, facts)
    attributes = facts.attributes
    for name, table, unknown in program.attributes:
        value = attributes.get(name)
        bits |= unknown if value is None else table.mask_of(value)
    for element in Element:
        bits |= program.elements[element, statuses.get(element)]
    bits |= program.reliable[reliable]
    for field, masks in program.environment:
        bits |= masks[facts.environment.value_of(field)]
    return bits


def _finding_bits(program: Program, facts: Facts) -> int:
    """Return the base bits, with those flipped that the findings flip."""
    present: dict[str, int] = {}
    absent: dict[str, int] = {}
    for finding in facts.findings:
        if finding.state is _PRESENT:
            code = finding.code
            present[code] = present.get(code, 0) | _BIT[finding.assurance]
        elif finding.state is _ABSENT:
            code = finding.code
            absent[code] = absent.get(code, 0) | _BIT[finding.assurance]
    bits = program.base
    deltas = program.finding_delta
    for code, assurances in present.items():
        bits ^= deltas.get((code, _PRESENT, assurances), 0)
    for code, assurances in absent.items():
        if code not in present:
            bits ^= deltas.get((code, _ABSENT, assurances), 0)
    if program.ages:
        bits = _with_ages(program, facts, bits, present, absent)
    return bits


def _with_ages(
    program: Program, facts: Facts, bits: int, present: dict[str, int], absent: dict[str, int]
) -> int:
    """Return the bits with the conditions on ages of the codes that something was said about."""
    for code, literals in program.ages.items():
        if code not in present and code not in absent:
            continue
        state = _PRESENT if code in present else _ABSENT
        for condition, can_hold, can_fail in literals:
            bits &= ~(can_hold | can_fail)
            if condition.state is state:
                bits |= _age_bits(condition, facts, can_hold, can_fail)
            else:
                bits |= can_fail
    return bits


def _age_bits(condition: FindingIs, facts: Facts, can_hold: int, can_fail: int) -> int:
    """Return one or both bits of a condition on an age: true if any finding makes it so."""
    result = can_fail
    for finding in facts.findings:
        if (
            finding.code == condition.code
            and finding.state is condition.state
            and _is_assured(finding, condition)
            and condition.age is not None
        ):
            age = age_s(finding, facts.decided_at)
            if age is None:
                result |= can_hold
            elif compare(age, condition.age):
                return can_hold
    return result


def _is_assured(finding: Finding, condition: FindingIs) -> bool:
    """Return whether the evidence is worth what the condition asks for."""
    if condition.assurance is None:
        return True
    if condition.or_better:
        return finding.assurance.rank <= condition.assurance.rank
    return finding.assurance is condition.assurance
