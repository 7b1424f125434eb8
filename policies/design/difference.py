"""What changes from one document of designs to another, for the person who approves it."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from policies.design.independence import independence_of
from policies.design.model import Component, Design, Designs
from policies.vocabulary.elements import Element

Kind = Literal["added", "removed", "changed"]
_COMPONENT_FIELDS: Final = ("title", "technology", "algorithm", "parameters", "supplier")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that reads otherwise; empty where it says nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignChange:
    """A component or method that comes, goes, or is changed; `fields` are those that are.

    Of what comes, every field that says something is told with nothing before it; of what goes, with
    nothing after it.
    """

    kind: Kind
    id: str
    title: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePoint:
    """A single point of compromise of one method (RTS Article 9(1))."""

    component: Component
    design: Design


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignDifference:
    """What a new document says otherwise, and which single points of compromise come and go.

    `renamed` is set where the document has another name. Order alone is no difference.
    """

    renamed: FieldChange | None
    components: tuple[DesignChange, ...]
    methods: tuple[DesignChange, ...]
    come: tuple[SinglePoint, ...]
    gone: tuple[SinglePoint, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both documents say the same."""
        return not (self.renamed or self.components or self.methods)


def difference_of_designs(before: Designs | None, after: Designs) -> DesignDifference:
    """Return what `after` says otherwise than `before` (None: nothing was said)."""
    old, new = _points(before), _points(after)
    is_renamed = before is not None and before.name != after.name
    return DesignDifference(
        renamed=FieldChange(field="name", before=before.name, after=after.name)
        if before is not None and is_renamed
        else None,
        components=tuple(
            _changes(
                {} if before is None else _components_of(before),
                _components_of(after),
            )
        ),
        methods=tuple(_changes(*_methods_of(() if before is None else before.methods, after))),
        come=tuple(point for key, point in new.items() if key not in old),
        gone=tuple(point for key, point in old.items() if key not in new),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of one thing: its id, its title, and every field as text."""

    id: str
    title: str
    fields: Mapping[str, str]


def _changes(before: Mapping[str, _Said], after: Mapping[str, _Said]) -> Iterator[DesignChange]:
    """Yield what comes and is changed, in the new order, then what goes."""
    nothing = _Said("", "", {})
    for key, said in after.items():
        old = before.get(key, nothing)
        fields = _fields(old.fields, said.fields)
        if fields or key not in before:
            kind: Kind = "changed" if key in before else "added"
            yield DesignChange(kind=kind, id=said.id, title=said.title, fields=fields)
    for key, said in before.items():
        if key not in after:
            fields = _fields(said.fields, nothing.fields)
            yield DesignChange(kind="removed", id=said.id, title=said.title, fields=fields)


def _fields(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FieldChange, ...]:
    """Return the fields that read otherwise."""
    return tuple(
        FieldChange(field=name, before=before.get(name, ""), after=after.get(name, ""))
        for name in dict.fromkeys((*after, *before))
        if before.get(name, "") != after.get(name, "")
    )


def _components_of(designs: Designs) -> dict[str, _Said]:
    """Return what is said of each component, by its id."""
    return {id_: _component(component) for id_, component in designs.components.items()}


def _component(component: Component) -> _Said:
    """Return what is said of a component; what it rests on is a set, so its order is no matter."""
    facts = {name: getattr(component, name) for name in _COMPONENT_FIELDS}
    rests_on = ", ".join(sorted(component.rests_on))
    fields = {"class": str(component.class_), **facts, "rests_on": rests_on}
    return _Said(component.id, component.title or component.id, fields)


def _methods_of(
    before: tuple[Design, ...], after: Designs
) -> tuple[dict[str, _Said], dict[str, _Said]]:
    """Return what is said of each method before and after, by a key that both share.

    A method that has one design before and one after is the same, whatever its app versions; of
    several, those for the same app versions are.
    """
    lone = {
        method
        for method in {design.method for design in before}
        if sum(each.method == method for each in before) == 1
        and sum(each.method == method for each in after.methods) == 1
    }

    def keyed(designs: tuple[Design, ...]) -> dict[str, _Said]:
        return {
            design.method if design.method in lone else f"{design.method} {_range(design)}": (
                _method(design)
            )
            for design in designs
        }

    return keyed(before), keyed(after.methods)


def _method(design: Design) -> _Said:
    """Return what is said of a method."""
    elements = {
        str(element): ", ".join(sorted(design.elements[element]))
        for element in Element
        if element in design.elements
    }
    fields = {"title": design.title, "app_versions": _range(design), **elements}
    return _Said(design.method, design.title or design.method, fields)


def _range(design: Design) -> str:
    """Return the app versions that a design is for; empty for all of them."""
    bounds = (("from ", design.app_at_least), ("below ", design.app_below))
    return " ".join(word + ".".join(map(str, bound)) for word, bound in bounds if bound)


def _points(designs: Designs | None) -> dict[tuple[str, str, str], SinglePoint]:
    """Return the single points of compromise, by method, app versions and component."""
    if designs is None:
        return {}
    return {
        (design.method, _range(design), id_): SinglePoint(
            component=designs.components[id_], design=design
        )
        for design in designs.methods
        for id_ in independence_of(designs, design).single_points
    }
