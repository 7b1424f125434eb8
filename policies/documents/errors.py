"""Errors of documents and values, each with its place."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from typing import NamedTuple

from policies.errors import PolicyError


class Problem(NamedTuple):
    """One thing that is wrong: where (JSON pointer, line from 1 if known) and what was expected.

    `suggestion` is the known word nearest to an unknown one; the detail names it as well.
    """

    pointer: str
    detail: str
    line: int | None = None
    suggestion: str | None = None


class DocumentError(PolicyError):
    """A document is not what it should be; `problems` says each thing with its place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in self.problems)
        )


class PolicyDocumentError(DocumentError):
    """A policy set's document is not valid."""


class DesignDocumentError(DocumentError):
    """A document of authentication designs is not valid."""


class AttributeValueError(PolicyError):
    """Attributes of a request do not fit the policy set's declarations; pointers start at them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"{problem.pointer}: {problem.detail}" for problem in self.problems)
        )
