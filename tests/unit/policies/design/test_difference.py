"""What changes between two documents of designs: components, methods, single points of compromise."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from typing import Any

import pytest

from policies.design import DesignChange, DesignDifference, difference_of_designs
from policies.documents import read_designs
from tests.support.documents import COMPONENTS, METHOD, designs

APP = COMPONENTS[1]
KEY = COMPONENTS[2]
BEFORE = read_designs(designs())


def against(**changes: Any) -> DesignDifference:
    return difference_of_designs(BEFORE, read_designs(designs(**changes)))


def told(changes: Iterable[DesignChange]) -> list[tuple[Any, ...]]:
    return [
        (each.kind, each.id, *((f.field, f.before, f.after) for f in each.fields))
        for each in changes
    ]


@pytest.mark.parametrize("reorder", [{}, {"components": COMPONENTS[::-1]}])
def test_order_is_no_difference(reorder: dict[str, Any]) -> None:
    found = against(**reorder)

    assert found.is_empty
    assert (found.come, found.gone) == ((), ())


def test_what_comes_and_goes_is_told_with_all_that_it_says() -> None:
    server = {"id": "letter", "class": "supplier", "supplier": "the post"}
    elements = METHOD["elements"] | {"knowledge": {"rests_on": ["app"]}}
    found = against(components=[*COMPONENTS[:3], server], methods=[METHOD | {"elements": elements}])

    assert told(found.components) == [
        ("added", "letter", ("class", "", "supplier"), ("supplier", "", "the post")),
        ("removed", "server", ("class", "server", "")),
    ]
    assert told(found.methods) == [("changed", "app-pin", ("knowledge", "app, server", "app"))]


def test_a_component_is_told_field_by_field() -> None:
    changed = KEY | {"algorithm": "ECDSA", "class": "server", "rests_on": ["phone-os", "app"]}
    found = against(components=[*COMPONENTS[:2], changed, COMPONENTS[3]])

    assert told(found.components) == [
        (
            "changed",
            "key",
            ("class", "key_store", "server"),
            ("algorithm", "", "ECDSA"),
            ("rests_on", "", "app, phone-os"),
        )
    ]
    assert [point.component.id for point in found.come] == ["phone-os", "app"]
    assert difference_of_designs(
        read_designs(designs(components=[*COMPONENTS[:2], changed, COMPONENTS[3]])), BEFORE
    ).gone


def test_a_method_keeps_its_identity_while_its_app_versions_change() -> None:
    found = against(name="Another", methods=[METHOD | {"app_versions": {"at_least": "2.1"}}])

    assert told(found.methods) == [("changed", "app-pin", ("app_versions", "", "from 2.1"))]
    assert found.renamed is not None
    assert (found.renamed.before, found.renamed.after) == ("A design", "Another")


def test_of_several_designs_of_a_method_those_for_the_same_versions_are_compared() -> None:
    old = METHOD | {"app_versions": {"below": "2"}}
    new = METHOD | {"app_versions": {"at_least": "2"}, "title": "New app"}
    found = against(methods=[old, new])

    assert [(each.kind, each.title) for each in found.methods] == [
        ("added", "app-pin"),
        ("added", "New app"),
        ("removed", "app-pin"),
    ]


def test_against_nothing_everything_is_new() -> None:
    found = difference_of_designs(None, BEFORE)

    assert {each.kind for each in (*found.components, *found.methods)} == {"added"}
    assert len(found.components) == len(COMPONENTS)
