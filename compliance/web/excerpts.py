"""The lines of a written document around what is wrong with it."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_AROUND: Final = 2
"""Lines that are shown before and after one that is marked."""

_LONGEST_LINE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the text; `follows_gap` if others before it are left out."""

    number: int
    text: str
    is_wrong: bool
    follows_gap: bool


def excerpt(text: str, wrong: Iterable[int]) -> list[Line]:
    """Return the lines of those numbers (from 1), marked, with a few around each."""
    marked = set(wrong)
    near = {line + step for line in marked for step in range(-_AROUND, _AROUND + 1)}
    # Only line feeds count, as for the reader of documents.
    numbered = enumerate(text.split("\n"), start=1) if marked else ()
    lines: list[Line] = []
    for number, line in numbered:
        if number in near:
            lines.append(
                Line(
                    number=number,
                    text=line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} …",
                    is_wrong=number in marked,
                    follows_gap=bool(lines) and lines[-1].number != number - 1,
                )
            )
    return lines
