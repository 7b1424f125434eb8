"""The fast engine: equal to the reference on every input, by test."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, reduce
from operator import or_
from typing import Final, NamedTuple

from policies.compiler.buckets import Bucket
from policies.compiler.literals import holds
from policies.compiler.program import AgeLiteral, Program
from policies.compiler.tables import UNKNOWN_GAP
from policies.design import Hits, element_statuses
from policies.engine.combining import least_disclosure, strongest_effect, united_obligations
from policies.engine.reference import count_reliable
from policies.model import (
    Decision,
    Disposition,
    Facts,
    Obligation,
    Value,
    age_s,
    seconds_since,
)
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import ASSURANCE_RANK, CATALOGUE, Finding, FindingState

_PRESENT: Final = FindingState.PRESENT
_ABSENT: Final = FindingState.ABSENT
_CLEAR: Final = Disposition.CLEAR
_ENFORCED: Final = Disposition.ENFORCED
_UNDETERMINED: Final = Disposition.UNDETERMINED
_BIT: Final = {assurance: 1 << rank for assurance, rank in ASSURANCE_RANK.items()}
_INCONCLUSIVE: Final = frozenset(code for code, type_ in CATALOGUE.items() if type_.inconclusive)
# How much a process remembers of each kind; what is forgotten is worked out again.
_REMEMBERED: Final = 16_384

Ages = dict[datetime | None, int | None]
Said = dict[str, int]
"""For each present code, the set of assurances that say so (bit 0 for A to bit 3 for D)."""


class Consequence(NamedTuple):
    """What rules that hold lead to."""

    effect: Effect
    obligations: tuple[Obligation, ...]
    disclosure: Disclosure


Outcome = tuple[Consequence, tuple[str, ...], tuple[str, ...]]
"""What rules that hold lead to, the ids of those that determine the effect, and of all of them."""


def decide(
    program: Program, hits: Hits, facts: Facts, waived: frozenset[str] = frozenset()
) -> Decision:
    """Decide on `facts`; `hits` says which elements each finding code puts in question.

    Rules whose ids are in `waived` are set aside, as the reference says.
    """
    present, said, absent, disposition = _survey(facts.findings)
    statuses = element_statuses(hits, present, facts.elements)
    reliable = count_reliable(statuses)
    bits = _situation(program, facts, said, absent, statuses) | program.reliable[reliable]
    consequence, determining, matched = _outcome(
        program,
        _held(program, facts, said, bits),
        _wide_rules(program, facts, bits) if program.trees else (),
    )
    waived_rules: tuple[str, ...] = ()
    if waived and not waived.isdisjoint(matched):
        waived_rules = tuple([id_ for id_ in matched if id_ in waived])
        consequence, determining, matched = _without(program, matched, waived_rules)
    return Decision(
        effect=consequence.effect,
        obligations=consequence.obligations,
        determining_rules=determining,
        matched_rules=matched,
        elements=statuses,
        reliable_elements=reliable,
        disposition=Disposition.TOLERATED if waived_rules else disposition,
        disclosure=consequence.disclosure,
        waived_rules=waived_rules,
    )


def _survey(
    findings: Iterable[Finding],
) -> tuple[list[Finding], Said, tuple[str, ...], Disposition]:
    """Return the present findings, what is said of their codes, the absent codes, and what it is.

    The absent codes are those of which some finding says so, whatever others say. Each finding is
    looked at once.
    """
    absent: list[str] = []
    present: list[Finding] = []
    said: dict[str, int] = {}
    disposition = _CLEAR
    for finding in findings:
        state = finding.state
        if state is _ABSENT:
            absent.append(finding.code)
        elif state is _PRESENT:
            code = finding.code
            said[code] = said.get(code, 0) | _BIT[finding.assurance]
            present.append(finding)
        else:
            disposition = _UNDETERMINED
    if said:
        disposition = _UNDETERMINED if _INCONCLUSIVE.issuperset(said) else _ENFORCED
    elif not absent:
        disposition = _UNDETERMINED
    return present, said, tuple(absent), disposition


def _situation(
    program: Program,
    facts: Facts,
    said: Said,
    absent: tuple[str, ...],
    statuses: dict[Element, ElementStatus],
) -> int:
    """Return the bits that the facts set, but for attributes and the number of elements."""
    bits, flipped = _when_absent(program, absent)
    for code, saying in said.items():
        table = program.findings.get(code)
        if table is not None:
            bits ^= table.present[saying]
            if code in flipped:
                # Others say that it is present, which counts more.
                bits ^= flipped[code]
    if program.particular:
        bits = _with_particulars(program, facts, said, bits)
    for element, masks in program.elements:
        bits |= masks[statuses.get(element)]
    for field, masks_of_field in program.environment:
        bits |= masks_of_field[getattr(facts.environment, field)]
    return bits


@lru_cache(maxsize=_REMEMBERED)
def _when_absent(program: Program, codes: tuple[str, ...]) -> tuple[int, Mapping[str, int]]:
    """Return the bits when these codes are absent and nothing else is said, and what each flips."""
    flips = {code: program.plainly_absent[code] for code in codes if code in program.plainly_absent}
    return reduce(int.__xor__, flips.values(), program.base), flips


def _with_particulars(program: Program, facts: Facts, said: Said, bits: int) -> int:
    """Return the bits with what depends on who says `absent`, and on when something was said."""
    particular = program.particular
    deciding: dict[str, list[Finding]] = {}
    for finding in facts.findings:
        code = finding.code
        if code in particular and finding.state is (_PRESENT if code in said else _ABSENT):
            deciding.setdefault(code, []).append(finding)
    for code, findings in deciding.items():
        table = program.findings.get(code)
        if table is not None and code not in said:
            bits ^= table.absent[reduce(or_, [_BIT[each.assurance] for each in findings])]
    ages: Ages = {}
    for code, literals in program.ages:
        if code in deciding:
            bits = _with_ages(bits, literals, deciding[code], facts.decided_at, ages)
    return bits


def _with_ages(
    bits: int,
    literals: Iterable[AgeLiteral],
    findings: Sequence[Finding],
    decided_at: datetime,
    ages: Ages,
) -> int:
    """Return the bits with the conditions on ages of a code, given what decides on its state.

    `ages` remembers ages by moment: most of what evidence says was seen at the same moment.
    """
    for finding in findings:
        if finding.observed_at not in ages:
            ages[finding.observed_at] = age_s(finding, decided_at)
    state = findings[0].state
    for literal in literals:
        # When nothing was said the condition is false, so its other bit is the one that is set.
        if literal.state is state:
            bits ^= literal.can_fail ^ _age_bits(literal, findings, ages)
    return bits


def _age_bits(literal: AgeLiteral, findings: Iterable[Finding], ages: Ages) -> int:
    """Return one or both bits of a condition on an age: true if any finding makes it so."""
    _state, assurances, compares, seconds, can_hold, can_fail = literal
    result = can_fail
    for finding in findings:
        if _BIT[finding.assurance] & assurances:
            age = ages[finding.observed_at]
            if age is None:
                result |= can_hold
            elif compares(age, seconds):
                return can_hold
    return result


def _values(program: Program, facts: Facts) -> Mapping[str, Value]:
    """Return the attributes; of timestamps that rules ask for the age, or nothing if not known."""
    if not program.timestamps:
        return facts.attributes
    values = dict(facts.attributes)
    for name in program.timestamps:
        moment = values.pop(name, None)
        age = seconds_since(moment, facts.decided_at) if isinstance(moment, datetime) else None
        if age is not None:
            values[name] = age
    return values


def _held(program: Program, facts: Facts, codes: Iterable[str], bits: int) -> int:
    """Return the rows that hold, looking only at the buckets of codes that are present.

    An attribute is looked at only if a row asks for it of which all that was looked at holds.
    """
    general = program.rows.general
    rows = _rows_in(general, bits & general.situation)
    for code in codes:
        bucket = program.rows.by_code.get(code)
        if bucket is not None:
            rows |= _rows_in(bucket, bits & bucket.situation)
    if rows:
        values = _values(program, facts)
        for name, gap_of, asking, rows_of_gap, by_value in program.rows.columns:
            if rows & asking:
                value = values.get(name)
                if by_value is not None:
                    rows &= by_value.get(value, rows_of_gap[0])
                else:
                    rows &= rows_of_gap[UNKNOWN_GAP if value is None else gap_of(value)]
    return rows


@lru_cache(maxsize=_REMEMBERED)
def _rows_in(bucket: Bucket, bits: int) -> int:
    """Return the rows of a bucket that hold in a situation, whatever the attributes."""
    return reduce(or_, [place for place, care in bucket.rows if bits & care == care], 0)


def _wide_rules(program: Program, facts: Facts, bits: int) -> tuple[int, ...]:
    """Return the numbers of the rules that hold among those too wide for rows."""
    values = _values(program, facts)
    for name, gap_of, masks, _gaps in program.attributes:
        value = values.get(name)
        bits |= masks[UNKNOWN_GAP if value is None else gap_of(value)]
    return tuple(
        tree.rule for tree in program.trees if bits & tree.needed and holds(tree.normal, bits)
    )


@lru_cache(maxsize=_REMEMBERED)
def _outcome(program: Program, rows: int, wide_rules: tuple[int, ...]) -> Outcome:
    """Return what follows when exactly these rows and rules hold."""
    found = {*wide_rules}
    rules = program.rows.rules
    while rows:
        last = rows.bit_length() - 1
        rows ^= 1 << last
        found.add(rules[last])
    return _following(program, sorted(found))


@lru_cache(maxsize=_REMEMBERED)
def _without(program: Program, matched: tuple[str, ...], waived: tuple[str, ...]) -> Outcome:
    """Return what follows when the rules `matched` hold and some of them are waived."""
    counting = {*matched} - {*waived}
    numbers = [number for number, rule in enumerate(program.rules) if rule.id in counting]
    return _following(program, numbers)


def _following(program: Program, numbers: list[int]) -> Outcome:
    """Return what follows when exactly the rules of these numbers (ascending) count."""
    kinds = program.kinds
    consequence = _consequence(program, frozenset([kinds[number] for number in numbers]))
    effect = consequence.effect
    determining: list[str] = []
    matched: list[str] = []
    for number in numbers:
        rule = program.rules[number]
        matched.append(rule.id)
        if rule.effect is effect:
            determining.append(rule.id)
    return consequence, tuple(determining), tuple(matched)


@lru_cache(maxsize=_REMEMBERED)
def _consequence(program: Program, kinds: frozenset[int]) -> Consequence:
    """Return what follows when rules of exactly these kinds hold."""
    holding = [program.rules[number] for number in kinds]
    effect = strongest_effect(holding, program.policy_set.otherwise)
    determining = [rule for rule in holding if rule.effect is effect]
    return Consequence(
        effect=effect,
        obligations=united_obligations(holding, effect),
        disclosure=least_disclosure(determining),
    )
