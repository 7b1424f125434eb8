"""What pages show of a document of designs: the matrix of each method, breaches, and the inventory."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from typing import Any

from compliance.core.errors import NotFoundError
from policies.design import (
    ALGORITHMS,
    Component,
    Design,
    Designs,
    Item,
    difference_of_designs,
    independence_of,
    inventory_of,
    what_still_protects,
)
from policies.vocabulary.elements import Element


@dataclass(frozen=True, slots=True)
class Cell:
    """How one element rests on one component: directly, through others, or not at all."""

    element: Element
    is_direct: bool
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One component with its cells; `is_single_point` if its breach costs two elements."""

    component: Component
    cells: tuple[Cell, ...]
    is_single_point: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Components of which any one, breached with any one of the others, costs more than alone."""

    one: tuple[Component, ...]
    other: tuple[Component, ...]
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The independence matrix of one authentication method (RTS Article 9(1))."""

    design: Design
    elements: tuple[Element, ...]
    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]

    @property
    def single_points(self) -> tuple[Component, ...]:
        """The components that are single points of compromise."""
        return tuple(row.component for row in self.rows if row.is_single_point)


@dataclass(frozen=True, slots=True)
class Left:
    """What the breach leaves of one element: how it is lost, and what is untouched under it."""

    element: Element
    is_lost: bool
    path: tuple[Component, ...]
    untouched: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Breach:
    """What the breach of one component leaves of one method."""

    design: Design
    elements: tuple[Left, ...]

    @property
    def standing(self) -> int:
        """How many elements stand; strong customer authentication stands on two."""
        return sum(not each.is_lost for each in self.elements)


def analysed(designs: Designs) -> dict[str, Any]:
    """Return what pages say of a document: the matrix of each method, and the inventory."""
    items = {item.component.id: item for item in inventory_of(designs)}
    return {
        "matrices": tuple(matrix_of(designs, design) for design in designs.methods),
        "inventory": tuple(
            (component, items.get(component.id, Item(component=component, uses=())))
            for component in designs.components.values()
        ),
        "warnings": sum(len(item.warnings) for item in items.values()),
        "algorithms_as_of": ALGORITHMS.as_of,
    }


def matrix_of(designs: Designs, design: Design) -> Matrix:
    """Return the matrix of one method: the components under it, in the document's order."""
    found = independence_of(designs, design)
    lost, single = found.lost, {*found.single_points}
    direct = {(element, id_) for element, roots in design.elements.items() for id_ in roots}
    elements = tuple(element for element in Element if element in design.elements)
    rows = tuple(
        Row(
            component=component,
            cells=tuple(
                Cell(element, (element, id_) in direct, element in lost[id_])
                for element in elements
            ),
            is_single_point=id_ in single,
        )
        for id_, component in designs.components.items()
        if id_ in lost
    )
    pairs = tuple(
        Pair(_named(designs, pair.one), _named(designs, pair.other), pair.elements)
        for pair in found.pairs
    )
    return Matrix(design=design, elements=elements, rows=rows, pairs=pairs)


def _named(designs: Designs, ids: tuple[str, ...]) -> tuple[Component, ...]:
    """Return the components of these ids."""
    return tuple(designs.components[id_] for id_ in ids)


def breached(designs: Designs, asked: str) -> dict[str, Any]:
    """Return what the breach of a component leaves; nothing, if none is asked for.

    Raises:
        NotFoundError: if the design has no such component.
    """
    if not asked:
        return {}
    if asked not in designs.components:
        raise NotFoundError("component", asked[:80])
    breaches = tuple(_breach(designs, design, asked) for design in designs.methods)
    return {"asked": designs.components[asked], "breaches": breaches}


def _breach(designs: Designs, design: Design, component: str) -> Breach:
    """Return what the breach of a component leaves of one method."""
    elements = (
        Left(
            each.element,
            each.is_lost,
            _named(designs, each.path),
            _named(designs, each.untouched),
        )
        for each in what_still_protects(designs, design, component)
    )
    return Breach(design, tuple(elements))


def compared(before: Designs | None, after: Designs) -> dict[str, Any]:
    """Return what a page says of a new document beside the one in force (None: there is none).

    `befores` has the matrix of each method as it is now, by method: what the new one is held against.
    """
    old = () if before is None else before.methods
    return {
        "difference": difference_of_designs(before, after),
        "befores": () if before is None else tuple(matrix_of(before, each) for each in old),
    }
