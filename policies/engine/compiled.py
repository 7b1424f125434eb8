"""The fast engine: equal to the reference on every input, by test."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
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

Held = tuple[tuple[Bucket, int], ...]
"""For each bucket in which rows hold, the set of these rows."""


class Consequence(NamedTuple):
    """What rules that hold lead to."""

    effect: Effect
    obligations: tuple[Obligation, ...]
    disclosure: Disclosure


class Outcome(NamedTuple):
    """What rules that hold lead to, and which they are."""

    effect: Effect
    obligations: tuple[Obligation, ...]
    determining_rules: tuple[str, ...]
    matched_rules: tuple[str, ...]
    disclosure: Disclosure


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
    outcome = _outcome(
        program,
        _held(program, facts, said, bits),
        _wide_rules(program, facts, bits) if program.trees else (),
    )
    waived_rules: tuple[str, ...] = ()
    if waived and not waived.isdisjoint(outcome.matched_rules):
        waived_rules = tuple([id_ for id_ in outcome.matched_rules if id_ in waived])
        outcome = _without(program, outcome.matched_rules, waived_rules)
    return Decision(
        effect=outcome.effect,
        obligations=outcome.obligations,
        determining_rules=outcome.determining_rules,
        matched_rules=outcome.matched_rules,
        elements=statuses,
        reliable_elements=reliable,
        disposition=Disposition.TOLERATED if waived_rules else disposition,
        disclosure=outcome.disclosure,
        waived_rules=waived_rules,
    )


def _survey(
    findings: Sequence[Finding],
) -> tuple[list[Finding], Said, tuple[str, ...], Disposition]:
    """Return the present findings, what is said of their codes, the absent codes, and what it is.

    A code is absent when every finding that looked says so. Each finding is looked at once.
    """
    absent: list[str] = []
    others: list[Finding] = []
    for finding in findings:
        if finding.state is _ABSENT:
            absent.append(finding.code)
        else:
            others.append(finding)
    said: dict[str, int] = {}
    if not others:
        # The usual case: everything was looked at, and nothing found.
        return others, said, tuple(absent), _CLEAR if absent else _UNDETERMINED
    present = [finding for finding in others if finding.state is _PRESENT]
    for finding in present:
        said[finding.code] = said.get(finding.code, 0) | _BIT[finding.assurance]
    for code in said:
        if code in absent:
            absent = [each for each in absent if each != code]
    is_conclusive = not said.keys() <= _INCONCLUSIVE
    return present, said, tuple(absent), _ENFORCED if is_conclusive else _UNDETERMINED


def _situation(
    program: Program,
    facts: Facts,
    said: Said,
    absent: tuple[str, ...],
    statuses: dict[Element, ElementStatus],
) -> int:
    """Return the bits that the facts set, but for attributes and the number of elements."""
    bits = _when_absent(program, absent)
    for code, saying in said.items():
        table = program.findings.get(code)
        if table is not None:
            bits ^= table.present[saying]
    if program.particular:
        bits = _with_particulars(program, facts, said, bits)
    for element, masks in program.elements:
        bits |= masks[statuses.get(element)]
    for field, masks_of_field in program.environment:
        bits |= masks_of_field[getattr(facts.environment, field)]
    return bits


@lru_cache(maxsize=_REMEMBERED)
def _when_absent(program: Program, codes: tuple[str, ...]) -> int:
    """Return the bits when these codes are absent and nothing else is said."""
    flips = (program.plainly_absent.get(code, 0) for code in set(codes))
    return reduce(int.__xor__, flips, program.base)


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


def _gaps(program: Program, facts: Facts) -> list[int]:
    """Return the gap that each attribute's value lies in."""
    values = _with_timestamps(program, facts) if program.timestamps else facts.attributes
    gaps = []
    for name, gap_of, _masks in program.attributes:
        value = values.get(name)
        gaps.append(UNKNOWN_GAP if value is None else gap_of(value))
    return gaps


def _with_timestamps(program: Program, facts: Facts) -> dict[str, Value]:
    """Return the attributes with the ages of those that are timestamps; one not known is left out."""
    values = dict(facts.attributes)
    for name in program.timestamps:
        moment = values.pop(name, None)
        age = seconds_since(moment, facts.decided_at) if isinstance(moment, datetime) else None
        if age is not None:
            values[name] = age
    return values


def _held(program: Program, facts: Facts, codes: Iterable[str], bits: int) -> Held:
    """Return the rows that hold, looking only at the buckets of codes that are present.

    Attributes are looked at only when there are rows that need nothing else to hold.
    """
    buckets = [program.general]
    for code in codes:
        bucket = program.by_code.get(code)
        if bucket is not None:
            buckets.append(bucket)
    held = []
    gaps = None
    for bucket in buckets:
        rows = _rows_in(bucket, bits & bucket.situation)
        if rows:
            if gaps is None:
                gaps = _gaps(program, facts)
            for position, rows_of_gap in bucket.columns:
                rows &= rows_of_gap[gaps[position]]
            if rows:
                held.append((bucket, rows))
    return tuple(held)


@lru_cache(maxsize=_REMEMBERED)
def _rows_in(bucket: Bucket, bits: int) -> int:
    """Return the rows of a bucket that hold in a situation, whatever the attributes."""
    return sum(1 << row for row, care in enumerate(bucket.cares) if bits & care == care)


def _wide_rules(program: Program, facts: Facts, bits: int) -> tuple[int, ...]:
    """Return the numbers of the rules that hold among those too wide for rows."""
    gaps = _gaps(program, facts)
    for (_name, _gap_of, masks), gap in zip(program.attributes, gaps, strict=True):
        bits |= masks[gap]
    return tuple(
        tree.rule for tree in program.trees if bits & tree.needed and holds(tree.normal, bits)
    )


@lru_cache(maxsize=_REMEMBERED)
def _outcome(program: Program, held: Held, wide_rules: tuple[int, ...]) -> Outcome:
    """Return what follows when exactly these rows and rules hold."""
    found = {*wide_rules}
    for bucket, rows in held:
        found.update([bucket.rules[row] for row in _members(rows)])
    return _following(program, sorted(found))


@lru_cache(maxsize=_REMEMBERED)
def _without(program: Program, matched: tuple[str, ...], waived: tuple[str, ...]) -> Outcome:
    """Return what follows when the rules `matched` hold and some of them are waived."""
    counting = {*matched} - {*waived}
    numbers = [number for number, rule in enumerate(program.rules) if rule.id in counting]
    return _following(program, numbers)


def _following(program: Program, numbers: list[int]) -> Outcome:
    """Return what follows when exactly the rules of these numbers (ascending) count."""
    consequence = _consequence(program, frozenset([program.kinds[number] for number in numbers]))
    rules = [program.rules[number] for number in numbers]
    effect = consequence.effect
    return Outcome(
        effect=effect,
        obligations=consequence.obligations,
        determining_rules=tuple([rule.id for rule in rules if rule.effect is effect]),
        matched_rules=tuple([rule.id for rule in rules]),
        disclosure=consequence.disclosure,
    )


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


def _members(rows: int) -> list[int]:
    """Return the numbers of the rows of a set."""
    found = []
    while rows:
        row = rows & -rows
        rows ^= row
        found.append(row.bit_length() - 1)
    return found
