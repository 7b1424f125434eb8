"""Negation normal form: a condition as `all` and `any` over literals, each a bit."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

from policies.model import All, Any, Atom, Condition, FindingIs, Not
from policies.vocabulary.findings import codes_of


@dataclass(slots=True)
class Bits:
    """Hands out up to two bits an atom, `can hold` and `can fail`, as rules ask for them.

    For a two-valued atom exactly one of them is set; for one that is unknown, both. So unknown
    needs no special case: a rule holds when all the bits that it asks for are set. A bit that no
    rule asks for does not exist: its mask is 0.
    """

    of_literal: dict[tuple[Atom, bool], int] = field(default_factory=dict)

    def ask(self, atom: Atom, *, negated: bool) -> int:
        """Return the mask of an atom's bit, a new one the first time."""
        return self.of_literal.setdefault((atom, negated), 1 << len(self.of_literal))

    def can_hold(self, atom: Atom) -> int:
        """Return the mask of the bit that is set unless the atom is definitely false."""
        return self.of_literal.get((atom, False), 0)

    def can_fail(self, atom: Atom) -> int:
        """Return the mask of the bit that is set unless the atom is definitely true."""
        return self.of_literal.get((atom, True), 0)

    def atoms(self) -> list[Atom]:
        """Return every atom that rules ask about, each once."""
        return list(dict.fromkeys(atom for atom, _negated in self.of_literal))


@dataclass(frozen=True, slots=True)
class Literals:
    """A leaf of the normal form: every bit of the mask must be set."""

    mask: int


@dataclass(frozen=True, slots=True)
class Every:
    """Every part holds."""

    parts: tuple["Normal", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple["Normal", ...]


Normal = Literals | Every | Either


def normal_form(condition: Condition, bits: Bits, *, negated: bool = False) -> Normal:
    """Return the condition with `not` pushed down to the atoms and families spelt out.

    This is exact in Kleene's logic, where De Morgan's laws hold. `p and not p` is *not* removed:
    with p unknown it is unknown, and the rule counts.
    """
    match condition:
        case Not(part=part):
            return normal_form(part, bits, negated=not negated)
        case All(parts=parts) | Any(parts=parts):
            is_every = isinstance(condition, All) is not negated
            normal = tuple(normal_form(part, bits, negated=negated) for part in parts)
            return _every(normal) if is_every else Either(normal)
        case FindingIs(code=code) if codes_of(code) != (code,):
            family = tuple(replace(condition, code=member) for member in codes_of(code))
            return normal_form(Any(parts=family), bits, negated=negated)
        case _:
            return Literals(bits.ask(condition, negated=negated))


def _every(parts: tuple[Normal, ...]) -> Normal:
    """Return a conjunction with its plain literals in one mask."""
    mask = 0
    rest: list[Normal] = []
    for part in parts:
        if isinstance(part, Literals):
            mask |= part.mask
        else:
            rest.append(part)
    if not rest:
        return Literals(mask)
    return Every((Literals(mask), *rest) if mask else tuple(rest))


def rows_of(normal: Normal, limit: int) -> tuple[int, ...] | None:
    """Return the masks of the disjunctive normal form; None when there are more than `limit`."""
    match normal:
        case Literals(mask=mask):
            return (mask,)
        case Either(parts=parts):
            found: set[int] = set()
            for part in parts:
                rows = rows_of(part, limit)
                if rows is None or len(found := found | set(rows)) > limit:
                    return None
            return _minimal(found)
        case _:
            product = {0}
            for part in normal.parts:
                rows = rows_of(part, limit)
                if rows is None:
                    return None
                product = {left | right for left in product for right in rows}
                if len(product) > limit:
                    return None
            return _minimal(product)


def _minimal(rows: set[int]) -> tuple[int, ...]:
    """Return the rows without those that ask for more than another one does."""
    return tuple(
        sorted(
            row for row in rows if not any(other != row and other & row == other for other in rows)
        )
    )


def holds(normal: Normal, bits: int) -> bool:
    """Return whether a normal form holds for the bits of an input; for rules too wide for rows."""
    match normal:
        case Literals(mask=mask):
            return bits & mask == mask
        case Every(parts=parts):
            return all(holds(part, bits) for part in parts)
        case _:
            return any(holds(part, bits) for part in normal.parts)


def needed_bits(normal: Normal) -> int:
    """Return bits of which at least one is set whenever the normal form holds, as few as is easy."""
    match normal:
        case Literals(mask=mask):
            return mask & -mask
        case Either(parts=parts):
            return reduce(or_, map(needed_bits, parts))
        case _:
            return min(map(needed_bits, normal.parts), key=int.bit_count)


def singles(mask: int) -> list[int]:
    """Return the bits of a mask, each alone."""
    found = []
    while mask:
        bit = mask & -mask
        found.append(bit)
        mask ^= bit
    return found
