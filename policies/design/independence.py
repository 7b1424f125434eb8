"""Independence of the elements of one method, for people: what falls together, and what still stands.

`policies.design.analysis` has the plain definitions; tests hold this module to them. Here everything
that rests on something is worked out once per document, and components that cost the same are kept
together, so that five hundred components in two hundred methods are shown in a moment.
"""
# SPDX-License-Identifier: Apache-2.0

from collections import deque
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import combinations
from typing import Final

from policies.design.model import Design, Designs
from policies.vocabulary.elements import Element

_REMEMBERED: Final = "independence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The components whose breach costs exactly these elements, whichever of them it is."""

    elements: tuple[Element, ...]
    components: tuple[str, ...]

    @property
    def is_single_point(self) -> bool:
        """Whether each of the components is a single point of compromise (RTS Article 9(1))."""
        return len(self.elements) >= 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLoss:
    """What is lost when any of `one` and any of `other` are breached: more than by either alone."""

    one: tuple[str, ...]
    other: tuple[str, ...]
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What becomes of one element when one component is breached.

    `path` leads from a component that the element rests on directly to the breached one; it is
    empty where the element stands. `untouched` are the components under the element that are
    neither the breached one nor rest on it: what still protects the element where it stands, and
    what an attacker would not have broken where it is lost.
    """

    element: Element
    path: tuple[str, ...]
    untouched: tuple[str, ...]

    @property
    def is_lost(self) -> bool:
        """Whether the element rests on the breached component."""
        return bool(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Independence:
    """The independence analysis of one method; components in the document's order.

    `losses` begin with what costs most. `pairs` are all pairs of components that cost more together
    than either does alone.
    """

    design: Design
    losses: tuple[Loss, ...]
    pairs: tuple[PairLoss, ...]

    @property
    def single_points(self) -> tuple[str, ...]:
        """The components whose breach costs two elements of different categories."""
        return tuple(
            component
            for loss in self.losses
            if loss.is_single_point
            for component in loss.components
        )

    @property
    def lost(self) -> dict[str, tuple[Element, ...]]:
        """The elements that each component under the method costs."""
        return {component: loss.elements for loss in self.losses for component in loss.components}


def independence_of(designs: Designs, design: Design) -> Independence:
    """Return what each component under a method costs, and each pair of them."""
    masks = _masks(designs)
    under = {element: _mask_under(designs, design, element) for element in _elements_of(design)}
    by_loss: dict[tuple[Element, ...], list[str]] = {}
    for place, component in enumerate(masks):
        gone = tuple(element for element, mask in under.items() if mask >> place & 1)
        if gone:
            by_loss.setdefault(gone, []).append(component)
    losses = tuple(
        Loss(elements=gone, components=tuple(by_loss[gone]))
        for gone in sorted(by_loss, key=lambda gone: (-len(gone), [*map(_RANK.__getitem__, gone)]))
    )
    return Independence(design=design, losses=losses, pairs=_pairs(losses))


def what_still_protects(designs: Designs, design: Design, component: str) -> tuple[Protection, ...]:
    """Return, for each element of a method, what still protects it if `component` is breached.

    Raises:
        KeyError: if the document has no such component.
    """
    masks = _masks(designs)
    place = [*masks].index(component) if component in masks else None
    if place is None:
        raise KeyError(component)
    touched = sum(1 << each for each, mask in enumerate(masks.values()) if mask >> place & 1)
    return tuple(
        Protection(
            element=element,
            path=_path(designs, design.elements[element], component),
            untouched=_ids(designs, _mask_under(designs, design, element) & ~touched),
        )
        for element in _elements_of(design)
    )


_RANK: Final = {element: rank for rank, element in enumerate(Element)}


def _elements_of(design: Design) -> tuple[Element, ...]:
    """Return the elements of a method, in the order of RTS Articles 6, 7 and 8."""
    return tuple(element for element in Element if element in design.elements)


def _pairs(losses: tuple[Loss, ...]) -> tuple[PairLoss, ...]:
    """Return the pairs of losses that cost more together than either does alone."""
    pairs = []
    for one, other in combinations(losses, 2):
        both = {*one.elements, *other.elements}
        if len(both) > max(len(one.elements), len(other.elements)):
            elements = tuple(element for element in Element if element in both)
            pairs.append(PairLoss(one=one.components, other=other.components, elements=elements))
    return tuple(pairs)


def _masks(designs: Designs) -> dict[str, int]:
    """Return each component with itself and everything under it, one bit for each component."""
    if _REMEMBERED not in designs.remembered:
        bits = {id_: 1 << place for place, id_ in enumerate(designs.components)}
        graph = {id_: component.rests_on for id_, component in designs.components.items()}
        masks = dict(bits)
        for id_ in TopologicalSorter(graph).static_order():
            for below in graph[id_]:
                masks[id_] |= masks[below]
        designs.remembered[_REMEMBERED] = masks
    found: dict[str, int] = designs.remembered[_REMEMBERED]
    return found


def _mask_under(designs: Designs, design: Design, element: Element) -> int:
    """Return everything that an element rests on, directly or not."""
    masks, under = _masks(designs), 0
    for root in design.elements[element]:
        under |= masks[root]
    return under


def _ids(designs: Designs, mask: int) -> tuple[str, ...]:
    """Return the components of a mask, in the document's order."""
    return tuple(id_ for place, id_ in enumerate(designs.components) if mask >> place & 1)


def _path(designs: Designs, roots: tuple[str, ...], component: str) -> tuple[str, ...]:
    """Return a shortest way from one of the roots down to a component; empty if there is none."""
    ways: deque[tuple[str, ...]] = deque((root,) for root in dict.fromkeys(roots))
    seen = set(roots)
    while ways:
        way = ways.popleft()
        if way[-1] == component:
            return way
        for below in designs.components[way[-1]].rests_on:
            if below not in seen:
                seen.add(below)
                ways.append((*way, below))
    return ()
