"""Reads and writes authentication designs."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from typing import Any, Final

import rfc8785

from policies.design.model import Component, Design, Designs
from policies.documents.cursor import (
    Cursor,
    SkipError,
    TooManyProblemsError,
    attempt,
    hint,
    nearest,
)
from policies.documents.errors import DesignDocumentError, DocumentError, Problem
from policies.documents.tree import parse
from policies.vocabulary.components import ComponentClass
from policies.vocabulary.elements import Element

_FACTS: Final = ("title", "technology", "algorithm", "parameters", "supplier")
MAX_COMPONENTS: Final = 500
MAX_METHODS: Final = 200
MAX_RESTS_ON: Final = 100
Components = dict[str, Component]


def read_designs(data: bytes) -> Designs:
    """Return the designs that a JSON or YAML document says.

    Raises:
        DesignDocumentError: with every problem found (100 at most), each with JSON pointer and
            line.
    """
    problems: list[Problem] = []
    designs = None
    try:
        designs = _designs(Cursor(parse(data), problems))
    except (SkipError, TooManyProblemsError):
        pass
    except DocumentError as error:
        raise DesignDocumentError(error.problems) from error
    if problems or designs is None:
        raise DesignDocumentError(problems)
    return designs


def _designs(cursor: Cursor) -> Designs:
    """Read the document as a whole."""
    fields = cursor.fields("schema", "name", "methods", "components")
    cursor.require(fields, "schema", "name", "methods", "components")
    if fields["schema"].integer() != 1:
        fields["schema"].fail("expected 1, the only version of this language")
    name = attempt(partial(fields["name"].text, at_least=1, at_most=200))
    components = _components(fields["components"])
    methods = _methods(fields["methods"], components)
    if name is None:
        raise SkipError
    return Designs(name=name, components=components, methods=methods)


def _components(place: Cursor) -> Components:
    """Read the components; what each rests on is known, and nothing rests on itself."""
    components: Components = {}
    places: dict[str, Cursor] = {}
    for item in place.items(at_least=1, at_most=MAX_COMPONENTS):
        component = attempt(partial(_component, item))
        if component is None:
            continue
        if component.id in components:
            item.note(f"the id `{component.id}` is used by an earlier component")
        components[component.id] = component
        places[component.id] = item.fields().get("rests_on", item)
    for component in components.values():
        _check_known(places[component.id], component.rests_on, components)
    _check_acyclic(place, components)
    return components


def _component(place: Cursor) -> Component:
    """Read one component."""
    fields = place.fields("id", "class", "rests_on", *_FACTS)
    place.require(fields, "id", "class")
    return Component(
        id=fields["id"].name(),
        class_=ComponentClass(fields["class"].choice([*ComponentClass])),
        rests_on=_names(fields["rests_on"]) if "rests_on" in fields else (),
        **{name: fields[name].text(at_most=300) for name in _FACTS if name in fields},
    )


def _methods(place: Cursor, components: Components) -> tuple[Design, ...]:
    """Read the methods; for one app version a method has one design at most."""
    designs: list[Design] = []
    for item in place.items(at_least=1, at_most=MAX_METHODS):
        design = attempt(partial(_design, item, components))
        if design is not None:
            designs.append(design)
    for earlier, later in combinations(designs, 2):
        if earlier.method == later.method and _overlap(earlier, later):
            place.note(f"two designs of `{later.method}` are for the same app versions")
    return tuple(designs)


def _overlap(one: Design, other: Design) -> bool:
    """Return whether some app version belongs to both."""
    at_least = max(one.app_at_least or (), other.app_at_least or ())
    bounds = [design.app_below for design in (one, other) if design.app_below is not None]
    return not bounds or at_least < min(bounds)


def _design(place: Cursor, components: Components) -> Design:
    """Read one method's design."""
    fields = place.fields("method", "title", "app_versions", "elements")
    place.require(fields, "method", "elements")
    elements = {
        Element(name): _element(item, components)
        for name, item in fields["elements"].fields(*Element).items()
    }
    if not elements:
        fields["elements"].fail("expected at least one element")
    at_least, below = _versions(fields.get("app_versions"))
    return Design(
        method=fields["method"].name(),
        title=fields["title"].text(at_most=200) if "title" in fields else "",
        app_at_least=at_least,
        app_below=below,
        elements=elements,
    )


def _element(place: Cursor, components: Components) -> tuple[str, ...]:
    """Read what an element rests on."""
    fields = place.fields("rests_on")
    if "rests_on" not in fields or not (rests_on := _names(fields["rests_on"])):
        place.fail("`rests_on` is missing: an element rests on at least one component")
    _check_known(place, rests_on, components)
    return rests_on


def _versions(place: Cursor | None) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """Read the range of app versions: `at_least` (inclusive) and `below` (exclusive)."""
    if place is None:
        return None, None
    fields = place.fields("at_least", "below")
    at_least = fields["at_least"].version() if "at_least" in fields else None
    below = fields["below"].version() if "below" in fields else None
    if at_least is not None and below is not None and at_least >= below:
        place.fail("no app version is in this range")
    return at_least, below


def _names(place: Cursor) -> tuple[str, ...]:
    """Read a list of ids."""
    return tuple(item.name() for item in place.items(at_most=MAX_RESTS_ON))


def _check_known(place: Cursor, ids: tuple[str, ...], components: Components) -> None:
    """Note ids that no component has."""
    for id_ in ids:
        if id_ not in components:
            near = nearest(id_, components)
            place.note(f"unknown component `{id_}`{hint(near)}", near)


def _check_acyclic(place: Cursor, components: Components) -> None:
    """Give up where a component rests on itself, directly or not."""
    graph = {id_: component.rests_on for id_, component in components.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib lists the cycle against the arrows: each rests on the one before.
        chain = " rests on ".join(f"`{id_}`" for id_ in reversed(error.args[1]))
        place.fail(f"a component rests on itself: {chain}")


def write_designs(designs: Designs) -> bytes:
    """Return the canonical form (RFC 8785). Reading it gives equal designs."""
    return rfc8785.dumps(
        {
            "schema": 1,
            "name": designs.name,
            "components": [_component_json(each) for each in designs.components.values()],
            "methods": [_design_json(design) for design in designs.methods],
        }
    )


def digest_of_designs(designs: Designs) -> str:
    """Return `sha256:<hex>` of the canonical form."""
    return f"sha256:{hashlib.sha256(write_designs(designs)).hexdigest()}"


def _component_json(component: Component) -> dict[str, Any]:
    """Return a component as JSON, without what was not said."""
    facts = {name: getattr(component, name) for name in _FACTS}
    body: dict[str, Any] = {"id": component.id, "class": str(component.class_)}
    body |= {name: text for name, text in facts.items() if text}
    if component.rests_on:
        body["rests_on"] = list(component.rests_on)
    return body


def _design_json(design: Design) -> dict[str, Any]:
    """Return a design as JSON."""
    body: dict[str, Any] = {
        "method": design.method,
        "elements": {
            str(element): {"rests_on": list(rests_on)}
            for element, rests_on in design.elements.items()
        },
    }
    if design.title:
        body["title"] = design.title
    bounds = {"at_least": design.app_at_least, "below": design.app_below}
    versions = {name: ".".join(map(str, bound)) for name, bound in bounds.items() if bound}
    if versions:
        body["app_versions"] = versions
    return body
