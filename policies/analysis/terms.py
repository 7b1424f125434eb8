"""Boolean terms, as text that every SMT solver reads (SMT-LIB 2), simplified as they are built."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from typing import Final, NewType

Term = NewType("Term", str)
"""A Boolean term: a variable, its negation, or a combination."""

TRUE: Final = Term("true")
FALSE: Final = Term("false")
_NOT: Final = "(not "


def negate(term: Term) -> Term:
    """Return the negation."""
    if term == TRUE:
        return FALSE
    if term == FALSE:
        return TRUE
    if term.startswith(_NOT):
        return Term(term[len(_NOT) : -1])
    return Term(f"{_NOT}{term})")


def every(terms: Iterable[Term]) -> Term:
    """Return the conjunction; true when there is nothing to join."""
    return _joined("and", terms, neutral=TRUE, final=FALSE)


def either(terms: Iterable[Term]) -> Term:
    """Return the disjunction; false when there is nothing to join."""
    return _joined("or", terms, neutral=FALSE, final=TRUE)


def _joined(word: str, terms: Iterable[Term], *, neutral: Term, final: Term) -> Term:
    """Return the terms joined, each once."""
    parts = dict.fromkeys(term for term in terms if term != neutral)
    if final in parts:
        return final
    if not parts:
        return neutral
    if len(parts) == 1:
        return next(iter(parts))
    return Term(f"({word} {' '.join(parts)})")


def is_literal(term: Term) -> bool:
    """Return whether the term is a variable or its negation."""
    return "(" not in term.removeprefix(_NOT)
