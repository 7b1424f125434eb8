"""The independence analysis of a design as plain data, for REST and the command line."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from policies.design import (
    ALGORITHMS,
    Design,
    DesignChange,
    DesignDifference,
    Designs,
    FieldChange,
    Item,
    SinglePoint,
    Use,
    independence_of,
    inventory_of,
    what_still_protects,
)


def independence_document(designs: Designs, *, component: str | None = None) -> dict[str, Any]:
    """Return what falls together in each method, and the inventory of algorithms.

    With `component` each method also says what still protects its elements if that is breached.

    Raises:
        KeyError: if the document has no such component.
    """
    return {
        "methods": [_method(designs, design, component) for design in designs.methods],
        "algorithms": {
            "as_of": ALGORITHMS.as_of,
            "items": [_item(item) for item in inventory_of(designs)],
        },
    }


def _method(designs: Designs, design: Design, component: str | None) -> dict[str, Any]:
    """Return what one method's elements share."""
    found = independence_of(designs, design)
    return {
        "method": design.method,
        "title": design.title,
        "app_at_least": _version(design.app_at_least),
        "app_below": _version(design.app_below),
        "elements": [str(element) for element in design.elements],
        "single_points_of_compromise": list(found.single_points),
        "losses": [
            {"elements": [*map(str, loss.elements)], "components": list(loss.components)}
            for loss in found.losses
        ],
        "pairs": [
            {
                "one": list(pair.one),
                "other": list(pair.other),
                "elements": [*map(str, pair.elements)],
            }
            for pair in found.pairs
        ],
        "if_breached": None if component is None else _breached(designs, design, component),
    }


def _breached(designs: Designs, design: Design, component: str) -> dict[str, Any]:
    """Return what still protects the elements of a method if a component is breached."""
    protections = what_still_protects(designs, design, component)
    return {
        "component": component,
        "reliable_elements": sum(not each.is_lost for each in protections),
        "elements": [
            {
                "element": str(each.element),
                "lost": each.is_lost,
                "path": list(each.path),
                "untouched": list(each.untouched),
            }
            for each in protections
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    """Return what a component says of its algorithms."""
    component = item.component
    return {
        "component": component.id,
        "technology": component.technology,
        "algorithm": component.algorithm,
        "parameters": component.parameters,
        "known": not item.is_unknown,
        "uses": [_use(use) for use in item.uses],
    }


def _use(use: Use) -> dict[str, Any]:
    """Return one algorithm of a component, and what speaks against it."""
    return {
        "id": use.algorithm.id,
        "title": use.algorithm.title,
        "amount": use.amount,
        "measure": use.measure or None,
        "unstated": use.is_unstated,
        "warning": None
        if use.warning is None or use.source is None
        else {
            "id": use.warning.id,
            "detail": use.warning.says,
            "source": use.citation,
            "source_url": use.source.url,
        },
    }


def _version(version: tuple[int, ...] | None) -> str | None:
    """Return an app version as it is written."""
    return None if version is None else ".".join(map(str, version))


def difference_document(found: DesignDifference) -> dict[str, Any]:
    """Return what a document says otherwise than another, for machines."""
    return {
        "name": None if found.renamed is None else _field(found.renamed),
        "components": [_change(change) for change in found.components],
        "methods": [_change(change) for change in found.methods],
        "single_points_that_come": [_point(point) for point in found.come],
        "single_points_that_go": [_point(point) for point in found.gone],
    }


def _change(change: DesignChange) -> dict[str, Any]:
    """Return a component or method that comes, goes or is changed."""
    fields = [_field(field) for field in change.fields]
    return {"kind": change.kind, "id": change.id, "fields": fields}


def _field(field: FieldChange) -> dict[str, str]:
    """Return a field that reads otherwise."""
    return {"field": field.field, "before": field.before, "after": field.after}


def _point(point: SinglePoint) -> dict[str, Any]:
    """Return a single point of compromise."""
    return {
        "component": point.component.id,
        "method": point.design.method,
        "app_at_least": _version(point.design.app_at_least),
        "app_below": _version(point.design.app_below),
    }
