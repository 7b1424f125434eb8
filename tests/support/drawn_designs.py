"""Hypothesis strategies for authentication designs, and for what findings hit under one."""
# SPDX-License-Identifier: Apache-2.0

from hypothesis import strategies as st

from policies.design import Component, Design, Designs, Hits, element_hits
from policies.vocabulary.components import ComponentClass
from policies.vocabulary.elements import Element
from tests.support.drawn_facts import METHODS, words
from tests.support.strategies import grounds, names

Versions = tuple[int, ...] | None


@st.composite
def components(draw: st.DrawFn, id_: str, below: list[str]) -> Component:
    """Return a component that rests on some of those below it."""
    rests_on = draw(st.lists(st.sampled_from(below), max_size=2, unique=True)) if below else []
    return Component(
        id=id_,
        class_=draw(st.sampled_from(ComponentClass)),
        title=draw(words),
        technology=draw(words),
        algorithm=draw(words),
        parameters=draw(words),
        supplier=draw(words),
        rests_on=tuple(rests_on),
    )


@st.composite
def designs(draw: st.DrawFn) -> Designs:
    """Return designs of some methods: one for all app versions, or one each for older and newer."""
    ids = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    of_all = [draw(components(id_, ids[:place])) for place, id_ in enumerate(ids)]
    methods: list[Design] = []
    for method in draw(st.lists(st.sampled_from(METHODS), min_size=1, max_size=3, unique=True)):
        ranges: list[tuple[Versions, Versions]] = draw(
            st.sampled_from([[(None, None)], [(None, (7, 3)), ((7, 3), None)], [((7,), (8,))]])
        )
        for at_least, below in ranges:
            of_design = draw(
                st.lists(st.sampled_from(Element), min_size=1, max_size=3, unique=True)
            )
            roots = st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True).map(tuple)
            methods.append(
                Design(
                    method=method,
                    title=draw(words),
                    app_at_least=at_least,
                    app_below=below,
                    elements={element: draw(roots) for element in of_design},
                )
            )
    return Designs(
        name=draw(grounds),
        components={component.id: component for component in of_all},
        methods=tuple(methods),
    )


@st.composite
def _hits_of_a_design(draw: st.DrawFn) -> Hits:
    of_all = draw(designs())
    return element_hits(of_all, draw(st.sampled_from(of_all.methods)))


hits: st.SearchStrategy[Hits] = st.just(element_hits(None, None)) | _hits_of_a_design()
