"""How inputs are taken apart and put together, so that a change in the middle does not spoil the frame."""
# SPDX-License-Identifier: Apache-2.0

import json
import random
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, Final

import cbor2

_DEEPEST: Final = 12
_MOST_NODES: Final = 4000
_CONSTRUCTED: Final = 0x20
_HIGH_TAG: Final = 0x1F
_OCTET_STRING: Final = b"\x04"
_TAG: Final = "tag"
_CONTENT: Final = "content"
_NUMBERS: Final = (
    *(0, 1, -1, 2, 7, 23, 24, 127, 128, 255, 256, 65_535, 2**31, 2**32 - 1, 2**53, 2**63, 2**64),
    *(-128, -129, -(2**63), 10**40, 0.5, -0.0, 1e300, 1e999),
)
_TEXTS: Final = (
    *(
        "",
        "\x00",
        "/",
        "~",
        "a" * 300,
        "ß",
        "\u2028",
        "\U0001f642",
        "0",
        "-1",
        "1e9",
        "null",
        chr(0xD800),
    ),
    *("2026-11-23T10:15:05Z", "9999-12-31T23:59:59-23:59", "=" * 8, "AAAA", "*", "[" * 40),
)


class Form(StrEnum):
    """What an input is, as far as mutation cares."""

    BYTES = "bytes"
    JSON = "json"
    CBOR = "cbor"
    DER = "der"


class NotOfFormError(ValueError):
    """An input cannot be taken apart, or a changed one not be put together."""


def mutated(data: bytes, form: Form, words: list[Any], chance: random.Random) -> bytes:
    """Return `data` with one to three places changed; `words` are values to put there.

    Raises:
        NotOfFormError: if it is not of the form, or cannot be any more.
    """
    take, give = _CODECS[form]
    try:
        tree = take(data)
        for _ in range(chance.randint(1, 3)):
            tree = _changed(tree, words, chance)
        return give(tree)
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        LookupError,
        cbor2.CBORError,
    ) as error:
        raise NotOfFormError(form) from error


def words_of(data: bytes, form: Form) -> list[Any]:
    """Return what an input says: the names and values that may stand elsewhere too."""
    take, _ = _CODECS[form]
    try:
        tree = take(data)
    except (ValueError, TypeError, RecursionError, LookupError, cbor2.CBORError):
        return []
    words: list[Any] = []
    for holder, key in _places(tree):
        words += [key] if isinstance(holder, dict) else []
        words.append(holder[key])
    return words


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with one place set, cut out, doubled, or filled with something else."""
    at = chance.randint(0, len(data))
    size = min(chance.choice((1, 1, 2, 4, 16, 64)), len(data) - at)
    match chance.randrange(5):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[at + size :]
        case 2:
            return data[: at + size] + data[at:]
        case 3:
            return data[:at] + chance.randbytes(max(size, 1)) + data[at:]
        case _:
            return data[:at] + chance.randbytes(size) + data[at + size :]


def _changed(tree: Any, words: list[Any], chance: random.Random) -> Any:
    """Change one place of a tree; the tree itself may be replaced."""
    places = list(_places(tree))
    if not places or chance.random() < 0.02:
        return _instead(tree, words, chance)
    holder, key = chance.choice(places)
    match chance.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            name = _instead(key, words, chance)
            holder[name if isinstance(name, str | int | bytes) else str(name)] = holder[key]
        case 1:
            holder.insert(key, _instead(holder[key], words, chance))
        case 2 if isinstance(holder, list):
            holder += [holder[key]] * chance.choice((1, 2, 40))
        case _:
            holder[key] = _instead(holder[key], words, chance)
    return tree


def _instead(value: Any, words: list[Any], chance: random.Random) -> Any:
    """Return another value, mostly of the same kind."""
    if words and chance.random() < 0.4:
        return chance.choice(words)
    if isinstance(value, bytes) and chance.random() < 0.8:
        return damaged(value, chance)
    if isinstance(value, str) and chance.random() < 0.5:
        return damaged(value.encode(), chance).decode("utf-8", "replace")
    if isinstance(value, bool):
        return not value
    if isinstance(value, int) and chance.random() < 0.5:
        return value + chance.choice((-1, 1, -256, 256, 1 << chance.randrange(70)))
    return chance.choice(
        (
            chance.choice(_NUMBERS),
            chance.choice(_TEXTS),
            None,
            True,
            False,
            [],
            {},
            [value],
            {"a": value},
        )
    )


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of a tree as its holder and its key; bounded."""
    waiting, seen = [(tree, 0)], 0
    while waiting and seen < _MOST_NODES:
        holder, depth = waiting.pop()
        keys = (
            list(holder)
            if isinstance(holder, dict)
            else range(len(holder))
            if isinstance(holder, list)
            else ()
        )
        for key in keys:
            seen += 1
            yield holder, key
            if depth < _DEEPEST:
                waiting.append((holder[key], depth + 1))


def _take_bytes(data: bytes) -> Any:
    return [data]


def _give_bytes(tree: Any) -> bytes:
    return b"".join(part for part in tree if isinstance(part, bytes))


def _give_json(tree: Any) -> bytes:
    """Return JSON in UTF-8; half a character, which has no UTF-8, as its escape."""
    try:
        return json.dumps(tree, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(tree).encode()


def _give_cbor(tree: Any) -> bytes:
    octets: bytes = cbor2.dumps(tree, canonical=True)
    return octets


def _take_der(data: bytes) -> list[Any]:
    """Return the elements with their tags and contents; of a constructed one those are elements too."""
    elements: list[Any] = []
    position = 0
    while position < len(data):
        start = position
        position += 1
        if data[start] & _HIGH_TAG == _HIGH_TAG:
            while data[position] & 0x80:
                position += 1
            position += 1
        tag, first = data[start:position], data[position]
        position += 1
        octets = first & 0x7F if first & 0x80 else 0
        size = int.from_bytes(data[position : position + octets], "big") if octets else first
        position += octets
        content = data[position : position + size]
        if len(content) != size:
            raise NotOfFormError("cut off")
        position += size
        is_constructed = bool(tag[0] & _CONSTRUCTED)
        elements.append({_TAG: tag, _CONTENT: _take_der(content) if is_constructed else content})
    return elements


def _give_der(tree: Any) -> bytes:
    """Return elements in DER, whatever became of the tree: what is no element becomes an OCTET STRING."""
    elements = tree if isinstance(tree, list) else [tree]
    return b"".join(
        _element(each.get(_TAG), each.get(_CONTENT, b""))
        if isinstance(each, dict)
        else _element(_OCTET_STRING, each)
        for each in elements
    )


def _element(tag: Any, content: Any) -> bytes:
    """Return one element with the length that its content has."""
    octets: bytes
    if isinstance(content, list | dict):
        octets = _give_der(content)
    elif isinstance(content, bytes):
        octets = content
    elif isinstance(content, int):
        octets = content.to_bytes(content.bit_length() // 8 + 1, "big", signed=True)
    else:
        octets = str(content).encode("utf-8", "replace")
    size = len(octets)
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    head: bytes = tag if isinstance(tag, bytes) and tag else _OCTET_STRING
    return head + (bytes([size]) if size < 0x80 else bytes([0x80 | len(raw)]) + raw) + octets


_CODECS: Final[dict[Form, tuple[Callable[[bytes], Any], Callable[[Any], bytes]]]] = {
    Form.BYTES: (_take_bytes, _give_bytes),
    Form.JSON: (json.loads, _give_json),
    Form.CBOR: (cbor2.loads, _give_cbor),
    Form.DER: (_take_der, _give_der),
}
