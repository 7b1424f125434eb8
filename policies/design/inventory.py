"""Inventory of the algorithms and key lengths of a design, with warnings that are data.

RTS Article 9(1) asks for independence "in terms of technology, algorithms and parameters". Designs say
these in people's words; what is known of the words is in `algorithms.json`, with a source for each
warning. No warning is no praise: a name that the list does not have is told as such.
"""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from policies.design.model import Component, Designs


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document that a warning rests on."""

    title: str
    url: str


class Algorithm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An algorithm, curve, mode or protocol, and how people write it.

    `measure` says what its strength is told in: `bits` of the key, or `rounds`. One that is
    `on_curve` has the bits of the curve that is named after it.
    """

    id: str
    title: str
    names: tuple[str, ...]
    measure: str = ""
    on_curve: bool = False
    curve_bits: int | None = None


class Warning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):  # noqa: A001 - the field's word
    """What speaks against an algorithm; only below a measure, where `below` is given.

    `place` is where its source says so. `confirmed` is how that was read: in the `source` itself, in a
    `citation` of it by others, or `no`, from memory alone.
    """

    id: str
    algorithms: tuple[str, ...]
    says: str
    source: str
    confirmed: Literal["source", "citation", "no"]
    place: str = ""
    below: int | None = None


class AlgorithmList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list as it stood on a day; of several warnings on one algorithm the first that fits counts."""

    schema: int
    as_of: str
    sources: dict[str, Source]
    algorithms: tuple[Algorithm, ...]
    warnings: tuple[Warning, ...]


def _load() -> AlgorithmList:
    """Return the list that is shipped with this package."""
    text = files(__package__).joinpath("algorithms.json").read_text(encoding="utf-8")
    return msgspec.convert(json.loads(text), AlgorithmList)


ALGORITHMS: Final = _load()
"""What is known of algorithms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One algorithm of a component; `amount` is the length of its key or the number of rounds.

    `is_unstated` if the algorithm has such a measure and the design does not say it.
    """

    algorithm: Algorithm
    amount: int | None = None
    warning: Warning | None = None

    @property
    def is_unstated(self) -> bool:
        """Whether the design leaves out what the strength depends on."""
        return bool(self.algorithm.measure) and self.amount is None

    @property
    def measure(self) -> str:
        """What `amount` counts: `bits`, `rounds` or nothing."""
        return self.algorithm.measure or ("bits" if self.algorithm.curve_bits else "")

    @property
    def source(self) -> Source | None:
        """What the warning rests on."""
        return None if self.warning is None else ALGORITHMS.sources[self.warning.source]

    @property
    def citation(self) -> str:
        """The source's title with its edition, the place in it, and whether nobody has confirmed it."""
        if self.warning is None or self.source is None:
            return ""
        unconfirmed = "not confirmed" if self.warning.confirmed == "no" else ""
        return ", ".join(filter(None, (self.source.title, self.warning.place, unconfirmed)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a component says of its algorithms, and what is known of them."""

    component: Component
    uses: tuple[Use, ...]

    @property
    def is_unknown(self) -> bool:
        """Whether it states an algorithm of which the list knows nothing."""
        return bool(self.component.algorithm) and not self.uses

    @property
    def warnings(self) -> tuple[Use, ...]:
        """The algorithms that something speaks against."""
        return tuple(use for use in self.uses if use.warning is not None)

    @property
    def unstated(self) -> tuple[Use, ...]:
        """The algorithms whose key length, curve or rounds the design leaves out."""
        return tuple(use for use in self.uses if use.is_unstated)


def inventory_of(designs: Designs) -> tuple[Item, ...]:
    """Return every component that states an algorithm, or whose technology names one."""
    items = (
        Item(component=component, uses=uses_in(_text_of(component)))
        for component in designs.components.values()
    )
    return tuple(
        item for item in items if item.uses or item.component.algorithm or item.component.parameters
    )


def _text_of(component: Component) -> str:
    """Return what a component says of its cryptography."""
    return f"{component.technology} {component.algorithm} {component.parameters}"


Words = tuple[str, ...]

_WORD: Final = re.compile(r"[a-z]+|[0-9]+(?:\.[0-9]+)*")
_ROUNDS: Final = re.compile(
    "(?<![a-z0-9.-])[0-9]{1,3}(?:[ ,.'\u00a0\u202f][0-9]{3})+(?=[ \u00a0\u202f]*(?:round|iteration))"
)
_UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"bit": "bits", "bits": "bits", "round": "rounds", "rounds": "rounds"}
    | {"iteration": "rounds", "iterations": "rounds"}
)


def _words(text: str) -> Words:
    """Return the words and numbers of a text: `AES-256` as well as `aes 256` are two."""
    joined = _ROUNDS.sub(lambda found: re.sub("[^0-9]", "", found[0]), text.lower())
    return tuple(_WORD.findall(joined))


_BY_NAME: Final[Mapping[Words, Algorithm]] = MappingProxyType(
    {_words(name): algorithm for algorithm in ALGORITHMS.algorithms for name in algorithm.names}
)
_LONGEST: Final = max(map(len, _BY_NAME))


def uses_in(text: str) -> tuple[Use, ...]:
    """Return the algorithms that a text names, once each, with the measures it gives for them.

    The longest name counts (`3DES` is no `DES`). A number belongs to the nearest algorithm before it
    that is measured in its unit; one without a unit only to the name that it follows at once.
    """
    words = _words(text)
    found: list[_Found] = []
    place = name_ends_at = 0
    while place < len(words):
        algorithm, length = _named(words, place)
        if algorithm is not None:
            _note(found, algorithm)
            place = name_ends_at = place + length
            continue
        if words[place].isdecimal():
            unit = _UNITS.get(words[place + 1] if place + 1 < len(words) else "", "")
            near = found if unit else found[-1:] if place == name_ends_at else []
            _measure(near, int(words[place][:_MOST_DIGITS]), unit)
        place += 1
    return tuple(
        dict.fromkeys(
            Use(
                algorithm=each.algorithm,
                amount=each.amount,
                warning=_warning_on(each.algorithm, each.amount),
            )
            for each in found
        )
    )


_MOST_DIGITS: Final = 9


@dataclass(slots=True)
class _Found:
    """An algorithm while its text is read."""

    algorithm: Algorithm
    amount: int | None = None


def _named(words: Words, place: int) -> tuple[Algorithm | None, int]:
    """Return the algorithm of the longest name at a place, and how many words the name has."""
    for length in range(min(_LONGEST, len(words) - place), 0, -1):
        algorithm = _BY_NAME.get(words[place : place + length])
        if algorithm is not None:
            return algorithm, length
    return None, 0


def _note(found: list[_Found], algorithm: Algorithm) -> None:
    """Add an algorithm; a curve gives its bits to the algorithm before it that wants some."""
    if algorithm.curve_bits is not None:
        for earlier in found:
            if earlier.algorithm.on_curve and earlier.amount is None:
                earlier.amount = algorithm.curve_bits
    found.append(_Found(algorithm, algorithm.curve_bits))


def _measure(found: Sequence[_Found], number: int, unit: str) -> None:
    """Give a number to the nearest algorithm that it can measure, if that has none."""
    for each in reversed(found):
        measure = each.algorithm.measure
        if measure and (measure == unit or not unit):
            each.amount = number if each.amount is None else each.amount
            return


def _warning_on(algorithm: Algorithm, amount: int | None) -> Warning | None:
    """Return the first warning that fits; one about short keys needs to know the length."""
    fitting = (
        warning
        for warning in ALGORITHMS.warnings
        if algorithm.id in warning.algorithms
        and (warning.below is None or (amount is not None and amount < warning.below))
    )
    return next(fitting, None)
