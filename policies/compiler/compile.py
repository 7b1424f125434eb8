"""Compiles a policy set: predicates to bits, rules to rows, rows to an index."""
# SPDX-License-Identifier: Apache-2.0

from collections import defaultdict
from itertools import product
from typing import Final

from policies.compiler.literals import Bits, Normal, normal_form, rows_of
from policies.compiler.program import AgeLiteral, AttributeTable, FindingKey, Program, Row
from policies.compiler.tables import ComparisonBits, ordered_table, value_table
from policies.model import (
    Atom,
    AttributeIs,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Operator,
    PolicySet,
    ReliableElements,
)
from policies.model.conditions import ORDERED
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import FindingState

MAX_ROWS: Final = 64
"""A rule whose disjunctive normal form is larger is kept as a tree."""

_SAID: Final = (FindingState.PRESENT, FindingState.ABSENT)
_ASSURANCE_SETS: Final = range(1, 16)


def compile_policy_set(policy_set: PolicySet) -> Program:
    """Return the program of a policy set."""
    bits = Bits()
    normals = [normal_form(rule.when, bits) for rule in policy_set.rules]
    atoms = list(bits.of_atom)
    finding_atoms = [atom for atom in atoms if isinstance(atom, FindingIs)]
    base, deltas = _findings(finding_atoms, bits)
    rows, wide = _rows(normals)
    triggers, by_trigger = _index(rows, _ranks(atoms, bits, base))
    return Program(
        policy_set=policy_set,
        rules=policy_set.rules,
        base=base,
        finding_delta=deltas,
        ages=_ages(finding_atoms, bits),
        attributes=_attributes([atom for atom in atoms if isinstance(atom, AttributeIs)], bits),
        elements=_elements([atom for atom in atoms if isinstance(atom, ElementIs)], bits),
        reliable=_reliable([atom for atom in atoms if isinstance(atom, ReliableElements)], bits),
        environment=_environment([atom for atom in atoms if isinstance(atom, EnvironmentIs)], bits),
        triggers=triggers,
        by_trigger=by_trigger,
        wide=wide,
    )


def _findings(atoms: list[FindingIs], bits: Bits) -> tuple[int, dict[FindingKey, int]]:
    """Return the bits when nothing was said, and what each saying flips.

    Conditions on an age are false when nothing was said; otherwise they are set at run time.
    """
    base = 0
    by_code: dict[str, list[FindingIs]] = defaultdict(list)
    for atom in atoms:
        base |= _finding_bit(atom, bits, FindingState.NOT_EVALUATED, 0)
        by_code[atom.code].append(atom)
    deltas = {}
    for code, group in by_code.items():
        plain = [atom for atom in group if atom.age is None]
        before = sum(_finding_bit(atom, bits, FindingState.NOT_EVALUATED, 0) for atom in plain)
        for state, assurances in product(_SAID, _ASSURANCE_SETS):
            after = sum(_finding_bit(atom, bits, state, assurances) for atom in plain)
            deltas[code, state, assurances] = before ^ after
    return base, deltas


def _finding_bit(atom: FindingIs, bits: Bits, state: FindingState, assurances: int) -> int:
    """Return the one bit that an atom without age sets for an overall state and its assurances."""
    is_true = atom.state is state
    if is_true and atom.assurance is not None:
        rank = atom.assurance.rank
        wanted = (1 << rank + 1) - 1 if atom.or_better else 1 << rank
        is_true = bool(assurances & wanted)
    return bits.can_hold(atom) if is_true else bits.can_fail(atom)


def _ages(atoms: list[FindingIs], bits: Bits) -> dict[str, tuple[AgeLiteral, ...]]:
    """Return the conditions on ages by code."""
    by_code: dict[str, list[AgeLiteral]] = defaultdict(list)
    for atom in atoms:
        if atom.age is not None:
            literal = AgeLiteral(atom, bits.can_hold(atom), bits.can_fail(atom))
            by_code[atom.code].append(literal)
    return {code: tuple(literals) for code, literals in by_code.items()}


def _attributes(atoms: list[AttributeIs], bits: Bits) -> tuple[AttributeTable, ...]:
    """Return the tables of the attributes that rules look at."""
    by_name: dict[str, list[ComparisonBits]] = defaultdict(list)
    for atom in atoms:
        literal = ComparisonBits(atom.comparison, bits.can_hold(atom), bits.can_fail(atom))
        by_name[atom.name].append(literal)
    return tuple(
        AttributeTable(
            name,
            ordered_table(literals)
            if any(literal.comparison.operator in ORDERED for literal in literals)
            else value_table(literals),
            sum(literal.can_hold | literal.can_fail for literal in literals),
        )
        for name, literals in by_name.items()
    )


