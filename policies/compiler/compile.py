"""Compiles a policy set: predicates to bits, rules to rows, rows to buckets."""
# SPDX-License-Identifier: Apache-2.0

import operator
from collections import defaultdict
from operator import attrgetter
from typing import Final

from policies.compiler.buckets import Attribute, Row, side_by_side
from policies.compiler.literals import Bits, Normal, needed_bits, normal_form, rows_of
from policies.compiler.program import AgeLiteral, FindingTable, Program, Tree
from policies.compiler.tables import ComparisonBits, ValueTable, ordered_table, tables_of
from policies.model import (
    AttributeIs,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Obligation,
    Operator,
    PolicySet,
    ReliableElements,
    Rule,
)
from policies.model.facts import attribute_of
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import FindingState

MAX_ROWS: Final = 64
"""A rule whose disjunctive normal form is larger is kept as a tree."""

_ASSURANCE_SETS: Final = range(16)
_EVERY_ASSURANCE: Final = 15
_COMPARES: Final = {
    Operator.ABOVE: operator.gt,
    Operator.AT_LEAST: operator.ge,
    Operator.BELOW: operator.lt,
    Operator.AT_MOST: operator.le,
}


def compile_policy_set(policy_set: PolicySet) -> Program:
    """Return the program of a policy set."""
    bits = Bits()
    rules = tuple(sorted(policy_set.rules, key=attrgetter("id")))
    normals = [normal_form(rule.when, bits) for rule in rules]
    atoms = bits.atoms()
    finding_atoms = [atom for atom in atoms if isinstance(atom, FindingIs)]
    findings = _findings(finding_atoms, bits)
    ages = _ages(finding_atoms, bits)
    plainly_absent = {
        code: table.absent[1]
        for code, table in findings.items()
        if code not in ages and len(set(table.absent[1:])) == 1
    }
    attribute_atoms = [atom for atom in atoms if isinstance(atom, AttributeIs)]
    attributes = _attributes(attribute_atoms, bits)
    rows, trees = _rows(normals)
    return Program(
        policy_set=policy_set,
        rules=rules,
        kinds=_kinds(rules),
        base=_unsaid(finding_atoms, bits),
        findings=findings,
        plainly_absent={code: mask for code, mask in plainly_absent.items() if mask},
        particular=frozenset({*findings, *ages} - {*plainly_absent}),
        ages=tuple(ages.items()),
        elements=_elements([atom for atom in atoms if isinstance(atom, ElementIs)], bits),
        reliable=_reliable([atom for atom in atoms if isinstance(atom, ReliableElements)], bits),
        environment=_environment([atom for atom in atoms if isinstance(atom, EnvironmentIs)], bits),
        attributes=attributes,
        timestamps=tuple(dict.fromkeys(atom.name for atom in attribute_atoms if atom.is_age)),
        rows=side_by_side(rows, _code_of_bit(finding_atoms, bits), attributes),
        trees=trees,
    )


def _kinds(rules: tuple[Rule, ...]) -> tuple[int, ...]:
    """Return for each rule the number of the first that leads to the same."""
    first: dict[tuple[Effect, tuple[Obligation, ...], Disclosure], int] = {}
    return tuple(
        first.setdefault((rule.effect, rule.obligations, rule.disclosure), number)
        for number, rule in enumerate(rules)
    )


def _code_of_bit(atoms: list[FindingIs], bits: Bits) -> dict[int, str]:
    """Return the code of each bit that is set only when that code is present."""
    found = {bits.can_hold(atom): atom.code for atom in atoms if atom.state is FindingState.PRESENT}
    found.pop(0, None)
    return found


def _unsaid(atoms: list[FindingIs], bits: Bits) -> int:
    """Return the bits when nothing was said; conditions on an age are false then."""
    return sum(_finding_bit(atom, bits, FindingState.NOT_EVALUATED, 0) for atom in atoms)


def _findings(atoms: list[FindingIs], bits: Bits) -> dict[str, FindingTable]:
    """Return by code what each saying flips; conditions on an age are set at run time."""
    by_code: dict[str, list[FindingIs]] = defaultdict(list)
    for atom in atoms:
        if atom.age is None:
            by_code[atom.code].append(atom)
    tables = {}
    for code, group in by_code.items():
        before = _unsaid(group, bits)
        present, absent = (
            tuple(
                before ^ sum(_finding_bit(atom, bits, state, assurances) for atom in group)
                if assurances
                else 0
                for assurances in _ASSURANCE_SETS
            )
            for state in (FindingState.PRESENT, FindingState.ABSENT)
        )
        tables[code] = FindingTable(present, absent)
    return tables


