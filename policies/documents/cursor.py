"""Walks a document's tree, collecting every problem with its place instead of stopping at the first."""
# SPDX-License-Identifier: Apache-2.0

import difflib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NoReturn, TypeVar

from policies.documents.errors import Problem
from policies.documents.texts import read_decimal, read_duration, read_integer
from policies.documents.tree import Node
from policies.vocabulary.attributes import version_key

MAX_TEXT: Final = 2_000
MAX_PROBLEMS: Final = 100
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHOWN: Final = 64
T = TypeVar("T")


class SkipError(Exception):
    """What is below the cursor cannot be read; the problem is noted already."""


class TooManyProblemsError(Exception):
    """The document has so many problems that more of them help nobody."""


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that is closest; empty if none is close."""
    return next(iter(difflib.get_close_matches(word[:_SHOWN], known, n=1, cutoff=0.6)), "")


def hint(near: str) -> str:
    """Return ` (did you mean `x`?)` for a word that is near."""
    return f" (did you mean `{near}`?)" if near else ""


def attempt(read: Callable[[], T]) -> T | None:
    """Return what `read` returns, or None when it gave up, so that its siblings are read as well."""
    try:
        return read()
    except SkipError:
        return None


@dataclass(slots=True)
class Cursor:
    """A place in a document. Its readers note a problem and raise `SkipError`, or return the value."""

    node: Node
    problems: list[Problem]
    pointer: str = ""

    def note(self, detail: str, near: str = "") -> None:
        """Note a problem here, with the word to suggest instead if there is one.

        Raises:
            TooManyProblemsError: if that makes `MAX_PROBLEMS`: reading stays cheap on any document.
        """
        self.problems.append(Problem(self.pointer, detail, self.node.line, near or None))
        if len(self.problems) >= MAX_PROBLEMS:
            raise TooManyProblemsError

    def fail(self, detail: str, near: str = "") -> NoReturn:
        """Note a problem here and give up on what is below."""
        self.note(detail, near)
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
                near = nearest(name, known)
                child.note(f"unknown field `{name[:_SHOWN]}`{hint(near)}", near)
            else:
                found[name] = child
        return found

    def require(self, fields: "dict[str, Cursor]", *names: str) -> None:
        """Note each name that `fields` lacks.

        Raises:
            SkipError: if there is one.
        """
        missing = [name for name in names if name not in fields]
        for name in missing:
            self.note(f"`{name}` is missing")
        if missing:
            raise SkipError

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

    def text(self, *, at_least: int = 0, at_most: int = MAX_TEXT) -> str:
        """Return the text here.

        Raises:
            SkipError: if this is no text, too short (white space does not count), or too long.
        """
        if not isinstance(self.node.value, str):
            self.fail(f"expected text, not {self._kind()}")
        if len(self.node.value.strip()) < at_least:
            self.fail("expected some text, not a blank")
        if len(self.node.value) > at_most:
            self.fail(f"expected at most {at_most} characters, not {len(self.node.value)}")
        return self.node.value

    def name(self) -> str:
        """Return the identifier here.

        Raises:
            SkipError: if it is none (letters, digits, `.`, `_`, `-`; at most 64).
        """
        text = self.text()
        self.check_name(text)
        return text

    def check_name(self, text: str) -> None:
        """Check that an identifier is one.

        Raises:
            SkipError: if it is none (letters, digits, `.`, `_`, `-`; at most 64).
        """
        if not NAME.fullmatch(text):
            self.fail("expected a name of letters, digits, `.`, `_` and `-`, at most 64 long")

    def choice(self, known: Collection[str]) -> str:
        """Return one of the known words.

        Raises:
            SkipError: if it is another; the problem names those that were expected.
        """
        text = self.text()
        if text not in known:
            expected = ", ".join(f"`{word}`" for word in list(known)[:12])
            near = nearest(text, known)
            self.fail(
                f"unknown value `{text[:_SHOWN]}`{hint(near)}: expected one of {expected}", near
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
        """Return the integer here, written as a number or (when it is large) as text.

        Raises:
            SkipError: if this is none, or has more than 30 digits.
        """
        value = self.node.value
        number = None
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            number = read_integer(str(value))
        if number is None:
            self.fail(f"expected an integer of at most 30 digits, not {self._kind()}")
        return number

    def decimal(self) -> Decimal:
        """Return the exact decimal here, written as a number or as text.

        Raises:
            SkipError: if this is none, or has more than 30 digits on a side of the point.
        """
        value = self.node.value
        number = None
        if isinstance(value, str):
            number = read_decimal(value)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = read_decimal(f"{Decimal(value):f}")
        if number is None:
            self.fail(f"expected a number of at most 30 digits, not {self._kind()}")
        return number

    def duration_s(self) -> int:
        """Return a duration such as `90s`, `5m`, `4h` or `2d` in seconds.

        Raises:
            SkipError: if this is none, or longer than ten years.
        """
        seconds = read_duration(self.text())
        if seconds is None:
            self.fail("expected a duration such as `90s`, `5m`, `4h` or `2d`, at most `3660d`")
        return seconds

    def version(self) -> tuple[int, ...]:
        """Return the version here, such as `7.3.1`.

        YAML reads an unquoted `7.3` as a number; its text is what was meant.

        Raises:
            SkipError: if this is none.
        """
        value = self.node.value
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        version = version_key(str(value) if is_number else self.text())
        if version is None:
            self.fail("expected a version such as `7.3.1`")
        return version

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
    """Return a name as a JSON pointer's token (RFC 6901), cut when it is long."""
    return name[:_SHOWN].replace("~", "~0").replace("/", "~1")
