"""JSON Schema (2020-12) of both documents, made from the vocabulary: for editors and other tools.

Every document that the readers accept fits its schema. The readers check more: that names are
declared, that ids are unique, that values suit their attribute, and the bounds over all rules.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from typing import Any, Final

from policies.documents.cases import MAX_CASES, MAX_FINDINGS, UNLISTED
from policies.documents.conditions import MAX_PARTS
from policies.documents.designs import MAX_COMPONENTS, MAX_METHODS, MAX_RESTS_ON
from policies.documents.obligations import MAX_OBLIGATIONS
from policies.documents.reader import MAX_ATTRIBUTES, MAX_METADATA, MAX_RULES
from policies.vocabulary.actions import ACTIONS, RECORD_ONLY, ActionType, ParameterType
from policies.vocabulary.attributes import BUILT_IN, AttributeType
from policies.vocabulary.components import ComponentClass
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import CATALOGUE, FAMILIES, Assurance, FindingState

Schema = dict[str, Any]

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_NAME: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
_NUMBER: Final[Schema] = {
    "type": ["number", "string"],
    "pattern": r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$",
}
_INTEGER: Final[Schema] = {"type": ["integer", "string"], "pattern": "^-?[0-9]{1,30}$"}
_VERSION: Final[Schema] = {
    "type": ["number", "string"],
    "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9}){0,7}$",
}
_DURATION: Final[Schema] = {"type": "string", "pattern": "^[1-9][0-9]{0,8}[smhd]$"}
_VALUE: Final[Schema] = {"type": ["boolean", "number", "string"]}
_ORDERED: Final = ("above", "at_least", "below", "at_most")
_PARAMETERS: Final[dict[ParameterType, Schema]] = {
    ParameterType.NAME: _NAME,
    ParameterType.TEXT: {"type": "string", "maxLength": 500},
    ParameterType.ELEMENT: {"enum": [*map(str, Element)]},
    ParameterType.MONEY: _NUMBER,
    ParameterType.FLAG: {"const": True},
}


def policy_set_schema() -> Schema:
    """Return the schema of a policy set."""
    properties: Schema = {
        "schema": {"const": 1},
        "name": _text(200, at_least=1),
        "metadata": {
            "type": "object",
            "additionalProperties": _text(2_000),
            "maxProperties": MAX_METADATA,
        },
        "attributes": {
            "type": "object",
            "propertyNames": _NAME,
            "additionalProperties": _declaration(),
            "maxProperties": MAX_ATTRIBUTES,
        },
        "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}, "maxItems": MAX_RULES},
        "otherwise": {"enum": [str(Effect.PERMIT), str(Effect.DENY)]},
        "tests": {"type": "array", "items": _case(), "maxItems": MAX_CASES},
    }
    return {
        "$schema": _DRAFT,
        "title": "Ninefold policy set",
        **_object(properties, required=("schema", "name", "rules", "otherwise")),
        "$defs": {
            "rule": _rule(),
            "condition": {"oneOf": [*_conditions()]},
            "obligation": {"oneOf": [_obligation(name, type_) for name, type_ in ACTIONS.items()]},
        },
    }


def designs_schema() -> Schema:
    """Return the schema of a document of authentication designs."""
    texts = ("title", "technology", "algorithm", "parameters", "supplier")
    rests_on: Schema = {"type": "array", "items": _NAME, "maxItems": MAX_RESTS_ON}
    component = _object(
        {
            "id": _NAME,
            "class": {"enum": [*map(str, ComponentClass)]},
            "rests_on": rests_on,
            **{name: _text(300) for name in texts},
        },
        required=("id", "class"),
    )
    element = _object({"rests_on": rests_on | {"minItems": 1}}, required=("rests_on",))
    elements = _object({str(name): element for name in Element}, required=())
    method = _object(
        {
            "method": _NAME,
            "title": _text(200),
            "app_versions": _object({"at_least": _VERSION, "below": _VERSION}, required=()),
            "elements": elements | {"minProperties": 1},
        },
        required=("method", "elements"),
    )
    properties: Schema = {
        "schema": {"const": 1},
        "name": _text(200, at_least=1),
        "components": _list(component, MAX_COMPONENTS),
        "methods": _list(method, MAX_METHODS),
    }
    return {
        "$schema": _DRAFT,
        "title": "Ninefold authentication designs",
        **_object(properties, required=tuple(properties)),
    }


def _object(properties: Schema, *, required: Iterable[str]) -> Schema:
    """Return the schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
    }


def _list(items: Schema, at_most: int) -> Schema:
    """Return the schema of a list that is not empty."""
    return {"type": "array", "items": items, "minItems": 1, "maxItems": at_most}


def _text(at_most: int, *, at_least: int = 0) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", "minLength": at_least, "maxLength": at_most}


def _declaration() -> Schema:
    """Return the schema of an attribute's declaration."""
    properties: Schema = {
        "type": {"enum": [*map(str, AttributeType)]},
        "required": {"type": "boolean"},
        "min": _NUMBER,
        "max": _NUMBER,
        "values": _list(_text(64), 1_000) | {"uniqueItems": True},
    }
    return _object(properties, required=("type",))