def _finding_bit(atom: FindingIs, bits: Bits, state: FindingState, assurances: int) -> int:
    """Return the one bit that an atom without age sets for an overall state and its assurances."""
    is_true = atom.state is state
    if is_true and atom.assurance is not None:
        is_true = bool(assurances & _wanted(atom))
    return bits.can_hold(atom) if is_true else bits.can_fail(atom)


def _wanted(atom: FindingIs) -> int:
    """Return the set of assurances that an atom asks for (bit 0 for A to bit 3 for D)."""
    if atom.assurance is None:
        return _EVERY_ASSURANCE
    rank = atom.assurance.rank
    return (1 << rank + 1) - 1 if atom.or_better else 1 << rank


def _ages(atoms: list[FindingIs], bits: Bits) -> dict[str, tuple[AgeLiteral, ...]]:
    """Return the conditions on ages by code."""
    by_code: dict[str, list[AgeLiteral]] = defaultdict(list)
    for atom in atoms:
        if atom.age is not None:
            literal = AgeLiteral(
                state=atom.state,
                assurances=_wanted(atom),
                compares=_COMPARES[atom.age.operator],
                seconds=int(str(atom.age.operands[0])),
                can_hold=bits.can_hold(atom),
                can_fail=bits.can_fail(atom),
            )
            by_code[atom.code].append(literal)
    return {code: tuple(literals) for code, literals in by_code.items()}


def _attributes(atoms: list[AttributeIs], bits: Bits) -> tuple[Attribute, ...]:
    """Return the tables of the attributes that rules look at."""
    by_name: dict[str, list[ComparisonBits]] = defaultdict(list)
    for atom in atoms:
        literal = ComparisonBits(atom.comparison, bits.can_hold(atom), bits.can_fail(atom))
        by_name[atom.name].append(literal)
    return tuple(
        Attribute(
            name,
            table.gap_of,
            table.masks,
            table.gaps if isinstance(table, ValueTable) else None,
        )
        for name, literals in by_name.items()
        for table in tables_of(literals)
    )


def _elements(
    atoms: list[ElementIs], bits: Bits
) -> tuple[tuple[Element, dict[ElementStatus | None, int]], ...]:
    """Return the bits for each status of the elements that rules look at; None when not in use."""
    tables = []
    for element in Element:
        group = [atom for atom in atoms if atom.element is element]
        if group:
            masks = {
                status: sum(_element_bit(atom, bits, status) for atom in group)
                for status in (None, *ElementStatus)
            }
            tables.append((element, masks))
    return tuple(tables)


def _element_bit(atom: ElementIs, bits: Bits, status: ElementStatus | None) -> int:
    """Return the one bit that a status sets."""
    is_true = status is not None and (
        status.rank >= atom.status.rank if atom.or_worse else status is atom.status
    )
    return bits.can_hold(atom) if is_true else bits.can_fail(atom)


def _reliable(atoms: list[ReliableElements], bits: Bits) -> tuple[int, ...]:
    """Return the bits for each number of reliable elements."""
    literals = [
        ComparisonBits(atom.comparison, bits.can_hold(atom), bits.can_fail(atom)) for atom in atoms
    ]
    table = ordered_table(literals)
    return tuple(table.masks[table.gap_of(count)] for count in range(len(Element) + 1))


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
            tables.append((attribute_of(field), masks))
    return tuple(tables)


def _environment_bits(atom: EnvironmentIs, bits: Bits, value: str) -> int:
    """Return the bits that a value sets; `unknown` sets both unless it is named."""
    if value in atom.values:
        return bits.can_hold(atom)
    can_hold = bits.can_hold(atom) if value == UNKNOWN else 0
    return can_hold | bits.can_fail(atom)


def _rows(normals: list[Normal]) -> tuple[list[Row], tuple[Tree, ...]]:
    """Return the rows of the rules, and the rules that are too wide for rows."""
    rows: list[Row] = []
    trees: list[Tree] = []
    for number, normal in enumerate(normals):
        masks = rows_of(normal, MAX_ROWS)
        if masks is None:
            trees.append(Tree(normal, number, needed_bits(normal)))
        else:
            rows += [Row(mask, number) for mask in masks]
    return rows, tuple(trees)
