"""Independence of the elements, RTS Article 9(1): what is lost when a component is breached."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Final

from policies.design.model import Design, Designs
from policies.vocabulary.components import ComponentClass
from policies.vocabulary.elements import STATUS_RANK, Element, ElementStatus
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState, Severity

Hits = Mapping[str, frozenset[Element]]
"""For each finding code, the elements that it puts in question."""


def components_under(designs: Designs, roots: Iterable[str]) -> frozenset[str]:
    """Return the ids of `roots` and of everything that these rest on, directly or not."""
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        component = waiting.pop()
        if component not in seen:
            seen.add(component)
            waiting.extend(designs.components[component].rests_on)
    return frozenset(seen)


def elements_lost(designs: Designs, design: Design) -> dict[str, frozenset[Element]]:
    """Return, for each component, the elements that are lost when it is breached."""
    lost: dict[str, set[Element]] = {component: set() for component in designs.components}
    for element, roots in design.elements.items():
        for component in components_under(designs, roots):
            lost[component].add(element)
    return {component: frozenset(elements) for component, elements in lost.items()}


def elements_lost_together(
    designs: Designs, design: Design
) -> dict[tuple[str, str], frozenset[Element]]:
    """Return, for each pair of components, the elements that are lost when both are breached.

    Pairs whose breach costs no more than that of one of the two are left out: they say nothing
    that `elements_lost` does not. For the matrix of a design, which has every component and every
    pair of them (product.md, "Authentication design").
    """
    lost = elements_lost(designs, design)
    together = {(one, other): lost[one] | lost[other] for one, other in combinations(lost, 2)}
    return {
        (one, other): elements
        for (one, other), elements in together.items()
        if elements not in (lost[one], lost[other])
    }


def single_points_of_compromise(designs: Designs, design: Design) -> tuple[str, ...]:
    """Return the components whose breach costs two elements of different categories."""
    lost = elements_lost(designs, design)
    return tuple(component for component, elements in lost.items() if len(elements) >= 2)


def design_for(
    designs: Designs | None, method: str, app_version: tuple[int, ...] | None
) -> Design | None:
    """Return the design of a method for an app version; None if none is registered.

    An app of unknown version gets a design only if that has no bounds: a made-up version must
    not choose a friendlier design.
    """
    for design in designs.methods if designs is not None else ():
        if design.method != method:
            continue
        if design.app_at_least is None and design.app_below is None:
            return design
        if (
            app_version is not None
            and (design.app_at_least is None or app_version >= design.app_at_least)
            and (design.app_below is None or app_version < design.app_below)
        ):
            return design
    return None


_NO_DESIGN_HITS: Final[Hits] = {
    code: frozenset(Element(name) for name in type_.elements_in_doubt if name in set(Element))
    for code, type_ in CATALOGUE.items()
}
"""Where no design is registered, the catalogue's word is the fallback."""


def element_hits(designs: Designs | None, design: Design | None) -> Hits:
    """Return which elements each finding code hits under a design, or by the catalogue without."""
    if designs is None or design is None:
        return _NO_DESIGN_HITS
    key = tuple(design.elements.items())
    if key not in designs.remembered:
        designs.remembered[key] = _hits_of(designs, design)
    hits: Hits = designs.remembered[key]
    return hits


def _hits_of(designs: Designs, design: Design) -> Hits:
    """Return the hits by component class; elements that the design leaves out fall back."""
    by_class: dict[ComponentClass, set[Element]] = {}
    for component, elements in elements_lost(designs, design).items():
        by_class.setdefault(designs.components[component].class_, set()).update(elements)
    hits = {}
    for code, type_ in CATALOGUE.items():
        hit = _NO_DESIGN_HITS[code] - design.elements.keys()
        hits[code] = hit.union(*(by_class.get(class_, ()) for class_ in type_.components))
    return hits


_RELIABLE: Final = ElementStatus.RELIABLE
_PRESENT: Final = FindingState.PRESENT
_STATUS: Final[Mapping[tuple[Severity, Assurance], ElementStatus]] = {
    (severity, assurance): status
    for severity, statuses in {
        Severity.CRITICAL: (ElementStatus.COMPROMISED,) * 4,
        Severity.HIGH: (ElementStatus.COMPROMISED,) * 3 + (ElementStatus.IN_DOUBT,),
        Severity.MEDIUM: (ElementStatus.IN_DOUBT,) * 4,
    }.items()
    for assurance, status in zip(Assurance, statuses, strict=True)
}
"""What a present finding does to an element; low and info do nothing."""

_IMPACT: Final[Mapping[tuple[str, Assurance], ElementStatus]] = {
    (code, assurance): _STATUS[type_.severity, assurance]
    for code, type_ in CATALOGUE.items()
    for assurance in Assurance
    if (type_.severity, assurance) in _STATUS
}
"""The same by code."""


def element_statuses(
    hits: Hits, findings: Iterable[Finding], elements: Iterable[Element]
) -> dict[Element, ElementStatus]:
    """Return the status of each element in use, given what was found; the worst counts."""
    statuses = dict.fromkeys(elements, _RELIABLE)
    for finding in findings:
        if finding.state is not _PRESENT:
            continue
        status = _IMPACT.get((finding.code, finding.assurance))
        if status is None:
            continue
        for element in hits[finding.code]:
            if element in statuses and STATUS_RANK[status] > STATUS_RANK[statuses[element]]:
                statuses[element] = status
    return statuses
