"""Reads the content of a token: known fields by their paths, what is new counted, everything bounded."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.play_integrity.names import FIELDS, Kind
from policies.documents import Problem

MAX_TEXT: Final = 1024
MAX_LIST: Final = 32
MAX_FIELDS: Final = 64
MAX_DEPTH: Final = 6
MAX_NUMBER: Final = 2**53 - 1
_PLAIN: Final = f"expected texts, whole numbers and booleans, at most {MAX_DEPTH} deep"
_WIDE = re.compile(r"[0-9]{1,19}", re.ASCII)


class Content(NamedTuple):
    """The known fields and objects that are there, by path, and how many fields nobody here knows."""

    fields: Mapping[str, Any]
    objects: Collection[str]
    unknown_fields: int


def read_content(
    content: Mapping[str, Any], pointer: str, *, digested: bool
) -> tuple[Content, list[Problem]]:
    """Return what can be read of `content`, and what is wrong with it (pointers start at `pointer`).

    `null` means "not there": some libraries write it for what Google left out. Google adds fields
    without notice, so an unknown one is no problem; where the content itself is digested, it must have
    one canonical form, so plain JSON within bounds.
    """
    reading = _Reading(digested=digested)
    reading.read_object(content, FIELDS, "", pointer)
    return Content(reading.fields, reading.objects, reading.unknown), reading.problems


class _Reading:
    """What one pass over a content gathers."""

    def __init__(self, *, digested: bool) -> None:
        self.digested = digested
        self.fields: dict[str, Any] = {}
        self.objects: set[str] = set()
        self.unknown = 0
        self.problems: list[Problem] = []

    def read_object(
        self, node: Mapping[str, Any], known: Mapping[str, Any], prefix: str, pointer: str
    ) -> None:
        """Read one object and those within; as deep as `known` is."""
        if len(node) > MAX_FIELDS:
            self.problems.append(Problem(pointer, f"expected at most {MAX_FIELDS} fields"))
            return
        for name, value in node.items():
            expected = known.get(name)
            if expected is None:
                self.unknown += 1
                if self.digested and not (_is_name(name) and _is_plain(value, MAX_DEPTH)):
                    self._add_problem(pointer, name, _PLAIN)
            elif value is None:
                continue
            elif isinstance(expected, Kind):
                converted = _READERS[expected](value)
                if converted is None:
                    self._add_problem(pointer, name, expected.value)
                else:
                    self.fields[prefix + name] = converted
            elif isinstance(value, dict):
                self.objects.add(prefix + name)
                self.read_object(value, expected, f"{prefix}{name}.", f"{pointer}/{name}")
            else:
                self._add_problem(pointer, name, "expected an object")

    def _add_problem(self, pointer: str, name: str, detail: str) -> None:
        """Add a problem of a field of the object at `pointer`."""
        self.problems.append(Problem(f"{pointer}/{_escaped(name)}", detail))


def _escaped(name: str) -> str:
    """Return one step of a JSON pointer (RFC 6901)."""
    return str(name)[:MAX_FIELDS].replace("~", "~0").replace("/", "~1")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= MAX_TEXT else None


def _texts(value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list) or len(value) > MAX_LIST:
        return None
    return tuple(value) if all(_text(one) is not None for one in value) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_NUMBER:
        return None
    return value


def _wide(value: Any) -> int | None:
    """Return an int64, which Google's JSON writes as text and some libraries as a number."""
    if isinstance(value, str):
        return int(value) if _WIDE.fullmatch(value) else None
    number = _number(value)
    return None if number is None or number < 0 else number


def _time(value: Any) -> datetime | None:
    if _text(value) is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment


_READERS: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.FLAG: _flag,
    Kind.NUMBER: _number,
    Kind.WIDE: _wide,
    Kind.TIME: _time,
}


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name.isascii() and len(name) <= MAX_TEXT


def _is_plain(value: Any, depth: int) -> bool:
    """Return whether a value has one canonical form and is bounded; it is digested, never kept."""
    if isinstance(value, dict | list) and (depth == 0 or len(value) > MAX_FIELDS):
        return False
    if isinstance(value, dict):
        return all(_is_name(name) and _is_plain(inner, depth - 1) for name, inner in value.items())
    if isinstance(value, list):
        return all(_is_plain(one, depth - 1) for one in value)
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    return value is None or isinstance(value, bool) or _number(value) is not None
