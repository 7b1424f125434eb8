"""The authentication designs in force, and what the breach of each component would cost."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime

from compliance.assessments.scope import Scope
from compliance.designs.models import DesignActivation
from compliance.designs.selectors import design_activations_until, read_design_document
from policies.design import (
    Component,
    Design,
    Designs,
    Independence,
    Item,
    independence_of,
    inventory_of,
    what_still_protects,
)
from policies.vocabulary.components import ComponentClass
from policies.vocabulary.elements import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One component: which elements of the method are lost when it is breached."""

    component: Component
    lost: tuple[bool, ...]
    is_single_point: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A component whose breach costs two elements of different categories, and what it leaves."""

    component: Component
    lost: tuple[Element, ...]
    left: tuple[Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """One element while the operating system is compromised, and what does not fall with that."""

    element: Element
    is_lost: bool
    untouched: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemBreach:
    """What the breach of one operating system leaves of a method."""

    component: Component
    elements: tuple[Protected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Components of which any one, breached with any one of the others, costs two elements.

    Neither costs two alone.
    """

    one: tuple[Component, ...]
    other: tuple[Component, ...]
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """One method's independence: components that any element rests on, against its elements."""

    design: Design
    applies_to: str
    elements: tuple[Element, ...]
    rows: tuple[MatrixRow, ...]
    shared: tuple[Shared, ...]
    pairs: tuple[Pair, ...]
    system_breaches: tuple[SystemBreach, ...]

    @property
    def single_points(self) -> tuple[Component, ...]:
        """The components whose breach costs two elements of different categories."""
        return tuple(row.component for row in self.rows if row.is_single_point)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignViews:
    """The version in force at the end of the period; empty where none is registered."""

    activation: DesignActivation | None
    designs: Designs | None
    matrices: tuple[Matrix, ...]

    @property
    def single_points(self) -> int:
        """How many single points of compromise there are, over all methods."""
        return sum(len(matrix.single_points) for matrix in self.matrices)

    @property
    def inventory(self) -> tuple[Item, ...]:
        """What the components say of their algorithms."""
        return () if self.designs is None else inventory_of(self.designs)

    @property
    def looked_at(self) -> tuple[Item, ...]:
        """The components of which an algorithm is warned of, incomplete or not known."""
        return tuple(
            item for item in self.inventory if item.warnings or item.unstated or item.is_unknown
        )


def design_views(scope: Scope, *, as_of: datetime) -> DesignViews:
    """Return the designs in force at the end of the scope, as the checkpoint has them."""
    activation = next(iter(known_activations(scope, as_of=as_of)), None)
    if activation is None:
        return DesignViews(activation=None, designs=None, matrices=())
    designs = read_design_document(activation.version.document)
    matrices = tuple(_matrix(designs, design) for design in designs.methods)
    return DesignViews(activation=activation, designs=designs, matrices=matrices)


def known_activations(scope: Scope, *, as_of: datetime) -> tuple[DesignActivation, ...]:
    """Return what had come into force by the scope's end and the checkpoint covers, newest first."""
    activations = design_activations_until(scope.psp, at=min(scope.end, as_of))
    later = _later_activations(scope)
    return tuple(each for each in activations if (each.version.ref, each.active_from) not in later)


def _later_activations(scope: Scope) -> frozenset[tuple[str, datetime]]:
    """Return the activations that the checkpoint does not cover: which version, and from when.

    A version can come back, so its reference alone does not say which time is meant. Entries from
    before designs were approved name the moment as `at` alone.
    """
    bodies = scope.later_bodies("design_activated")
    return frozenset(
        (body["ref"], datetime.fromisoformat(body.get("active_from", body["at"])))
        for body in bodies
    )


def _matrix(designs: Designs, design: Design) -> Matrix:
    """Return the independence matrix of one method."""
    found = independence_of(designs, design)
    elements = tuple(element for element in Element if element in design.elements)
    rows = [
        MatrixRow(
            component=component,
            lost=tuple(element in found.lost[id_] for element in elements),
            is_single_point=len(found.lost[id_]) >= 2,
        )
        for id_, component in designs.components.items()
        if id_ in found.lost
    ]
    return Matrix(
        design=design,
        applies_to=_applies_to(design),
        elements=elements,
        rows=tuple(sorted(rows, key=lambda row: not row.is_single_point)),
        shared=_shared(designs, found, elements),
        pairs=_pairs(designs, found),
        system_breaches=tuple(
            _system_breach(designs, design, component)
            for id_, component in designs.components.items()
            if id_ in found.lost and component.class_ is ComponentClass.OPERATING_SYSTEM
        ),
    )


def _shared(
    designs: Designs, found: Independence, elements: tuple[Element, ...]
) -> tuple[Shared, ...]:
    """Return the single points of compromise of a method, the costliest first."""
    return tuple(
        Shared(
            component=designs.components[id_],
            lost=found.lost[id_],
            left=tuple(element for element in elements if element not in found.lost[id_]),
        )
        for id_ in found.single_points
    )


def _pairs(designs: Designs, found: Independence) -> tuple[Pair, ...]:
    """Return the pairs that compromise two elements, where neither component does so alone."""
    single = {*found.single_points}
    return tuple(
        Pair(
            one=_named(designs, pair.one),
            other=_named(designs, pair.other),
            elements=pair.elements,
        )
        for pair in found.pairs
        if not single & {*pair.one, *pair.other}
    )


def _system_breach(designs: Designs, design: Design, component: Component) -> SystemBreach:
    """Return what still protects the elements if an operating system is compromised."""
    return SystemBreach(
        component=component,
        elements=tuple(
            Protected(
                element=each.element,
                is_lost=each.is_lost,
                untouched=_named(designs, each.untouched),
            )
            for each in what_still_protects(designs, design, component.id)
        ),
    )


def _named(designs: Designs, ids: tuple[str, ...]) -> tuple[Component, ...]:
    """Return the components of these ids."""
    return tuple(designs.components[id_] for id_ in ids)


def _applies_to(design: Design) -> str:
    """Return the range of app versions in words."""
    least, below = (
        ".".join(map(str, version)) if version else ""
        for version in (design.app_at_least, design.app_below)
    )
    if not (least or below):
        return "all app versions"
    parts = [f"from {least}" if least else "", f"below {below}" if below else ""]
    return f"app versions {' and '.join(filter(None, parts))}"
