"""Walks a document's tree, collecting every problem with its place instead of stopping at the first."""
# SPDX-License-Identifier: Apache-2.0

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NoReturn

from policies.documents.errors import Problem
from policies.documents.tree import Node

MAX_TEXT: Final = 2_000
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DURATION: Final = re.compile(r"([1-9][0-9]{0,6})(s|m|h|d)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class SkipError(Exception):
    """What is below the cursor cannot be read; the problem is noted already."""


def suggestion(word: str, known: Collection[str]) -> str:
    """Return ` (did you mean `x`?)` when a known word is close."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f" (did you mean `{close[0]}`?)" if close else ""


@dataclass(slots=True)
class Cursor:
    """A place in a document. Its readers note a problem and raise `SkipError`, or return the value."""

    node: Node
    problems: list[Problem]
    pointer: str = ""
    _taken: set[str] = field(default_factory=set)

    def note(self, detail: str) -> None:
        """Note a problem here."""
        self.problems.append(Problem(self.pointer, detail, self.node.line))

    def fail(self, detail: str) -> NoReturn:
        """Note a problem here and give up on what is below."""
        self.note(detail)
        raise SkipError

    def fields(self, *known: str) -> dict[str, "Cursor"]:
        """Return a mapping's fields by name; unknown ones are problems.

        Raises:
            SkipError: if this is no mapping.
        """
        if not isinstance(self.node.value, dict):
            self.fail(f"expected an object, not {self._kind()}")
        found = {}
        for name, node in self.node.value.items():
            child = Cursor(node, self.problems, f"{self.pointer}/{_escape(name)}")
            if known and name not in known:
                child.note(f"unknown field `{name[:64]}`{suggestion(name, known)}")
            else:
                found[name] = child
        return found

    def items(self, *, at_least: int = 0, at_most: int = 10_000) -> list["Cursor"]:
        """Return a list's items.

        Raises:
            SkipError: if this is no list of that length.
        """
        if not isinstance(self.node.value, list):
            self.fail(f"expected a list, not {self._kind()}")
        if not at_least <= len(self.node.value) <= at_most:
            self.fail(f"expected {at_least} to {at_most} items, not {len(self.node.value)}")
        return [
            Cursor(node, self.problems, f"{self.pointer}/{index}")
            for index, node in enumerate(self.node.value)
        ]

    def items_or_one(self) -> list["Cursor"]:
        """Return a list's items, or this as the only one."""
        return self.items(at_least=1) if isinstance(self.node.value, list) else [self]

    def text(self, *, at_most: int = MAX_TEXT) -> str:
        """Return the text here.

        Raises:
            SkipError: if this is no text, or too long.
        """
        if not isinstance(self.node.value, str):
            self.fail(f"expected text, not {self._kind()}")
        if len(self.node.value) > at_most:
            self.fail(f"expected at most {at_most} characters, not {len(self.node.value)}")
        return self.node.value

    def name(self) -> str:
        """Return the identifier here.

        Raises:
            SkipError: if it is none (letters, digits, `.`, `_`, `-`; at most 64).
        """
        text = self.text()
        if not NAME.fullmatch(text):
            self.fail("expected a name of letters, digits, `.`, `_` and `-`, at most 64 long")
        return text

    def choice(self, known: Collection[str]) -> str:
        """Return one of the known words.

        Raises:
            SkipError: if it is another; the problem names those that were expected.
        """
        text = self.text()
        if text not in known:
            expected = ", ".join(f"`{word}`" for word in list(known)[:12])
            self.fail(
                f"unknown value `{text[:64]}`{suggestion(text, known)}: expected one of {expected}"
            )
        return text

    def boolean(self) -> bool:
        """Return the boolean here.

        Raises:
            SkipError: if this is none.
        """
        if not isinstance(self.node.value, bool):
            self.fail(f"expected true or false, not {self._kind()}")
        return self.node.value

    def integer(self) -> int:
        """Return the integer here.

        Raises:
            SkipError: if this is none.
        """
        if isinstance(self.node.value, bool) or not isinstance(self.node.value, int):
            self.fail(f"expected an integer, not {self._kind()}")
        return self.node.value

    def decimal(self) -> Decimal:
        """Return the exact decimal here, written as a number or as text.

        Raises:
            SkipError: if this is none.
        """
        value = self.node.value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", value):
            return Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.fail(f"expected a number, not {self._kind()}")
        return Decimal(value)

    def duration_s(self) -> int:
        """Return a duration such as `90s`, `5m`, `4h` or `2d` in seconds.

        Raises:
            SkipError: if this is none.
        """
        match = _DURATION.fullmatch(self.text())
        if match is None:
            self.fail("expected a duration such as `90s`, `5m`, `4h` or `2d`")
        return int(match[1]) * _SECONDS[match[2]]

    def _kind(self) -> str:
        """Return what stands here, in words."""
        value = self.node.value
        if value is None:
            return "nothing"
        if isinstance(value, bool):
            return "a boolean"
        if isinstance(value, str):
            return "text"
        if isinstance(value, dict):
            return "an object"
        return "a list" if isinstance(value, list) else "a number"


def _escape(name: str) -> str:
    """Return a name as a JSON pointer's token (RFC 6901)."""
    return name[:64].replace("~", "~0").replace("/", "~1")


def duration_text(seconds: int) -> str:
    """Return seconds in the largest unit that divides them."""
    for unit in ("d", "h", "m"):
        if seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"
