"""Authentication designs: elements by components, single points of compromise marked."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.designs.selectors import design_version_in_force, read_design_document
from compliance.web.access import SeatedRequest, page
from compliance.web.permissions import Permission
from policies.design import (
    Component,
    Design,
    Designs,
    components_under,
    elements_lost,
    single_points_of_compromise,
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
class Matrix:
    """The independence matrix of one authentication method (RTS Article 9(1))."""

    design: Design
    elements: tuple[Element, ...]
    rows: tuple[Row, ...]

    @property
    def single_points(self) -> int:
        """How many components are single points of compromise."""
        return sum(row.is_single_point for row in self.rows)


@page(Permission.READ_POLICIES)
@require_GET
def designs(request: SeatedRequest) -> HttpResponse:
    """Show the designs in force."""
    version = design_version_in_force(request.seat.psp, at=timezone.now())
    context: dict[str, Any] = {"version": version, "matrices": (), "components": ()}
    if version is not None:
        document = read_design_document(version.document)
        context["matrices"] = tuple(matrix_of(document, design) for design in document.methods)
        context["components"] = tuple(document.components.values())
    return render(request, "web/designs/designs.html", context)


def matrix_of(designs: Designs, design: Design) -> Matrix:
    """Return the matrix of one method: the components under it, in the document's order."""
    lost = elements_lost(designs, design)
    single = set(single_points_of_compromise(designs, design))
    direct = {(element, id_) for element, roots in design.elements.items() for id_ in roots}
    used = components_under(designs, [id_ for roots in design.elements.values() for id_ in roots])
    rows = tuple(
        Row(
            component=component,
            cells=tuple(
                Cell(element, (element, id_) in direct, element in lost[id_])
                for element in design.elements
            ),
            is_single_point=id_ in single,
        )
        for id_, component in designs.components.items()
        if id_ in used
    )
    return Matrix(design=design, elements=tuple(design.elements), rows=rows)
