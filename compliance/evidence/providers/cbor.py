"""A strict, bounded reader of CBOR (RFC 8949), as far as App Attest and CBOR web tokens need it.

Our own, because cbor2, told to be strict (it can refuse indefinite lengths, keys that stand twice, and
depth), still reads lengths that are not in their shortest form and keys in any order, and makes dates
and regular expressions of tags, from bytes that nobody has verified yet.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from typing import Any, Final

MAX_DEPTH: Final = 4
"""Maps and lists within each other, unless told otherwise; an attestation has three levels."""
MAX_ENTRIES: Final = 32
"""Entries of one map or list; an attestation has three at most."""

_UNSIGNED: Final = 0
_NEGATIVE: Final = 1
_BYTES: Final = 2
_TEXT: Final = 3
_LIST: Final = 4
_MAP: Final = 5
_SIMPLE: Final = 7
_SIMPLE_VALUES: Final = {20: False, 21: True, 22: None}


class CborError(ValueError):
    """The bytes are not CBOR in the form that is read here; the message says why."""


def decode(data: bytes, *, is_ordered: bool = True, depth: int = MAX_DEPTH) -> Any:
    """Return the one value that fills `data` exactly.

    Raises:
        CborError: as `decode_at`, or if something is left over.
    """
    value, end = decode_at(data, 0, is_ordered=is_ordered, depth=depth)
    if end != len(data):
        raise CborError("something is left over")
    return value


def decode_at(
    data: bytes, position: int, *, is_ordered: bool = True, depth: int = MAX_DEPTH
) -> tuple[Any, int]:
    """Return the value at `position` and where the next one begins.

    Numbers, strings, lists, maps with numbers or text for keys, true, false and null, with definite
    lengths in their shortest form. `is_ordered` asks for the order of keys of CTAP2's canonical form
    (shorter keys first), so that a value has one form only. `depth` is how many maps and lists may be
    within each other.

    Raises:
        CborError: for anything else, for what is cut off, too deep or too much.
    """
    try:
        return _read(data, position, depth, is_ordered)
    except IndexError:
        raise CborError("cut off") from None


def _read(data: bytes, position: int, depth: int, is_ordered: bool) -> tuple[Any, int]:  # noqa: FBT001 - passed on
    """Return one value and where the next one begins; raises IndexError for what is cut off."""
    major, argument, position = _read_head(data, position)
    if major == _UNSIGNED:
        return argument, position
    if major == _NEGATIVE:
        return -1 - argument, position
    if major in {_BYTES, _TEXT}:
        return _read_string(data, position, argument, is_text=major == _TEXT)
    if major == _SIMPLE:
        if argument not in _SIMPLE_VALUES:
            raise CborError("a simple value or a number with a fraction")
        return _SIMPLE_VALUES[argument], position
    read = _CONTAINERS.get(major)
    if read is None:
        raise CborError("a tag")
    if depth == 0 or argument > MAX_ENTRIES:
        raise CborError(f"too deep, or more than {MAX_ENTRIES} entries")
    return read(data, position, argument, depth - 1, is_ordered)


def _read_head(data: bytes, position: int) -> tuple[int, int, int]:
    """Return major type, argument, and where the content begins (RFC 8949, 3)."""
    first = data[position]
    position += 1
    major, information = first >> 5, first & 0x1F
    if information < 24:
        return major, information, position
    if information > 27 or major == _SIMPLE:
        raise CborError("an indefinite length, a simple value or a number with a fraction")
    size = 1 << information - 24
    raw = data[position : position + size]
    if len(raw) != size:
        raise IndexError(position)
    argument = int.from_bytes(raw, "big")
    if argument < (24 if size == 1 else 1 << size * 4):
        raise CborError("a number or length is not in its shortest form")
    return major, argument, position + size


def _read_string(data: bytes, position: int, size: int, *, is_text: bool) -> tuple[Any, int]:
    """Return a byte or text string."""
    end = position + size
    raw = data[position:end]
    if len(raw) != size:
        raise IndexError(position)
    if not is_text:
        return raw, end
    try:
        return raw.decode(), end
    except UnicodeDecodeError:
        raise CborError("text is not UTF-8") from None


def _read_list(
    data: bytes,
    position: int,
    entries: int,
    depth: int,
    is_ordered: bool,  # noqa: FBT001 - passed on
) -> tuple[list[Any], int]:
    """Return a list."""
    values = []
    for _ in range(entries):
        value, position = _read(data, position, depth, is_ordered)
        values.append(value)
    return values, position


def _read_map(
    data: bytes,
    position: int,
    entries: int,
    depth: int,
    is_ordered: bool,  # noqa: FBT001 - passed on
) -> tuple[dict[Any, Any], int]:
    """Return a map; every key stands once."""
    values: dict[Any, Any] = {}
    last = (0, b"")
    for _ in range(entries):
        start = position
        key, position = _read(data, position, 0, is_ordered)
        if not isinstance(key, int | str) or isinstance(key, bool):
            raise CborError("a key is neither a number nor text")
        if key in values:
            raise CborError("a key stands twice")
        place = (position - start, data[start:position])
        if is_ordered and place < last:
            raise CborError("keys are not in their order")
        last = place
        values[key], position = _read(data, position, depth, is_ordered)
    return values, position


_CONTAINERS: Final[dict[int, Callable[[bytes, int, int, int, bool], tuple[Any, int]]]] = {
    _LIST: _read_list,
    _MAP: _read_map,
}
