"""Reads and writes authentication designs."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from typing import Any, Final

import rfc8785

from policies.design.model import Component, Design, Designs
from policies.documents.cursor import Cursor, SkipError, suggestion
from policies.documents.errors import DesignDocumentError, DocumentError, Problem
from policies.documents.tree import parse
from policies.vocabulary.attributes import version_key
from policies.vocabulary.components import ComponentClass
from policies.vocabulary.elements import Element

_FACTS: Final = ("title", "technology", "algorithm", "parameters", "supplier")
MAX_COMPONENTS: Final = 500


def read_designs(data: bytes) -> Designs:
    """Return the designs that a JSON or YAML document says.

    Raises:
        DesignDocumentError: with every problem found, each with JSON pointer and line.
    """
    problems: list[Problem] = []
    designs = None
    try:
        designs = _designs(Cursor(parse(data), problems))
    except SkipError:
        pass
    except DocumentError as error:
        raise DesignDocumentError(error.problems) from error
    if problems or designs is None:
        raise DesignDocumentError(problems)
    return designs


def _designs(cursor: Cursor) -> Designs:
    """Read the document as a whole."""
    fields = cursor.fields("schema", "name", "methods", "components")
    for name in ("schema", "name", "methods", "components"):
        if name not in fields:
            cursor.fail(f"`{name}` is missing")
    if fields["schema"].integer() != 1:
        fields["schema"].fail("expected 1, the only version of this language")
    components: dict[str, Component] = {}
    places: dict[str, Cursor] = {}
    for place in fields["components"].items(at_least=1, at_most=MAX_COMPONENTS):
        component = _component(place)
        if component.id in components:
            place.note(f"the id `{component.id}` is used by an earlier component")
        components[component.id] = component
        places[component.id] = place
    for component in components.values():
        _check_known(places[component.id], component.rests_on, components)
    methods = tuple(_design(place, components) for place in fields["methods"].items(at_least=1))
    _check_acyclic(components, places)
    return Designs(
        name=fields["name"].text(at_most=200),
        components=components,
        methods=methods,
    )


def _component(place: Cursor) -> Component:
    """Read one component."""
    fields = place.fields("id", "class", "rests_on", *_FACTS)
    for name in ("id", "class"):
        if name not in fields:
            place.fail(f"`{name}` is missing")
    return Component(
        id=fields["id"].name(),
        class_=ComponentClass(fields["class"].choice([*ComponentClass])),
        rests_on=_names(fields["rests_on"]) if "rests_on" in fields else (),
        **{name: fields[name].text(at_most=300) for name in _FACTS if name in fields},
    )


def _design(place: Cursor, components: dict[str, Component]) -> Design:
    """Read one method's design."""
    fields = place.fields("method", "title", "app_versions", "elements")
    for name in ("method", "elements"):
        if name not in fields:
            place.fail(f"`{name}` is missing")
    elements = {}
    for name, item in fields["elements"].fields(*Element).items():
        below = item.fields("rests_on")
        if "rests_on" not in below or not (rests_on := _names(below["rests_on"])):
            item.fail("`rests_on` is missing: an element rests on at least one component")
        _check_known(item, rests_on, components)
        elements[Element(name)] = rests_on
    if not elements:
        fields["elements"].fail("expected at least one element")
    bounds: dict[str, tuple[int, ...]] = {}
    if "app_versions" in fields:
        for name, bound in fields["app_versions"].fields("at_least", "below").items():
            version = version_key(bound.text(at_most=64))
            if version is None:
                bound.fail("expected a version such as `7.3.1`, in quotes")
            bounds[name] = version
    return Design(
        method=fields["method"].name(),
        title=fields["title"].text(at_most=200) if "title" in fields else "",
        app_at_least=bounds.get("at_least"),
        app_below=bounds.get("below"),
        elements=elements,
    )


def _names(place: Cursor) -> tuple[str, ...]:
    """Read a list of ids."""
    return tuple(item.name() for item in place.items(at_most=100))


def _check_known(place: Cursor, ids: tuple[str, ...], components: dict[str, Component]) -> None:
    """Note ids that no component has."""
    for id_ in ids:
        if id_ not in components:
            place.note(f"unknown component `{id_}`{suggestion(id_, components)}")


def _check_acyclic(components: dict[str, Component], places: dict[str, Cursor]) -> None:
    """Note each component that rests on itself, directly or not."""
    for start, component in components.items():
        seen: set[str] = set()
        waiting = [*component.rests_on]
        while waiting:
            id_ = waiting.pop()
            if id_ == start:
                places[start].note(f"`{start}` rests on itself")
                break
            if id_ in components and id_ not in seen:
                seen.add(id_)
                waiting.extend(components[id_].rests_on)


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