def _elements(
    atoms: list[ElementIs], bits: Bits
) -> dict[tuple[Element, ElementStatus | None], int]:
    """Return the bits for each status of each element; None for one that is not in use."""
    table: dict[tuple[Element, ElementStatus | None], int] = {}
    for element, status in product(Element, (None, *ElementStatus)):
        mask = 0
        for atom in atoms:
            if atom.element is element:
                is_true = status is not None and (
                    status.rank >= atom.status.rank if atom.or_worse else status is atom.status
                )
                mask |= bits.can_hold(atom) if is_true else bits.can_fail(atom)
        table[element, status] = mask
    return table


def _reliable(atoms: list[ReliableElements], bits: Bits) -> tuple[int, ...]:
    """Return the bits for each number of reliable elements."""
    literals = [
        ComparisonBits(atom.comparison, bits.can_hold(atom), bits.can_fail(atom)) for atom in atoms
    ]
    table = ordered_table(literals)
    return tuple(table.mask_of(count) for count in range(len(Element) + 1))


def _environment(atoms: list[EnvironmentIs], bits: Bits) -> tuple[tuple[str, dict[str, int]], ...]:
    """Return the bits for each value of each field that rules look at."""
    tables = []
    for field, values in ENVIRONMENT_FIELDS.items():
        group = [atom for atom in atoms if atom.field == field]
        if group:
            masks = {
                value: sum(_environment_bits(atom, bits, value) for atom in group)
                for value in values
            }
            tables.append((field, masks))
    return tuple(tables)


def _environment_bits(atom: EnvironmentIs, bits: Bits, value: str) -> int:
    """Return the bits that a value sets; `unknown` sets both unless it is named."""
    if value in atom.values:
        return bits.can_hold(atom)
    can_hold = bits.can_hold(atom) if value == UNKNOWN else 0
    return can_hold | bits.can_fail(atom)


def _rows(normals: list[Normal]) -> tuple[list[Row], tuple[tuple[Normal, int], ...]]:
    """Return the rows of the rules, and the rules that are too wide for rows."""
    rows: list[Row] = []
    wide: list[tuple[Normal, int]] = []
    for number, normal in enumerate(normals):
        masks = rows_of(normal, MAX_ROWS)
        if masks is None:
            wide.append((normal, number))
        else:
            rows += [Row(mask, number) for mask in masks]
    return rows, tuple(wide)


def _ranks(atoms: list[Atom], bits: Bits, base: int) -> dict[int, int]:
    """Return how seldom each bit is set, most seldom first: a found thing is rarer than a purpose."""
    ranks = {}
    for atom in atoms:
        for bit in (bits.can_hold(atom), bits.can_fail(atom)):
            if isinstance(atom, FindingIs):
                rank = 5 if bit & base else 0 if atom.state is FindingState.PRESENT else 3
            elif isinstance(atom, ElementIs):
                is_bad = atom.status is not ElementStatus.RELIABLE
                rank = 1 if is_bad is (bit == bits.can_hold(atom)) else 4
            elif isinstance(atom, ReliableElements):
                rank = 1 if atom.comparison.operator in {Operator.BELOW, Operator.AT_MOST} else 4
            else:
                rank = 2 if bit == bits.can_hold(atom) else 4
            ranks[bit] = rank
    return ranks


def _index(rows: list[Row], ranks: dict[int, int]) -> tuple[int, dict[int, tuple[Row, ...]]]:
    """Return the triggering bits and, by each, the rows that need it.

    Each row stands under the most seldom of its bits; of equals, under the least used one.
    """
    by_trigger: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        trigger = min(_single(row.care), key=lambda bit: (ranks[bit], len(by_trigger[bit]), bit))
        by_trigger[trigger].append(row)
    index = {bit: tuple(group) for bit, group in by_trigger.items() if group}
    return sum(index), index


def _single(mask: int) -> list[int]:
    """Return the bits of a mask, each alone."""
    found = []
    while mask:
        bit = mask & -mask
        found.append(bit)
        mask ^= bit
    return found
