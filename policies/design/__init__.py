"""Authentication designs and the independence of the elements."""
# SPDX-License-Identifier: Apache-2.0

from policies.design.analysis import (
    Hits,
    components_under,
    design_for,
    element_hits,
    element_statuses,
    elements_lost,
    elements_lost_together,
    single_points_of_compromise,
)
from policies.design.model import Component, Design, Designs

__all__ = [
    "Component",
    "Design",
    "Designs",
    "Hits",
    "components_under",
    "design_for",
    "element_hits",
    "element_statuses",
    "elements_lost",
    "elements_lost_together",
    "single_points_of_compromise",
]
