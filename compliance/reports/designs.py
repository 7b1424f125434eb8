"""The authentication designs in force, and what the breach of each component would cost."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime

from compliance.assessments.scope import Scope
from compliance.designs.models import DesignVersion
from compliance.designs.selectors import design_version_in_force, read_design_document
from policies.design import (
    Component,
    Design,
    Designs,
    elements_lost,
    single_points_of_compromise,
)
from policies.vocabulary.elements import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One component: which elements of the method are lost when it is breached."""

    component: Component
    lost: tuple[bool, ...]
    is_single_point: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """One method's independence: components that any element rests on, against its elements."""

    design: Design
    applies_to: str
    elements: tuple[Element, ...]
    rows: tuple[MatrixRow, ...]

    @property
    def single_points(self) -> tuple[Component, ...]:
        """The components whose breach costs two elements of different categories."""
        return tuple(row.component for row in self.rows if row.is_single_point)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignViews:
    """The version in force at the end of the period; empty where none is registered."""

    version: DesignVersion | None
    designs: Designs | None
    matrices: tuple[Matrix, ...]

    @property
    def single_points(self) -> int:
        """How many single points of compromise there are, over all methods."""
        return sum(len(matrix.single_points) for matrix in self.matrices)


def design_views(scope: Scope, *, as_of: datetime) -> DesignViews:
    """Return the designs in force at the end of the scope, as the checkpoint has them."""
    version = _version(scope, as_of)
    if version is None:
        return DesignViews(version=None, designs=None, matrices=())
    designs = read_design_document(version.document)
    matrices = tuple(_matrix(designs, design) for design in designs.methods)
    return DesignViews(version=version, designs=designs, matrices=matrices)


def _version(scope: Scope, as_of: datetime) -> DesignVersion | None:
    """Return the version in force, leaving out those that the checkpoint does not cover."""
    version = design_version_in_force(scope.psp, at=min(scope.end, as_of))
    later = scope.later_refs("design_activated")
    while version is not None and version.ref in later:
        older = DesignVersion.objects.filter(psp=scope.psp, number__lt=version.number)
        version = older.order_by("-number").first()
    return version


def _matrix(designs: Designs, design: Design) -> Matrix:
    """Return the independence matrix of one method."""
    lost = elements_lost(designs, design)
    points = single_points_of_compromise(designs, design)
    elements = tuple(element for element in Element if element in design.elements)
    rows = [
        MatrixRow(
            component=designs.components[component],
            lost=tuple(element in gone for element in elements),
            is_single_point=component in points,
        )
        for component, gone in lost.items()
        if gone
    ]
    return Matrix(
        design=design,
        applies_to=_applies_to(design),
        elements=elements,
        rows=tuple(sorted(rows, key=lambda row: not row.is_single_point)),
    )


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
