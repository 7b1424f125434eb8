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
from policies.design.difference import (
    DesignChange,
    DesignDifference,
    FieldChange,
    SinglePoint,
    difference_of_designs,
)
from policies.design.independence import (
    Independence,
    Loss,
    PairLoss,
    Protection,
    independence_of,
    what_still_protects,
)
from policies.design.inventory import ALGORITHMS, Item, Use, inventory_of, uses_in
from policies.design.model import Component, Design, Designs

__all__ = [
    "ALGORITHMS",
    "Component",
    "Design",
    "DesignChange",
    "DesignDifference",
    "Designs",
    "FieldChange",
    "Hits",
    "Independence",
    "Item",
    "Loss",
    "PairLoss",
    "Protection",
    "SinglePoint",
    "Use",
    "components_under",
    "design_for",
    "difference_of_designs",
    "element_hits",
    "element_statuses",
    "elements_lost",
    "elements_lost_together",
    "independence_of",
    "inventory_of",
    "single_points_of_compromise",
    "uses_in",
    "what_still_protects",
]
