"""Authentication designs: which SCA element rests on which component."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.vocabulary.components import ComponentClass
from policies.vocabulary.elements import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Something that elements rest on, in Article 9(1)'s words: technology, algorithm, parameters."""

    id: str
    class_: ComponentClass
    title: str = ""
    technology: str = ""
    algorithm: str = ""
    parameters: str = ""
    supplier: str = ""
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The design of one authentication method, for a range of app versions.

    `elements` maps each SCA element to the ids of the components it rests on directly.
    `app_at_least` is inclusive and `app_below` exclusive; None means no bound.
    """

    method: str
    title: str = ""
    app_at_least: tuple[int, ...] | None = None
    app_below: tuple[int, ...] | None = None
    elements: Mapping[Element, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Designs:
    """A PSP's registered designs and the components that they share.

    INVARIANT (the reader sees to it): every id is known, no component rests on itself, and for
    one app version a method has one design at most. `remembered` keeps what
    `policies.design.element_hits` worked out; it is no part of the value.
    """

    name: str
    components: Mapping[str, Component]
    methods: tuple[Design, ...]
    remembered: dict[Hashable, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
