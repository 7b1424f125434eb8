"""Reads JSON or YAML into a tree that knows its lines: JSON's types only, bounded, no surprises."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple, NoReturn

import yaml

from policies.documents.errors import DocumentError, Problem
from policies.documents.texts import is_storable

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 32
MAX_NUMBER_LENGTH: Final = 40

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")
_CONSTANTS: Final = {
    "null": None,
    "~": None,
    "": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}

Scalar = None | bool | int | Decimal | str


class Node(NamedTuple):
    """A value with the line it stands on (from 1; None in JSON)."""

    value: "Scalar | list[Node] | dict[str, Node]"
    line: int | None = None


def parse(data: bytes) -> Node:
    """Return the tree of a JSON or YAML document; JSON when it begins with `{`.

    Numbers stay exact. YAML is read with the core schema of 1.2: `yes` and dates are text.
    Aliases, tags and repeated keys are refused.

    Raises:
        DocumentError: if it is too large or too deep, or no valid UTF-8, JSON or YAML.
    """
    if len(data) > MAX_BYTES:
        _refuse(f"has {len(data)} bytes; expected at most {MAX_BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(f"byte {error.start} is not valid UTF-8")
    if text.lstrip().startswith("{"):
        return _parse_json(text)
    return _parse_yaml(text)


def _refuse(detail: str, line: int | None = None) -> NoReturn:
    """Raise the error for the document as a whole."""
    raise DocumentError([Problem("", detail, line)])


def _parse_json(text: str) -> Node:
    """Return the tree of a JSON text."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_json_int,
            parse_float=_json_decimal,
            parse_constant=_json_constant,
        )
    except json.JSONDecodeError as error:
        _refuse(f"is not valid JSON: {error.msg} (column {error.colno})", error.lineno)
    except RecursionError:
        _refuse(f"is nested too deeply; expected at most {MAX_DEPTH} levels")
    return _node_of(value, 1)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object, unless a key is repeated."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if _text(key, None) in found:
            _refuse(f"the key `{key[:64]}` is repeated")
        found[key] = value
    return found


def _json_int(text: str) -> int:
    """Return an integer of bounded length."""
    if len(text) > MAX_NUMBER_LENGTH:
        _refuse(f"a number has more than {MAX_NUMBER_LENGTH} digits")
    return int(text)


def _json_decimal(text: str) -> Decimal:
    """Return an exact decimal of bounded length."""
    if len(text) > MAX_NUMBER_LENGTH or not _DECIMAL.fullmatch(text):
        _refuse(f"a number has more than {MAX_NUMBER_LENGTH} digits or a huge exponent")
    return Decimal(text)


def _json_constant(text: str) -> NoReturn:
    """Refuse NaN and the infinities."""
    _refuse(f"`{text}` is not a number")


def _node_of(value: Any, depth: int) -> Node:
    """Return the tree of a parsed JSON value."""
    if depth > MAX_DEPTH:
        _refuse(f"is nested too deeply; expected at most {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return Node({key: _node_of(item, depth + 1) for key, item in value.items()})
    if isinstance(value, list):
        return Node([_node_of(item, depth + 1) for item in value])
    return Node(_text(value, None) if isinstance(value, str) else value)


def _parse_yaml(text: str) -> Node:
    """Return the tree of a YAML text, from the parser's events."""
    try:
        events = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        root = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    _refuse("has more than one document", _line(event))
                root = _yaml_node(next(events), events, 1)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        _refuse(f"is not valid YAML: {error.problem}", mark.line + 1 if mark else None)
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        _refuse(f"is not valid YAML: {error}")
    if root is None:
        _refuse("is empty")
    return root


def _line(event: Any) -> int:
    """Return the line that an event begins on, from 1."""
    line: int = event.start_mark.line + 1
    return line


def _yaml_node(event: Any, events: Iterator[Any], depth: int) -> Node:
    """Return the tree that begins with `event`."""
    line = _line(event)
    if depth > MAX_DEPTH:
        _refuse(f"is nested too deeply; expected at most {MAX_DEPTH} levels", line)
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        _refuse("anchors and aliases are not allowed", line)
    if event.tag is not None:
        _refuse("tags are not allowed", line)
    if isinstance(event, yaml.ScalarEvent):
        return Node(_yaml_scalar(event, line), line)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_yaml_node(event, events, depth + 1))
        return Node(items, line)
    found: dict[str, Node] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _yaml_key(event)
        if key in found:
            _refuse(f"the key `{key[:64]}` is repeated", _line(event))
        found[key] = _yaml_node(next(events), events, depth + 1)
    return Node(found, line)


def _yaml_key(event: Any) -> str:
    """Return a mapping's key, which is always text."""
    if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
        _refuse("expected a name before the colon", _line(event))
    return _text(event.value, _line(event))


def _yaml_scalar(event: Any, line: int) -> Scalar:
    """Return a scalar by the core schema of YAML 1.2."""
    text: str = event.value
    # Quoted and block scalars are text; `implicit` says that a plain one was written.
    if not event.implicit[0]:
        return _text(text, line)
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _DECIMAL.fullmatch(text):
        if len(text) > MAX_NUMBER_LENGTH:
            _refuse(f"a number has more than {MAX_NUMBER_LENGTH} digits", line)
        return int(text) if _INTEGER.fullmatch(text) else Decimal(text)
    return _text(text, line)


def _text(text: str, line: int | None) -> str:
    """Return the text, unless it cannot be stored: a lone surrogate or a control character."""
    if not is_storable(text):
        _refuse("a text has a control character or a lone surrogate", line)
    return text