def _rule() -> Schema:
    """Return the schema of a rule."""
    grounded = _object(
        {"level": {"enum": [*map(str, Disclosure)]}, "ground": _text(500)}, required=("level",)
    )
    properties: Schema = {
        "id": _NAME,
        "title": _text(200),
        "answers": {"type": "array", "items": {"enum": [*map(str, Duty)]}, "maxItems": 100},
        "when": {"$ref": "#/$defs/condition"},
        "effect": {"enum": [*map(str, Effect)]},
        "obligations": {
            "type": "array",
            "items": {"$ref": "#/$defs/obligation"},
            "maxItems": MAX_OBLIGATIONS,
        },
        "disclosure": {"oneOf": [{"const": str(Disclosure.NONE)}, grounded]},
    }
    return _object(properties, required=("id", "when", "effect"))


def _obligation(action: str, type_: ActionType) -> Schema:
    """Return the schema of an obligation of one action."""
    properties: Schema = {"action": {"const": action, "title": type_.title}}
    properties |= {name: _PARAMETERS[each.type] for name, each in type_.parameters.items()}
    required = [name for name, each in type_.parameters.items() if each.required]
    if action != RECORD_ONLY:
        properties["within"] = _DURATION
        required.append("within")
    schema = _object(properties, required=("action", *required))
    if type_.needs_one:
        schema["anyOf"] = [{"required": [name]} for name in type_.parameters]
    return schema


def _case() -> Schema:
    """Return the schema of a test case."""
    finding = _object(
        {
            "code": {"enum": [*CATALOGUE]},
            "state": {"enum": [*map(str, FindingState)]},
            "assurance": {"enum": [*map(str, Assurance)]},
            "age": {"anyOf": [_DURATION, {"const": UNKNOWN}]},
        },
        required=("code",),
    )
    built_in = {
        name: _VERSION if type_ is AttributeType.VERSION else _text(64)
        for name, type_ in BUILT_IN.items()
    }
    fields = {name: {"enum": [*values]} for name, values in ENVIRONMENT_FIELDS.items()}
    words: Schema = {"type": "array", "items": _text(256)}
    age = _object({"age": _DURATION}, required=("age",))
    given: Schema = {
        **built_in,
        "attributes": {
            "type": "object",
            "additionalProperties": {"anyOf": [_VALUE, words, age]},
            "maxProperties": MAX_ATTRIBUTES,
        },
        "environment": _object(fields, required=()),
        "elements": {
            "type": "array",
            "items": {"enum": [*map(str, Element)]},
            "uniqueItems": True,
        },
        "findings": {"type": "array", "items": finding, "maxItems": MAX_FINDINGS},
        "unlisted": {"enum": [*map(str, UNLISTED)]},
    }
    expect: Schema = {
        "effect": {"enum": [*map(str, Effect)]},
        "obligations": {"type": "array", "items": {"$ref": "#/$defs/obligation"}},
        "determining_rules": {"type": "array", "items": _NAME},
    }
    properties: Schema = {
        "name": _text(200, at_least=1),
        "given": _object(given, required=()),
        "expect": _object(expect, required=("effect",)),
    }
    return _object(properties, required=tuple(properties))


def _conditions() -> Iterable[Schema]:
    """Yield the schema of each kind of condition."""
    condition: Schema = {"$ref": "#/$defs/condition"}
    assurance = [f"{prefix}{level}" for prefix in ("", "at_least ") for level in Assurance]
    status = [f"{prefix}{each}" for prefix in ("", "at_least ") for each in ElementStatus]
    yield _object(
        {
            "finding": {"enum": [*CATALOGUE, *FAMILIES]},
            "state": {"enum": [*map(str, FindingState)]},
            "assurance": {"enum": assurance},
            "age": _one_of(dict.fromkeys(_ORDERED, _DURATION)),
        },
        required=("finding",),
    )
    yield _object(
        {"element": {"enum": [*map(str, Element)]}, "status": {"enum": status}},
        required=("element", "status"),
    )
    yield _object(
        {"reliable_elements": _one_of(dict.fromkeys((*_ORDERED, "equals"), _INTEGER))},
        required=("reliable_elements",),
    )
    fields = {name: _one_or_more(values) for name, values in ENVIRONMENT_FIELDS.items()}
    environment = _object(fields, required=()) | {"minProperties": 1}
    yield _object({"environment": environment}, required=("environment",))
    comparisons: Schema = dict.fromkeys((*_ORDERED, "equals", "is"), _VALUE)
    comparisons["in"] = _list(_VALUE, MAX_PARTS)
    comparisons["contains"] = _text(256)
    comparisons["age"] = _one_of(dict.fromkeys(_ORDERED, _DURATION))
    yield _object({"attribute": _NAME, **comparisons}, required=("attribute",)) | {
        "minProperties": 2,
        "maxProperties": 2,
    }
    for name in ("all", "any"):
        yield _object({name: _list(condition, MAX_PARTS)}, required=(name,))
    yield _object({"not": condition}, required=("not",))


def _one_of(properties: Schema) -> Schema:
    """Return the schema of an object with exactly one of these fields."""
    return _object(properties, required=()) | {"minProperties": 1, "maxProperties": 1}


def _one_or_more(values: Iterable[str]) -> Schema:
    """Return the schema of one of these words, or of a list of them."""
    word: Schema = {"enum": [*values]}
    return {"oneOf": [word, {"type": "array", "items": word, "minItems": 1}]}
