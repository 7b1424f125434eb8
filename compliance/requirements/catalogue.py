"""Requirement sets: acts, duties and their official wording, read from data files."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from policies.vocabulary.duties import Duty


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A legal act and where it was published. `valid_to` is None while it is in force."""

    title: str
    short: str
    oj: str
    eli: str
    celex: str
    language: str
    valid_from: date
    valid_to: date | None
    notice: str


class LegalText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The official wording of one provision, a string per paragraph."""

    provision: str
    title: str
    text: tuple[str, ...]


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A term and the text that explains it."""

    term: str
    provision: str
    text: str


class DutyText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One testable duty: its wording, the questions an authority asks, and what answers them."""

    duty: Duty
    provision: str
    title: str
    text: tuple[str, ...]
    questions: tuple[str, ...]
    evidence: tuple[str, ...]


class Article(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The article that the duties are taken from."""

    provision: str
    title: str


class RequirementSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that one act asks, as far as the product answers it."""

    id: str
    act: Act
    article: Article
    definitions: tuple[Definition, ...]
    related: tuple[LegalText, ...]
    duties: tuple[DutyText, ...]

    @property
    def source(self) -> str:
        """Where the wording is from, fit to be printed beside it."""
        return f"{self.act.title}, {self.act.oj}"


def _load() -> Mapping[str, RequirementSet]:
    """Return the sets that are shipped with this package."""
    folder = files(__package__) / "sets"
    found = [
        msgspec.convert(json.loads(path.read_text(encoding="utf-8")), RequirementSet)
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if path.name.endswith(".json")
    ]
    return MappingProxyType({set_.id: set_ for set_ in found})


REQUIREMENT_SETS: Final[Mapping[str, RequirementSet]] = _load()
"""Every set by its id. A successor of the RTS is a further file, not a change of code."""

CURRENT_SET: Final = "rts-2018-389"
"""The set that reports and pages speak of."""


def requirement_set(set_id: str = CURRENT_SET) -> RequirementSet:
    """Return a requirement set.

    Raises:
        KeyError: if there is none of that id.
    """
    return REQUIREMENT_SETS[set_id]
