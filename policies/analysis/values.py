"""The values of an attribute that no comparison tells apart, each class with one value to show."""
# SPDX-License-Identifier: Apache-2.0

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from typing import Any, Final

from policies.engine.reference import compare
from policies.model import AttributeDeclaration, Comparison, Operator, Value
from policies.model.conditions import ORDERED
from policies.vocabulary.attributes import AttributeType

_DIGITS: Final = 100
"""Enough to add and halve any two decimals that a document can hold, exactly."""
_PLACES: Final = 30
_HUGE: Final = 10**30
_LEAST: Final = Decimal(1).scaleb(-_PLACES)
"""What the readers let in: numbers of at most 30 digits on each side of the point."""

_VERSION_PARTS: Final = 8
_VERSION_MAX: Final = 999_999_999
_OTHER: Final = "another"
_ORDERED_TYPES: Final = frozenset(
    {AttributeType.DECIMAL, AttributeType.INTEGER, AttributeType.VERSION}
)


def classes_of(
    declaration: AttributeDeclaration, operands: Iterable[Value]
) -> tuple[Value, ...] | None:
    """Return one value of each class, in order where there is one; None for a type without classes.

    Exact: every value that the attribute can have behaves like one of these in every comparison
    with the operands.
    """
    named = set(operands)
    if declaration.type in _ORDERED_TYPES:
        return _ordered(declaration, named)
    match declaration.type:
        case AttributeType.BOOLEAN:
            return (False, True)
        case AttributeType.ENUM:
            others = [value for value in declaration.values if value not in named]
            return (*sorted(named & {*declaration.values}, key=repr), *others[:1])
        case AttributeType.STRING:
            return (*sorted(named, key=repr), _unlike(named))
        case _:
            return None


def _unlike(named: set[Value]) -> str:
    """Return a text that nobody named."""
    text = _OTHER
    while text in named:
        text += "-one"
    return text


def _ordered(declaration: AttributeDeclaration, operands: set[Value]) -> tuple[Value, ...]:
    """Return the classes cut by the operands and the declared bounds, in order."""
    bounds = [each for each in (declaration.minimum, declaration.maximum) if each is not None]
    thresholds: list[Any] = sorted({*operands, *bounds}) or [_zero(declaration.type)]
    found: list[Any] = [_between(declaration.type, None, thresholds[0])]
    for low, high in zip(thresholds, [*thresholds[1:], None], strict=True):
        found += [low, _between(declaration.type, low, high)]
    low, high = declaration.minimum, declaration.maximum
    return tuple(
        value
        for value in found
        if value is not None and (low is None or value >= low) and (high is None or value <= high)
    )


def _zero(type_: AttributeType) -> Value:
    """Return some value of an ordered type, where no rule names one."""
    return (1,) if type_ is AttributeType.VERSION else 0


def _between(type_: AttributeType, low: Any, high: Any) -> Value | None:
    """Return a value strictly between two others (None: no bound); None if there is none.

    It is one that a request can say: of at most 30 digits on each side of the point.
    """
    if type_ is AttributeType.VERSION:
        return _version_between(low, high)
    with localcontext() as context:
        context.prec = _DIGITS
        for value in _candidates(type_, low, high):
            is_between = (low is None or value > low) and (high is None or value < high)
            if is_between and abs(value) < _HUGE and value == round(value, _PLACES):
                found: Value = value
                return found
    return None


def _candidates(type_: AttributeType, low: Any, high: Any) -> Iterator[Any]:
    """Return values worth trying, plain ones first; the last is the very next that can be said."""
    steps = (1,) if type_ is AttributeType.INTEGER else (1, Decimal("0.01"))
    yield from (high - step if low is None else low + step for step in steps)
    if type_ is not AttributeType.INTEGER:
        if low is not None and high is not None:
            yield (Decimal(low) + Decimal(high)) / 2
        yield high - _LEAST if low is None else low + _LEAST


def _version_between(low: tuple[int, ...] | None, high: tuple[int, ...] | None) -> Value | None:
    """Return a version strictly between two others: a tidy one, else the very next."""
    if low is None:
        return (0,) if high is None or high > (0,) else None
    larger = [(*low[:place], low[place] + 1) for place in reversed(range(len(low)))]
    next_one = (*low, *[0] * (_VERSION_PARTS - len(low) - 1), 1)
    for version in (larger[0], (*low, 1), next_one, *larger):
        is_version = len(version) <= _VERSION_PARTS and max(version) <= _VERSION_MAX
        if is_version and (high is None or version < high):
            return version
    return None


def indices_where(classes: Sequence[Value], comparison: Comparison) -> Iterable[int]:
    """Return the places of the classes for which a comparison holds."""
    if comparison.operator not in ORDERED:
        wanted = set(comparison.operands)
        return [place for place, value in enumerate(classes) if value in wanted]
    is_upward = comparison.operator in {Operator.ABOVE, Operator.AT_LEAST}
    turn = bisect_left(classes, x=True, key=lambda value: compare(value, comparison) is is_upward)
    return range(turn, len(classes)) if is_upward else range(turn)
