"""Turns the OpenAPI document into what the reference page shows."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_MOST_VALUES: Final = 8
"""How many values of an enumeration are shown; the document for machines has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A parameter of an operation or a member of an object."""

    name: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of an operation."""

    status: str
    description: str
    kind: str
    is_object: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    parameters: tuple[Member, ...]
    body: str
    body_is_object: bool
    example: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The operations of one tag."""

    title: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """One of the document's schemas."""

    name: str
    description: str
    members: tuple[Member, ...]


def sections_of(document: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the operations, grouped by their first tag."""
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return tuple(
        Section(title=tag.capitalize(), operations=tuple(operations))
        for tag, operations in sorted(by_tag.items())
    )


def object_types_of(document: Mapping[str, Any]) -> tuple[ObjectType, ...]:
    """Return the document's objects in alphabetical order."""
    schemas = document["components"]["schemas"]
    return tuple(
        ObjectType(
            name=name,
            description=schema.get("description", ""),
            members=tuple(_members(schema)),
        )
        for name, schema in sorted(schemas.items())
        if "properties" in schema
    )


def kind_of(schema: Mapping[str, Any]) -> str:
    """Return a schema's type in words, such as `string (date-time)` or `list of Decision`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        values = [json.dumps(value) for value in schema["enum"][:_MOST_VALUES]]
        return " | ".join([*values, "…"] if len(schema["enum"]) > _MOST_VALUES else values)
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " | ".join(kind_of(part) for part in schema[union])
    types = schema.get("type", "any")
    names = types if isinstance(types, list) else [types]
    return " | ".join(_named(name, schema) for name in names)


def _named(name: str, schema: Mapping[str, Any]) -> str:
    """Return one type in words."""
    if name == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    form = schema.get("format") if name == "string" else None
    return f"{name} ({form})" if form else name


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Operation:
    """Return one operation for the page."""
    schema, example = _body(operation)
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        paragraphs=tuple(operation.get("description", "").split("\n\n")),
        parameters=tuple(
            Member(
                name=parameter["name"],
                kind=kind_of(parameter["schema"]),
                is_required=parameter.get("required", False),
                description=parameter.get("description", ""),
            )
            for parameter in operation.get("parameters", ())
        ),
        body="" if schema is None else kind_of(schema),
        body_is_object=schema is not None and "$ref" in schema,
        example=example,
        answers=tuple(_answer(status, answer) for status, answer in operation["responses"].items()),
    )


def _body(operation: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
    """Return the schema of an operation's body (None if it takes none), and an example of it."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None, ""
    examples = [example["value"] for example in content.get("examples", {}).values()]
    example = json.dumps(examples[0], indent=2) if examples else ""
    return content["schema"], example


def _answer(status: str, answer: Mapping[str, Any]) -> Answer:
    """Return one answer for the page: the name of its object, or its media type."""
    media_type, content = next(iter(answer["content"].items()))
    is_object = "$ref" in content["schema"]
    return Answer(
        status=status,
        description=answer["description"],
        kind=kind_of(content["schema"]) if is_object else media_type,
        is_object=is_object,
    )


def _members(schema: Mapping[str, Any]) -> Iterator[Member]:
    """Yield the members of an object."""
    required = schema.get("required", ())
    for name, member in schema["properties"].items():
        yield Member(
            name=name,
            kind=kind_of(member),
            is_required=name in required,
            description=member.get("description", ""),
        )
