"""A cursor reads one value, or notes what was expected and where."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from policies.documents.cursor import (
    MAX_PROBLEMS,
    Cursor,
    SkipError,
    TooManyProblemsError,
    attempt,
    nearest,
)
from policies.documents.errors import Problem
from policies.documents.tree import Node


def cursor(value: Any) -> Cursor:
    return Cursor(Node(value, 3), [], "/here")


def detail_of(value: Any, read: Callable[[Cursor], object]) -> str:
    place = cursor(value)
    with pytest.raises(SkipError):
        read(place)
    (problem,) = place.problems
    assert (problem.pointer, problem.line) == ("/here", 3)
    return problem.detail


@pytest.mark.parametrize(
    ("value", "read", "words"),
    [
        (None, Cursor.fields, "expected an object, not nothing"),
        (True, Cursor.items, "expected a list, not a boolean"),
        ({}, Cursor.items, "expected a list, not an object"),
        ([], lambda place: place.items(at_least=1), "expected 1 to"),
        (5, Cursor.text, "expected text, not a number"),
        ([], Cursor.text, "expected text, not a list"),
        ("x" * 9, lambda place: place.text(at_most=8), "at most 8 characters, not 9"),
        (" \n", lambda place: place.text(at_least=1), "not a blank"),
        ("a b", Cursor.name, "expected a name"),
        ("-a", Cursor.name, "expected a name"),
        ("a" * 65, Cursor.name, "expected a name"),
        ("true", Cursor.boolean, "expected true or false, not text"),
        (True, Cursor.integer, "expected an integer"),
        (Decimal("1.5"), Cursor.integer, "expected an integer"),
        ("1.5", Cursor.integer, "expected an integer"),
        (10**30, Cursor.integer, "at most 30 digits"),
        (True, Cursor.decimal, "expected a number"),
        ("abc", Cursor.decimal, "expected a number"),
        (Decimal("1e31"), Cursor.decimal, "at most 30 digits"),
        (Decimal("1e-31"), Cursor.decimal, "at most 30 digits"),
        (None, Cursor.decimal, "not nothing"),
        ("5 minutes", Cursor.duration_s, "expected a duration"),
        (300, Cursor.duration_s, "expected text"),
        ("7.x", Cursor.version, "expected a version"),
        (True, Cursor.version, "expected text, not a boolean"),
        (-7, Cursor.version, "expected a version"),
    ],
)
def test_a_wrong_value_is_a_problem(
    value: Any, read: Callable[[Cursor], object], words: str
) -> None:
    assert words in detail_of(value, read)


@pytest.mark.parametrize(
    ("value", "read", "result"),
    [
        ("x", Cursor.text, "x"),
        ("app-pin.1_a", Cursor.name, "app-pin.1_a"),
        (False, Cursor.boolean, False),
        (7, Cursor.integer, 7),
        ("9007199254740993", Cursor.integer, 2**53 + 1),
        (7, Cursor.decimal, Decimal(7)),
        (Decimal("7.50"), Cursor.decimal, Decimal("7.5")),
        ("7.50", Cursor.decimal, Decimal("7.5")),
        ("5m", Cursor.duration_s, 300),
        ("7.3.0", Cursor.version, (7, 3)),
        (Decimal("7.10"), Cursor.version, (7, 10)),
        (7, Cursor.version, (7,)),
    ],
)
def test_a_right_value_is_returned(
    value: Any, read: Callable[[Cursor], object], result: object
) -> None:
    assert read(cursor(value)) == result


def test_an_unknown_field_is_a_problem_with_a_suggestion() -> None:
    place = cursor({"efect": Node(1, 4), "id": Node("x", 5)})

    assert list(place.fields("id", "effect")) == ["id"]
    assert place.problems == [
        Problem("/here/efect", "unknown field `efect` (did you mean `effect`?)", 4, "effect")
    ]


def test_a_pointer_is_escaped_and_cut() -> None:
    place = cursor({"a/b~" + "c" * 100: Node(1, None)})
    (child,) = place.fields().values()

    assert child.pointer == "/here/a~1b~0" + "c" * 60


def test_items_know_their_place() -> None:
    first, second = cursor([Node("a", 4), Node("b", 5)]).items()

    assert (first.pointer, second.pointer) == ("/here/0", "/here/1")


def test_one_item_may_stand_alone() -> None:
    assert [place.text() for place in cursor("a").items_or_one()] == ["a"]
    assert [place.text() for place in cursor([Node("a"), Node("b")]).items_or_one()] == ["a", "b"]


def test_a_choice_names_what_was_expected() -> None:
    detail = detail_of("denny", lambda place: place.choice(("permit", "deny")))

    assert detail == (
        "unknown value `denny` (did you mean `deny`?): expected one of `permit`, `deny`"
    )


def test_every_missing_field_is_a_problem() -> None:
    place = cursor({})

    with pytest.raises(SkipError):
        place.require({}, "id", "when")
    assert [problem.detail for problem in place.problems] == [
        "`id` is missing",
        "`when` is missing",
    ]


def test_nothing_far_away_is_suggested() -> None:
    assert nearest("zebra", ["deny", "permit"]) == ""


def test_an_attempt_gives_up_quietly() -> None:
    place = cursor(5)

    assert attempt(place.text) is None
    assert attempt(place.integer) == 5
    assert len(place.problems) == 1


def test_reading_stops_at_a_hundred_problems() -> None:
    place = cursor(5)
    for _ in range(MAX_PROBLEMS - 1):
        place.note("again")

    with pytest.raises(TooManyProblemsError):
        place.note("once more")
