"""Bytes become a tree of JSON's types, or an error that names the place."""
# SPDX-License-Identifier: Apache-2.0

import time
from decimal import Decimal
from typing import Any

import pytest

from policies.documents.errors import DocumentError
from policies.documents.tree import MAX_BYTES, MAX_DEPTH, Node, parse


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {name: plain(item) for name, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def problem_of(data: bytes) -> tuple[str, int | None]:
    with pytest.raises(DocumentError) as caught:
        parse(data)
    (problem,) = caught.value.problems
    assert problem.pointer == ""
    return problem.detail, problem.line


@pytest.mark.parametrize(
    ("yaml", "value"),
    [
        (b"a: 1", 1),
        (b"a: +7", 7),
        (b"a: -3", -3),
        (b"a: 50.10", Decimal("50.10")),
        (b"a: 1e3", Decimal("1e3")),
        (b"a: true", True),
        (b"a: False", False),
        (b"a:", None),
        (b"a: ~", None),
        (b"a: null", None),
        (b"a: '1'", "1"),
        (b'a: "true"', "true"),
        (b"a: |\n  1\n", "1\n"),
        (b"a: yes", "yes"),
        (b"a: 2026-11-23", "2026-11-23"),
        (b"a: .inf", ".inf"),
        (b"a: [1, two]", [1, "two"]),
        (b"a: {b: 1}", {"b": 1}),
    ],
)
def test_yaml_is_read_by_the_core_schema(yaml: bytes, value: object) -> None:
    assert plain(parse(yaml)) == {"a": value}
    assert type(plain(parse(yaml))["a"]) is type(value)


def test_json_is_read_exactly() -> None:
    tree = parse(b'\xef\xbb\xbf {"a": [1, 2.50, "x", true, null, {"b": -7}]}')

    assert plain(tree) == {"a": [1, Decimal("2.50"), "x", True, None, {"b": -7}]}


def test_every_yaml_value_knows_its_line() -> None:
    tree = parse(b"a: 1\nb:\n  - 2\n  - c: 3\n")

    assert isinstance(tree.value, dict)
    assert tree.value["a"].line == 1
    assert isinstance(tree.value["b"].value, list)
    assert [item.line for item in tree.value["b"].value] == [3, 4]


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"a" * (MAX_BYTES + 1), "expected at most 1000000", None),
        (b"a: \xff", "byte 3 is not valid UTF-8", None),
        (b"", "is empty", None),
        (b"# nothing but a comment", "is empty", None),
        (b"a: 1\n---\nb: 2\n", "more than one document", 2),
        (b"a: [1, 2", "not valid YAML", 2),
        (b"a: 1\n b: 2", "not valid YAML", 2),
        (b"a: \x07", "not valid YAML", None),
        (b"a: &x 1\nb: *x", "anchors and aliases", 1),
        (b"b: *x", "anchors and aliases", 1),
        (b"a: !!python/object:os.system x", "tags are not allowed", 1),
        (b"a: 1\nb: 2\na: 3", "the key `a` is repeated", 3),
        (b"[a]: 1", "expected a name before the colon", 1),
        (b"&x a: 1", "expected a name before the colon", 1),
        (b"a: " + b"1" * 41, "more than 40 digits", 1),
        (b'a: "\\ud800"', "not valid YAML", 1),
        (b'a: "\\0"', "control character", 1),
        (b'"\\x07": 1', "control character", 1),
        (b"a: " + b"[" * 40 + b"]" * 40, "nested too deeply", 1),
        (b'{"a": 1', "not valid JSON", 1),
        (b'{"a":\n nope}', "not valid JSON", 2),
        (b'{"a": NaN}', "`NaN` is not a number", None),
        (b'{"a": -Infinity}', "`-Infinity` is not a number", None),
        (b'{"a": 1, "a": 2}', "the key `a` is repeated", None),
        (b'{"a": ' + b"1" * 41 + b"}", "more than 40 digits", None),
        (b'{"a": 0.' + b"1" * 41 + b"}", "more than 40 digits", None),
        (b'{"a": 1e9999}', "huge exponent", None),
        (b'{"a": "\\ud800"}', "lone surrogate", None),
        (b'{"\\udfff": 1, "\\udfff": 2}', "lone surrogate", None),
        (b'{"a": "\\u0000"}', "control character", None),
        (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "nested too deeply", None),
        (b'{"a": ' + b"[" * 200_000, "nested too deeply", None),
    ],
)
def test_what_is_refused_says_why_and_where(data: bytes, words: str, line: int | None) -> None:
    detail, found = problem_of(data)

    assert words in detail
    assert line is None or found == line
    detail.encode()


@pytest.mark.parametrize("data", [b'{"a": 1, "a": 2}', b"a: \xff", b"", b"a: &x 1"])
def test_a_problem_has_no_surrogate_in_its_text(data: bytes) -> None:
    assert problem_of(data)[0].encode()


def test_the_deepest_allowed_document_is_read() -> None:
    depth = MAX_DEPTH - 1

    assert parse(b"[" * depth + b"1" + b"]" * depth)
    assert parse(b'{"a":' + b"[" * (depth - 1) + b"1" + b"]" * (depth - 1) + b"}")


def test_a_repeated_key_among_many_is_found_quickly() -> None:
    names = [f'"k{number}": 0' for number in range(60_000)]
    data = ("{" + ", ".join([*names, names[-1]]) + "}").encode()
    began = time.monotonic()

    assert "repeated" in problem_of(data)[0]
    assert time.monotonic() - began < 5
