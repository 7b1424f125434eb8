"""Every value behaves like one of the classes, in every comparison."""
# SPDX-License-Identifier: Apache-2.0

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.analysis.values import classes_of, indices_where
from policies.documents.texts import read_decimal
from policies.engine.reference import compare
from policies.model import AttributeDeclaration, Comparison, Operator, Value
from policies.vocabulary.attributes import AttributeType

ORDERED = (Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST, Operator.EQUALS)
parts = st.lists(st.sampled_from([0, 1, 2, 999_999_999]), min_size=1, max_size=8)


def trimmed(numbers: list[int]) -> tuple[int, ...]:
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers = numbers[:-1]
    return tuple(numbers)


SAMPLES: dict[AttributeType, st.SearchStrategy[Value]] = {
    AttributeType.INTEGER: st.integers(-5, 5),
    AttributeType.DECIMAL: st.decimals(-2, 2, places=3),
    AttributeType.VERSION: parts.map(trimmed),
    AttributeType.ENUM: st.sampled_from(["a", "b", "c"]),
    AttributeType.STRING: st.sampled_from(["", "a", "b", "another", "another-one"]),
    AttributeType.BOOLEAN: st.booleans(),
}


@pytest.mark.parametrize("type_", SAMPLES)
@given(data=st.data())
def test_each_value_is_like_the_value_of_its_class(
    type_: AttributeType, data: st.DataObject
) -> None:
    samples = SAMPLES[type_]
    operands = data.draw(st.lists(samples, max_size=4))
    low, high = None, None
    if type_ is AttributeType.INTEGER:
        low, high = data.draw(st.sampled_from([(None, None), (-1, 3), (0, None), (2, 2)]))
    declaration = AttributeDeclaration(
        type=type_, minimum=low, maximum=high, values=("a", "b", "c")
    )
    value = data.draw(samples)
    if isinstance(value, int) and not isinstance(value, bool):
        value = max(value, low if low is not None else value)
        value = min(value, high if high is not None else value)
    is_ordered = type_ in {AttributeType.INTEGER, AttributeType.DECIMAL, AttributeType.VERSION}
    comparisons = [
        Comparison(operator=operator, operands=(operand,))
        for operand in operands
        for operator in (ORDERED if is_ordered else (Operator.EQUALS,))
    ]
    classes = classes_of(declaration, operands) or ()
    truths = [
        [place in set(indices_where(classes, comparison)) for comparison in comparisons]
        for place in range(len(classes))
    ]

    assert [compare(value, comparison) for comparison in comparisons] in truths
    for place, shown in enumerate(classes):
        assert [compare(shown, each) for each in comparisons] == truths[place]
        if isinstance(shown, int | Decimal) and not isinstance(shown, bool):
            assert low is None or shown >= low
            assert high is None or shown <= high


def test_neighbouring_integers_have_nothing_between_them() -> None:
    declaration = AttributeDeclaration(type=AttributeType.INTEGER)

    assert classes_of(declaration, [3, 4]) == (2, 3, 4, 5)


def test_a_set_of_strings_has_no_classes() -> None:
    assert classes_of(AttributeDeclaration(type=AttributeType.STRING_SET), ["a"]) is None


@pytest.mark.parametrize(
    "operand",
    [
        Decimal("9" * 29),
        Decimal("1" + "0" * 28 + "1"),
        Decimal("9" * 30),
        Decimal("9" * 30 + "." + "9" * 30),
        Decimal("-" + "9" * 30 + "." + "9" * 30),
        Decimal("0." + "0" * 29 + "1"),
    ],
)
def test_numbers_as_long_as_they_may_be_are_told_apart(operand: Decimal) -> None:
    declaration = AttributeDeclaration(type=AttributeType.DECIMAL)
    most, least = (Decimal(sign + "9" * 30 + "." + "9" * 30) for sign in ("", "-"))

    classes = classes_of(declaration, [operand]) or ()
    shown = [Decimal(str(value)) for value in classes]

    assert sorted(set(shown)) == shown
    assert operand in shown
    assert (shown[0] < operand) is (operand > least)
    assert (shown[-1] > operand) is (operand < most)
    # What an example shows can be sent: 30 digits on each side of the point at most.
    assert all(read_decimal(f"{value:f}") == value for value in shown)


def test_an_integer_of_thirty_digits_has_nothing_above_it() -> None:
    declaration = AttributeDeclaration(type=AttributeType.INTEGER)

    assert classes_of(declaration, [10**30 - 1]) == (10**30 - 2, 10**30 - 1)


def test_a_text_may_be_blank() -> None:
    declaration = AttributeDeclaration(type=AttributeType.STRING)

    assert classes_of(declaration, ["", "a"]) == ("", "a", "another")
