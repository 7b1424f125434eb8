"""Conditions become normal forms that ask for bits, and rows of these."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from policies.compiler.literals import (
    Bits,
    Either,
    Every,
    Literals,
    Normal,
    holds,
    needed_bits,
    normal_form,
    rows_of,
    singles,
)
from policies.model import All, Condition, FindingIs, Not
from policies.model import Any as AnyOf
from policies.vocabulary.findings import codes_of

A = FindingIs(code="device.rooted")
B = FindingIs(code="app.hooking")
C = FindingIs(code="app.tampered")


def normal(condition: Condition) -> tuple[Normal, Bits]:
    bits = Bits()
    return normal_form(condition, bits), bits


def test_a_bit_exists_only_when_it_is_asked_for() -> None:
    bits = Bits()

    assert bits.ask(A, negated=False) == 1
    assert bits.ask(A, negated=True) == 2
    assert bits.ask(B, negated=True) == 4
    assert bits.ask(A, negated=False) == 1
    assert (bits.can_hold(A), bits.can_fail(A)) == (1, 2)
    assert (bits.can_hold(B), bits.can_fail(B)) == (0, 4)
    assert bits.atoms() == [A, B]


def test_plain_conjunctions_are_one_mask() -> None:
    form, bits = normal(All(parts=(A, Not(part=B))))

    assert form == Literals(bits.can_hold(A) | bits.can_fail(B))


def test_not_is_pushed_down_by_de_morgan() -> None:
    negated, bits = normal(Not(part=All(parts=(A, AnyOf(parts=(B, Not(part=C)))))))

    assert negated == Either(
        (Literals(bits.can_fail(A)), Literals(bits.can_fail(B) | bits.can_hold(C)))
    )


def test_a_family_is_any_of_its_codes() -> None:
    form, bits = normal(FindingIs(code="key.*"))

    assert form == Either(
        tuple(Literals(bits.can_hold(FindingIs(code=code))) for code in codes_of("key.*"))
    )


def test_not_a_family_is_none_of_its_codes() -> None:
    form, bits = normal(Not(part=FindingIs(code="key.*")))

    assert form == Literals(sum(bits.can_fail(FindingIs(code=code)) for code in codes_of("key.*")))


def test_a_thing_and_its_opposite_is_not_removed() -> None:
    form, bits = normal(All(parts=(A, Not(part=A))))

    assert form == Literals(bits.can_hold(A) | bits.can_fail(A))


ONE, TWO, FOUR, EIGHT = (Literals(1 << power) for power in range(4))


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        (Literals(5), (5,)),
        (Either((ONE, TWO)), (1, 2)),
        (Either((ONE, Literals(3))), (1,)),
        (Every((Either((ONE, TWO)), Either((FOUR, EIGHT)))), (5, 6, 9, 10)),
        (Every((Literals(1), Either((ONE, TWO)))), (1,)),
        (Either((Every((ONE, Either((TWO, FOUR)))), EIGHT)), (3, 5, 8)),
    ],
)
def test_rows_are_the_ways_to_hold_without_those_that_ask_for_more(
    form: Normal, rows: tuple[int, ...]
) -> None:
    assert rows_of(form, 4) == rows


@pytest.mark.parametrize(
    "form",
    [
        Either((ONE, TWO, FOUR, EIGHT, Literals(16))),
        Every((Either((ONE, TWO, FOUR)), Either((EIGHT, Literals(16))))),
        Either((ONE, Either((TWO, FOUR, EIGHT, Literals(16), Literals(32))))),
        Every((ONE, Either((TWO, FOUR, EIGHT, Literals(16), Literals(32))))),
    ],
)
def test_too_many_rows_are_none(form: Normal) -> None:
    assert rows_of(form, 4) is None


@pytest.mark.parametrize(
    ("form", "bits", "expected"),
    [
        (Literals(5), 7, True),
        (Literals(5), 4, False),
        (Every((ONE, Either((TWO, FOUR)))), 5, True),
        (Every((ONE, Either((TWO, FOUR)))), 6, False),
        (Every((ONE, Either((TWO, FOUR)))), 1, False),
    ],
)
def test_a_normal_form_holds_when_its_bits_are_set(
    form: Normal, bits: int, *, expected: bool
) -> None:
    assert holds(form, bits) is expected


@pytest.mark.parametrize(
    ("form", "needed"),
    [
        (Literals(6), 2),
        (Either((ONE, Literals(12))), 5),
        (Every((Either((ONE, TWO)), Either((FOUR, EIGHT, Literals(16))))), 3),
    ],
)
def test_a_needed_bit_is_set_whenever_the_form_holds(form: Normal, needed: int) -> None:
    assert needed_bits(form) == needed
    assert all(bits & needed for bits in range(32) if holds(form, bits))


def test_the_bits_of_a_mask_stand_alone() -> None:
    assert singles(0b10110) == [0b10, 0b100, 0b10000]
    assert singles(0) == []
