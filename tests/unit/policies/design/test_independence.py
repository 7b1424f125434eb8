"""What falls together, what still stands, and both held to the plain definitions."""
# SPDX-License-Identifier: Apache-2.0

import time
from typing import Any

import pytest
from hypothesis import given

from policies.design import (
    Designs,
    Independence,
    components_under,
    elements_lost,
    elements_lost_together,
    independence_of,
    single_points_of_compromise,
    what_still_protects,
)
from policies.documents import read_designs
from policies.packs import load_pack
from policies.vocabulary.elements import Element
from tests.support import drawn_designs
from tests.support.documents import METHOD, designs

K, P, INH = Element.KNOWLEDGE, Element.POSSESSION, Element.INHERENCE
ONE_PHONE = load_pack("design-one-phone")
PIN_ENTRY = b"class: input, title: PIN entry, technology: keypad drawn by the app, rests_on: [app]"
SEPARATED = b"class: execution_environment, title: PIN entry, technology: separated environment"


def analysed(source: bytes) -> Independence:
    read = read_designs(source)
    return independence_of(read, read.methods[0])


def test_on_one_phone_the_key_store_and_the_app_are_shared() -> None:
    found = analysed(ONE_PHONE)

    assert found.lost["key-store"] == (P, INH)
    assert found.lost["app"] == (K, P)
    assert found.single_points == ("phone-os", "app", "key-store")


def test_a_separated_pin_entry_takes_the_mark_from_the_app() -> None:
    assert PIN_ENTRY in ONE_PHONE

    found = analysed(ONE_PHONE.replace(PIN_ENTRY, SEPARATED))

    assert found.lost["app"] == (P,)
    assert found.lost["pin-entry"] == (K,)
    assert found.single_points == ("phone-os", "key-store")


def test_components_that_cost_the_same_are_together_and_the_worst_come_first() -> None:
    found = analysed(ONE_PHONE)

    assert [(loss.elements, loss.components, loss.is_single_point) for loss in found.losses] == [
        ((K, P, INH), ("phone-os",), True),
        ((K, P), ("app",), True),
        ((P, INH), ("key-store",), True),
        ((K,), ("pin-entry", "pin-server"), False),
        ((P,), ("device-key",), False),
        ((INH,), ("fingerprint-sensor",), False),
    ]


def test_pairs_are_told_by_what_their_components_cost() -> None:
    found = analysed(designs())

    (pair,) = found.pairs
    assert (pair.one, pair.other, pair.elements) == (
        ("phone-os", "app", "server"),
        ("key",),
        (K, P),
    )


def test_what_still_protects_an_element_is_what_does_not_fall_with_the_component() -> None:
    read = read_designs(ONE_PHONE)

    knowledge, possession, inherence = what_still_protects(read, read.methods[0], "app")

    assert (knowledge.path, knowledge.untouched) == (
        ("pin-entry", "app"),
        ("phone-os", "pin-server"),
    )
    assert (possession.path, possession.is_lost) == (("app",), True)
    assert possession.untouched == ("phone-os", "key-store", "device-key")
    assert (inherence.path, inherence.is_lost) == ((), False)
    assert inherence.untouched == ("phone-os", "key-store", "fingerprint-sensor")


def test_what_still_protects_leaves_out_all_that_rests_on_the_component() -> None:
    read = read_designs(ONE_PHONE)

    of_all = what_still_protects(read, read.methods[0], "phone-os")

    assert [each.untouched for each in of_all] == [("pin-server",), (), ("fingerprint-sensor",)]
    assert of_all[0].path == ("pin-entry", "app", "phone-os")


def test_an_unknown_component_protects_nothing() -> None:
    read = read_designs(designs())

    with pytest.raises(KeyError):
        what_still_protects(read, read.methods[0], "nothing")


def test_a_component_that_no_element_rests_on_costs_nothing() -> None:
    components: list[dict[str, Any]] = [
        {"id": "spare", "class": "server"},
        {"id": "app", "class": "app"},
    ]
    element = {"knowledge": {"rests_on": ["app"]}}
    read = read_designs(designs(components=components, methods=[METHOD | {"elements": element}]))

    assert independence_of(read, read.methods[0]).lost == {"app": (K,)}
    (knowledge,) = what_still_protects(read, read.methods[0], "spare")
    assert (knowledge.is_lost, knowledge.untouched) == (False, ("app",))


@given(read=drawn_designs.designs())
def test_losses_and_pairs_are_those_of_the_plain_definitions(read: Designs) -> None:
    for design in read.methods:
        found = independence_of(read, design)

        lost = elements_lost(read, design)
        assert {id_: {*gone} for id_, gone in found.lost.items()} == {
            id_: gone for id_, gone in lost.items() if gone
        }
        assert {*found.single_points} == {*single_points_of_compromise(read, design)}
        assert {
            frozenset((one, other)): frozenset(pair.elements)
            for pair in found.pairs
            for one in pair.one
            for other in pair.other
        } == {frozenset(pair): gone for pair, gone in elements_lost_together(read, design).items()}


@given(read=drawn_designs.designs())
def test_an_element_is_lost_or_stands_on_all_that_it_rests_on(read: Designs) -> None:
    for design in read.methods:
        for component in read.components:
            for each in what_still_protects(read, design, component):
                under = components_under(read, design.elements[each.element])
                assert each.is_lost == (component in under)
                assert {*each.untouched} == {
                    id_ for id_ in under if component not in components_under(read, [id_])
                }
                steps = zip(each.path, each.path[1:], strict=False)
                assert all(below in read.components[above].rests_on for above, below in steps)
                assert each.path[-1:] == ((component,) if each.is_lost else ())


def test_the_largest_document_takes_a_moment() -> None:
    components: list[dict[str, Any]] = [
        {"id": f"c{n}", "class": "app", "rests_on": [f"c{m}" for m in range(max(0, n - 60), n)]}
        for n in range(500)
    ]
    elements = {
        "knowledge": {"rests_on": ["c499"]},
        "possession": {"rests_on": ["c250"]},
        "inherence": {"rests_on": ["c100"]},
    }
    methods = [{"method": f"m{n}", "elements": elements} for n in range(200)]
    read = read_designs(designs(components=components, methods=methods))
    began = time.process_time()

    for design in read.methods:
        independence_of(read, design)
        what_still_protects(read, design, "c0")

    assert time.process_time() - began < 10
