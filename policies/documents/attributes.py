"""Types the attributes of a request against the policy set's declarations."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final, NamedTuple, TypeGuard

import msgspec

from policies.documents.cursor import hint, nearest
from policies.documents.errors import AttributeValueError, Problem
from policies.documents.texts import decimal_text, is_storable, read_decimal
from policies.model.conditions import Value
from policies.model.policy_set import AttributeDeclaration, PolicySet
from policies.vocabulary.attributes import BUILT_IN, AttributeType, version_key

_MAX_TEXT: Final = 256
_SHOWN: Final = 64
_TEXT: Final = f"text of at most {_MAX_TEXT} characters, without control characters"
_HUGE: Final = 10**30
_MAX_MEMBERS: Final = 64
MAX_ATTRIBUTES: Final = 64
"""More are refused unread; no policy set declares more."""


_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Wrong(NamedTuple):
    """What was expected instead."""

    expected: str


def type_attributes(policy_set: PolicySet, raw: Mapping[str, object]) -> dict[str, Value]:
    """Return the attributes in their declared types; a missing optional one stays missing.

    Raises:
        AttributeValueError: for undeclared, missing required or ill-typed ones, all at once.
    """
    if len(raw) > MAX_ATTRIBUTES:
        detail = f"expected at most {MAX_ATTRIBUTES} attributes, not {len(raw)}"
        raise AttributeValueError([Problem("", detail)])
    typed: dict[str, Value] = {}
    problems = []
    declared = policy_set.attributes
    for name, value in raw.items():
        declaration = declared.get(name)
        pointer = f"/{name[:_SHOWN].replace('~', '~0').replace('/', '~1')}"
        if declaration is None:
            near = nearest(name, declared)
            detail = f"the policy set declares no such attribute{hint(near)}"
            problems.append(Problem(pointer, detail, suggestion=near or None))
            continue
        result = _typed(value, declaration)
        if isinstance(result, _Wrong):
            problems.append(Problem(pointer, f"expected {result.expected}"))
        else:
            typed[name] = result
    problems += [
        Problem(f"/{name}", "is required by the policy set and missing")
        for name, declaration in declared.items()
        if declaration.required and name not in raw
    ]
    if problems:
        raise AttributeValueError(problems)
    return typed


def type_built_in(raw: Mapping[str, str]) -> dict[str, Value]:
    """Return the built-in attributes in their types; an unreadable version stays missing (unknown)."""
    typed: dict[str, Value] = {}
    for name, text in raw.items():
        if not text:
            continue
        value = version_key(text) if BUILT_IN[name] is AttributeType.VERSION else text
        if value is not None:
            typed[name] = value
    return typed


def _typed(value: object, declaration: AttributeDeclaration) -> Value | _Wrong:
    """Return the value in its type, or what was expected instead."""
    match declaration.type:
        case AttributeType.DECIMAL:
            return _decimal(value, declaration)
        case AttributeType.INTEGER:
            return _integer(value, declaration)
        case AttributeType.BOOLEAN:
            return value if isinstance(value, bool) else _Wrong("true or false")
        case AttributeType.ENUM:
            if isinstance(value, str) and value in declaration.values:
                return value
            return _Wrong("one of " + ", ".join(f"`{each}`" for each in declaration.values[:20]))
        case AttributeType.STRING:
            return value if _is_text(value) else _Wrong(_TEXT)
        case AttributeType.STRING_SET:
            return _string_set(value)
        case AttributeType.TIMESTAMP:
            return _timestamp(value)
        case _:
            version = version_key(value) if isinstance(value, str) else None
            return _Wrong("a version such as `7.3.1`") if version is None else version


def _is_text(value: object) -> TypeGuard[str]:
    """Return whether the value is text that can be stored."""
    return isinstance(value, str) and len(value) <= _MAX_TEXT and is_storable(value)


def _string_set(value: object) -> Value | _Wrong:
    """Return a list of texts as a set: neither order nor repetition matters."""
    if isinstance(value, list) and len(value) <= _MAX_MEMBERS and all(map(_is_text, value)):
        return frozenset(value)
    return _Wrong(f"a list of at most {_MAX_MEMBERS} texts, each a {_TEXT}")


def _timestamp(value: object) -> Value | _Wrong:
    """Return a time in UTC."""
    try:
        if isinstance(value, str):
            return msgspec.convert(value, _Moment).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        pass
    return _Wrong("a time with its offset, such as `2026-11-23T10:15:05Z`")


def _decimal(value: object, declaration: AttributeDeclaration) -> Value | _Wrong:
    """Return an exact decimal; a float is refused, since it is not what was meant."""
    number = read_decimal(value) if isinstance(value, str) else _exact(value)
    if number is None:
        return _Wrong('a decimal as text, such as "129.90"')
    return _bounded(Decimal(number), declaration)


def _integer(value: object, declaration: AttributeDeclaration) -> Value | _Wrong:
    """Return an integer."""
    number = _exact(value)
    if number is None:
        return _Wrong("an integer of at most 30 digits")
    return _bounded(number, declaration)


def _exact(value: object) -> int | None:
    """Return the integer, unless it is none or huge: turning a huge one into text costs too much."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < _HUGE else None


def _bounded(number: Decimal | int, declaration: AttributeDeclaration) -> Value | _Wrong:
    """Return the number if it is within the declared bounds."""
    if declaration.minimum is not None and number < declaration.minimum:
        return _Wrong(f"at least {decimal_text(Decimal(declaration.minimum))}")
    if declaration.maximum is not None and number > declaration.maximum:
        return _Wrong(f"at most {decimal_text(Decimal(declaration.maximum))}")
    return number
