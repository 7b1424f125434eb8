"""Reads the conditions of a rule."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from policies.documents.cursor import Cursor, SkipError, attempt, hint, nearest
from policies.model.conditions import (
    All,
    Any,
    AttributeIs,
    Comparison,
    Condition,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Not,
    Operator,
    ReliableElements,
    Value,
)
from policies.model.policy_set import AttributeDeclaration
from policies.vocabulary.attributes import BUILT_IN, AttributeType
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE, FAMILIES, Assurance, FindingState, codes_of

AT_LEAST: Final = "at_least "
MAX_PARTS: Final = 200
_ORDERED: Final = ("above", "at_least", "below", "at_most")
_KINDS: Final = (
    "finding",
    "element",
    "reliable_elements",
    "environment",
    "attribute",
    "all",
    "any",
    "not",
)
Declarations = Mapping[str, AttributeDeclaration]


def read_condition(cursor: Cursor, declarations: Declarations) -> Condition:
    """Return the condition at the cursor.

    Raises:
        SkipError: if there is none; the problems are noted.
    """
    if not isinstance(cursor.node.value, dict):
        cursor.fields()
    kinds = [kind for kind in _KINDS if kind in cursor.fields()]
    if len(kinds) != 1:
        names = ", ".join(f"`{kind}`" for kind in _KINDS)
        near = "" if kinds else _nearest(cursor)
        found = f", not {len(kinds)} of them" if kinds else hint(near)
        cursor.fail(f"expected exactly one of {names}{found}", near)
    return _READERS[kinds[0]](cursor, declarations)


def _nearest(cursor: Cursor) -> str:
    """Return the kind of condition that is nearest to the first name with a near one."""
    return next(filter(None, (nearest(name, _KINDS) for name in cursor.fields())), "")


def _finding(cursor: Cursor, _declarations: Declarations) -> Condition:
    """Read `finding: device.rooted` with its state, assurance and age."""
    fields = cursor.fields("finding", "state", "assurance", "age")
    code = fields["finding"].text(at_most=64)
    if not codes_of(code):
        near = nearest(code, [*CATALOGUE, *FAMILIES])
        fields["finding"].fail(f"unknown finding `{code}`{hint(near)}", near)
    state = FindingState.PRESENT
    if "state" in fields:
        state = FindingState(fields["state"].choice([*FindingState]))
    assurance, or_better = None, False
    if "assurance" in fields:
        text = fields["assurance"].text(at_most=16)
        or_better = text.startswith(AT_LEAST)
        level = text.removeprefix(AT_LEAST)
        if level not in set(Assurance):
            fields["assurance"].fail("expected `A` to `D`, or `at_least A` to `at_least D`")
        assurance = Assurance(level)
    age = _comparison(fields["age"], Cursor.duration_s, *_ORDERED) if "age" in fields else None
    if state is FindingState.NOT_EVALUATED and (assurance or age):
        cursor.fail("`not_evaluated` has neither assurance nor age: there is no finding to look at")
    return FindingIs(code=code, state=state, assurance=assurance, or_better=or_better, age=age)


def _element(cursor: Cursor, _declarations: Declarations) -> Condition:
    """Read `element: possession` with its status."""
    fields = cursor.fields("element", "status")
    element = Element(fields["element"].choice([*Element]))
    if "status" not in fields:
        cursor.fail("`status` is missing: expected one of `reliable`, `in_doubt`, `compromised`")
    text = fields["status"].text(at_most=32)
    status = text.removeprefix(AT_LEAST)
    if status not in set(ElementStatus):
        fields["status"].fail(
            "expected `reliable`, `in_doubt` or `compromised`, or `at_least` one of them"
        )
    return ElementIs(
        element=element, status=ElementStatus(status), or_worse=text.startswith(AT_LEAST)
    )


def _reliable_elements(cursor: Cursor, _declarations: Declarations) -> Condition:
    """Read `reliable_elements: {below: 2}`."""
    fields = cursor.fields("reliable_elements")
    comparison = _comparison(fields["reliable_elements"], _count, *_ORDERED, "equals")
    return ReliableElements(comparison=comparison)


def _count(place: Cursor) -> int:
    """Read a number of elements."""
    count = place.integer()
    if not 0 <= count <= len(Element):
        place.fail(f"expected 0 to {len(Element)}, the number of categories")
    return count


def _environment(cursor: Cursor, _declarations: Declarations) -> Condition:
    """Read `environment: {class: [none, unknown], delivery: bundled}`: every field must match."""
    fields = cursor.fields("environment")["environment"].fields(*ENVIRONMENT_FIELDS)
    if not fields:
        cursor.fail("expected at least one of " + ", ".join(f"`{f}`" for f in ENVIRONMENT_FIELDS))
    parts = tuple(
        EnvironmentIs(
            field=field,
            values=tuple(
                sorted({item.choice(ENVIRONMENT_FIELDS[field]) for item in place.items_or_one()})
            ),
        )
        for field, place in sorted(fields.items())
    )
    return parts[0] if len(parts) == 1 else All(parts=parts)


def _attribute(cursor: Cursor, declarations: Declarations) -> Condition:
    """Read `attribute: amount_eur` with one comparison."""
    fields = cursor.fields("attribute", *_ORDERED, "equals", "is", "in", "contains", "age")
    name = fields["attribute"].text(at_most=64)
    declaration = declarations.get(name)
    if name not in BUILT_IN and declaration is None:
        near = nearest(name, [*declarations, *BUILT_IN])
        detail = f"unknown attribute `{name}`{hint(near)}: declare it in `attributes`"
        fields["attribute"].fail(detail, near)
    type_ = BUILT_IN[name] if declaration is None else declaration.type
    comparisons = {key: place for key, place in fields.items() if key != "attribute"}
    if len(comparisons) != 1:
        cursor.fail("expected exactly one comparison, such as `above: 50` or `is: true`")
    ((key, place),) = comparisons.items()
    allowed = _ALLOWED[type_]
    if key not in allowed:
        words = ", ".join(f"`{word}`" for word in allowed)
        place.fail(f"`{name}` is of type {type_}: expected one of {words}")
    if key == "age":
        age = _comparison(place, Cursor.duration_s, *_ORDERED)
        return AttributeIs(name=name, comparison=age, is_age=True)
    operator = Operator.EQUALS if key == "is" else Operator(key)
    places = place.items(at_least=1, at_most=MAX_PARTS) if key == "in" else [place]
    operands = tuple(_operand(item, type_, declaration) for item in places)
    if operator is Operator.IN:
        operands = tuple(sorted(set(operands), key=repr))
    return AttributeIs(name=name, comparison=Comparison(operator=operator, operands=operands))


_ALLOWED: Final[Mapping[AttributeType, tuple[str, ...]]] = {
    AttributeType.DECIMAL: (*_ORDERED, "equals"),
    AttributeType.INTEGER: (*_ORDERED, "equals", "in"),
    AttributeType.BOOLEAN: ("is", "equals"),
    AttributeType.ENUM: ("is", "equals", "in"),
    AttributeType.STRING: ("is", "equals", "in"),
    AttributeType.VERSION: (*_ORDERED, "equals", "in"),
    AttributeType.STRING_SET: ("contains",),
    AttributeType.TIMESTAMP: ("age",),
}


def _operand(
    place: Cursor, type_: AttributeType, declaration: AttributeDeclaration | None
) -> Value:
    """Return one operand in the attribute's type."""
    if type_ is AttributeType.DECIMAL:
        return place.decimal()
    if type_ is AttributeType.INTEGER:
        return place.integer()
    if type_ is AttributeType.BOOLEAN:
        return place.boolean()
    if type_ is AttributeType.ENUM and declaration is not None:
        return place.choice(declaration.values)
    if type_ is AttributeType.VERSION:
        return place.version()
    return place.text(at_most=256)


