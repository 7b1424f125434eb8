"""Authentication designs are read as a whole, or refused with all their problems."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from policies.documents import (
    DesignDocumentError,
    digest_of_designs,
    read_designs,
    write_designs,
)
from policies.documents.errors import Problem
from policies.packs import load_pack
from policies.vocabulary.components import ComponentClass
from policies.vocabulary.elements import Element
from tests.support.documents import COMPONENTS, METHOD, designs


def problems_of(document: bytes) -> tuple[Problem, ...]:
    with pytest.raises(DesignDocumentError) as caught:
        read_designs(document)
    return caught.value.problems


def method(**changes: Any) -> dict[str, Any]:
    return METHOD | changes


def test_a_document_is_read_as_it_is_written() -> None:
    read = read_designs(
        designs(
            components=[
                COMPONENTS[0] | {"title": "Phone", "supplier": "its maker"},
                *COMPONENTS[1:],
            ],
            methods=[method(title="PIN", app_versions={"at_least": "7.0", "below": "8"})],
        )
    )

    assert read.name == "A design"
    assert read.components["phone-os"].class_ is ComponentClass.OPERATING_SYSTEM
    assert read.components["phone-os"].supplier == "its maker"
    assert read.components["app"].rests_on == ("phone-os",)
    (design,) = read.methods
    assert (design.method, design.title) == ("app-pin", "PIN")
    assert (design.app_at_least, design.app_below) == ((7,), (8,))
    assert design.elements[Element.KNOWLEDGE] == ("app", "server")


def test_what_was_written_reads_as_the_same() -> None:
    bounded = method(app_versions={"below": 7.3}, title="T")
    read = read_designs(designs(methods=[bounded, method(method="letter")]))

    assert read_designs(write_designs(read)) == read
    assert digest_of_designs(read).startswith("sha256:")
    assert digest_of_designs(read) != digest_of_designs(read_designs(load_pack("design-demo")))


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"schema": 2}, "/schema", "expected 1"),
        ({"name": ""}, "/name", "not a blank"),
        ({"components": []}, "/components", "expected 1 to 500"),
        ({"methods": []}, "/methods", "expected 1 to 200"),
        ({"methods": [{"method": "m"}]}, "/methods/0", "`elements` is missing"),
        ({"methods": [method(elements={})]}, "/methods/0/elements", "at least one element"),
        (
            {"methods": [method(elements={"posession": {"rests_on": ["key"]}})]},
            "/methods/0/elements/posession",
            "did you mean `possession`?",
        ),
        (
            {"methods": [method(elements={"possession": {"rests_on": []}})]},
            "/methods/0/elements/possession",
            "rests on at least one component",
        ),
        (
            {"methods": [method(elements={"possession": {}})]},
            "/methods/0/elements/possession",
            "`rests_on` is missing",
        ),
        (
            {"methods": [method(elements={"possession": {"rests_on": ["keys"]}})]},
            "/methods/0/elements/possession",
            "unknown component `keys` (did you mean `key`?)",
        ),
        (
            {"methods": [method(app_versions={"at_least": "x"})]},
            "/methods/0/app_versions/at_least",
            "expected a version",
        ),
        (
            {"methods": [method(app_versions={"at_least": "8", "below": "7"})]},
            "/methods/0/app_versions",
            "no app version",
        ),
        ({"methods": [METHOD, METHOD]}, "/methods", "two designs of `app-pin`"),
        (
            {
                "methods": [
                    method(app_versions={"at_least": "7"}),
                    method(app_versions={"at_least": "6", "below": "7.1"}),
                ]
            },
            "/methods",
            "two designs of `app-pin`",
        ),
        (
            {"components": [*COMPONENTS, {"id": "key", "class": "key_store"}]},
            "/components/4",
            "used by an earlier component",
        ),
        (
            {"components": [*COMPONENTS, {"id": "x", "class": "key_stor"}]},
            "/components/4/class",
            "did you mean `key_store`?",
        ),
        ({"components": [*COMPONENTS, {"id": "x"}]}, "/components/4", "`class` is missing"),
        (
            {"components": [*COMPONENTS, {"id": "x", "class": "app", "rests_on": ["kye"]}]},
            "/components/4/rests_on",
            "did you mean `key`?",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    changes: dict[str, Any], pointer: str, words: str
) -> None:
    problem = problems_of(designs(**changes))[0]

    assert problem.pointer == pointer
    assert words in problem.detail


def test_designs_of_one_method_may_follow_each_other() -> None:
    read = read_designs(
        designs(
            methods=[
                method(app_versions={"below": "7"}),
                method(app_versions={"at_least": "7", "below": "8"}),
                method(app_versions={"at_least": "8"}),
            ]
        )
    )

    assert len(read.methods) == 3


def test_a_component_cannot_rest_on_itself() -> None:
    circle = [
        {"id": "a", "class": "app", "rests_on": ["b"]},
        {"id": "b", "class": "app", "rests_on": ["c"]},
        {"id": "c", "class": "app", "rests_on": ["a"]},
    ]
    problem, *_ = problems_of(designs(components=[*COMPONENTS, *circle]))

    chains = [
        "`a` rests on `b` rests on `c` rests on `a`",
        "`b` rests on `c` rests on `a` rests on `b`",
        "`c` rests on `a` rests on `b` rests on `c`",
    ]
    assert problem.pointer == "/components"
    assert problem.detail.removeprefix("a component rests on itself: ") in chains


def test_every_problem_is_named_at_once() -> None:
    document = designs(
        name="",
        components=[*COMPONENTS, {"id": "a b", "class": "app"}, {"id": "y"}],
        methods=[method(method="a b"), method(elements={"possession": 5})],
    )

    assert [problem.pointer for problem in problems_of(document)] == [
        "/name",
        "/components/4/id",
        "/components/5",
        "/methods/0/method",
        "/methods/1/elements/possession",
    ]


def test_a_document_that_is_none_is_refused() -> None:
    assert problems_of(b"[]")[0].detail == "expected an object, not a list"
    assert problems_of(b"\xff")[0].detail == "byte 0 is not valid UTF-8"
    assert len(problems_of(b"{}")) == 4
    assert len(problems_of(designs(**{f"unknown-{n}": 1 for n in range(200)}))) == 100
