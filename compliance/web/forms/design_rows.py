"""A design as rows of fields: out of a document, out of what a browser sent, and back into a document."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from policies.design import Component, Design, Designs
from policies.documents import Problem
from policies.vocabulary.components import ComponentClass
from policies.vocabulary.elements import Element

COMPONENT_FIELDS: Final = (
    *("id", "class", "title", "technology", "algorithm", "parameters", "supplier", "rests_on"),
)
METHOD_FIELDS: Final = ("method", "title", "at_least", "below", *(str(each) for each in Element))
MOST_FIELDS: Final = 900
"""A form has fewer fields than Django takes of one request (1,000); what has more is edited as text."""

_FACTS: Final = ("title", "technology", "algorithm", "parameters", "supplier")
_BETWEEN: Final = re.compile(r"[\s,]+")
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignRows:
    """What stands in the fields; lists of components are ids with commas between them."""

    name: str
    components: tuple[Row, ...]
    methods: tuple[Row, ...]

    @property
    def has_room(self) -> bool:
        """Whether the form can take another row."""
        return self._fields + len(COMPONENT_FIELDS) <= MOST_FIELDS

    @property
    def fits(self) -> bool:
        """Whether the form can show it all."""
        return self._fields <= MOST_FIELDS

    @property
    def _fields(self) -> int:
        """How many fields there are."""
        of_components = len(self.components) * len(COMPONENT_FIELDS)
        return of_components + len(self.methods) * len(METHOD_FIELDS)


def rows_of(designs: Designs) -> DesignRows:
    """Return a document's rows."""
    return DesignRows(
        name=designs.name,
        components=tuple(_component_row(each) for each in designs.components.values()),
        methods=tuple(_method_row(each) for each in designs.methods),
    )


def rows_from(sent: Mapping[str, str]) -> DesignRows:
    """Return the rows that a browser sent; fields that it left out are blank."""
    return DesignRows(
        name=sent.get("name", ""),
        components=_sent(sent, "components", COMPONENT_FIELDS),
        methods=_sent(sent, "methods", METHOD_FIELDS),
    )


def changed(rows: DesignRows, step: str) -> DesignRows:
    """Return the rows after `add-components`, `remove-methods-2` and the like; else as they are."""
    verb, _, rest = step.partition("-")
    part, _, index = rest.partition("-")
    if part not in {"components", "methods"}:
        return rows
    names = COMPONENT_FIELDS if part == "components" else METHOD_FIELDS
    every: tuple[Row, ...] = getattr(rows, part)
    if verb == "add" and rows.has_room:
        blank: Row = dict.fromkeys(names, "")
        more: dict[str, Any] = {part: (*every, blank)}
        return replace(rows, **more)
    if verb == "remove" and index.isascii() and index.isdecimal() and len(index) <= 3:
        kept = tuple(each for number, each in enumerate(every) if number != int(index))
        fewer: dict[str, Any] = {part: kept}
        return replace(rows, **fewer)
    return rows


def document_of(rows: DesignRows) -> str:
    """Return the rows as a document (JSON, which is YAML as well), whether it is valid or not."""
    body = {
        "schema": 1,
        "name": rows.name,
        "components": [_component_json(row) for row in rows.components],
        "methods": [_method_json(row) for row in rows.methods],
    }
    return json.dumps(body, ensure_ascii=False, indent=2)


def field_of(problem: Problem) -> str:
    """Return the name of the field, or else the row or part, that a problem of the document is about."""
    parts = problem.pointer.split("/")[1:]
    if len(parts) < 3:
        return "-".join(parts[:2])
    part, index, name = parts[:3]
    inner = {"elements": "", "app_versions": "at_least"}.get(name)
    if inner is not None:
        name = parts[3] if len(parts) > 3 else inner
    return "-".join(filter(None, (part, index, name)))


def _sent(sent: Mapping[str, str], part: str, names: Iterable[str]) -> tuple[Row, ...]:
    """Return the rows of one part, in the order of their numbers."""
    pattern = re.compile(rf"{part}-([0-9]{{1,3}})-[a-z_]+", re.ASCII)
    numbers = {int(found[1]) for key in sent if (found := pattern.fullmatch(key))}
    names = tuple(names)
    return tuple(
        {name: sent.get(f"{part}-{number}-{name}", "") for name in names}
        for number in sorted(numbers)
    )


def _component_row(component: Component) -> Row:
    """Return a component's row."""
    facts = {name: getattr(component, name) for name in _FACTS}
    rests_on = ", ".join(component.rests_on)
    return {"id": component.id, "class": str(component.class_), **facts, "rests_on": rests_on}


def _method_row(design: Design) -> Row:
    """Return a method's row."""
    bounds = {"at_least": design.app_at_least, "below": design.app_below}
    return {
        "method": design.method,
        "title": design.title,
        **{name: ".".join(map(str, bound or ())) for name, bound in bounds.items()},
        **{str(each): ", ".join(design.elements.get(each, ())) for each in Element},
    }


def _component_json(row: Row) -> dict[str, Any]:
    """Return a component as the document has it; a class that was not chosen is the first one."""
    facts = {name: row[name] for name in _FACTS if row[name]}
    rests_on = _ids(row["rests_on"])
    return {
        "id": row["id"].strip(),
        "class": row["class"] or str(next(iter(ComponentClass))),
        **facts,
        **({"rests_on": rests_on} if rests_on else {}),
    }


def _method_json(row: Row) -> dict[str, Any]:
    """Return a method as the document has it; an element that rests on nothing is not used."""
    versions = {name: row[name].strip() for name in ("at_least", "below") if row[name].strip()}
    elements = {str(each): {"rests_on": ids} for each in Element if (ids := _ids(row[str(each)]))}
    return {
        "method": row["method"].strip(),
        **({"title": row["title"]} if row["title"] else {}),
        **({"app_versions": versions} if versions else {}),
        "elements": elements,
    }


def _ids(text: str) -> list[str]:
    """Return the ids of a field."""
    return [each for each in _BETWEEN.split(text) if each]