def _comparison(place: Cursor, read: Callable[[Cursor], Value], *operators: str) -> Comparison:
    """Read `{above: X}`."""
    fields = place.fields(*operators)
    if len(fields) != 1:
        words = ", ".join(f"`{word}`" for word in operators)
        place.fail(f"expected exactly one of {words}")
    ((key, operand),) = fields.items()
    return Comparison(operator=Operator(key), operands=(read(operand),))


def _parts(place: Cursor, declarations: Declarations) -> tuple[Condition, ...]:
    """Read the parts of `all` or `any`; an empty one is refused, since it would hold or fail always."""
    items = place.items(at_least=1, at_most=MAX_PARTS)
    parts = [attempt(partial(read_condition, item, declarations)) for item in items]
    read = tuple(part for part in parts if part is not None)
    if len(read) < len(parts):
        raise SkipError
    return read


def _all(cursor: Cursor, declarations: Declarations) -> Condition:
    """Read `all: […]`."""
    return All(parts=_parts(cursor.fields("all")["all"], declarations))


def _any(cursor: Cursor, declarations: Declarations) -> Condition:
    """Read `any: […]`."""
    return Any(parts=_parts(cursor.fields("any")["any"], declarations))


def _not(cursor: Cursor, declarations: Declarations) -> Condition:
    """Read `not: {…}`."""
    return Not(part=read_condition(cursor.fields("not")["not"], declarations))


_READERS: Final[Mapping[str, Callable[[Cursor, Declarations], Condition]]] = {
    "finding": _finding,
    "element": _element,
    "reliable_elements": _reliable_elements,
    "environment": _environment,
    "attribute": _attribute,
    "all": _all,
    "any": _any,
    "not": _not,
}
