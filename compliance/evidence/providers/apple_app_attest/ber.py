"""A bounded reader of BER (X.690), for the frame that Apple puts around a receipt.

Apple writes that frame with indefinite lengths, which DER forbids; in everything else this reader
is as strict as DER: shortest lengths, nothing left over, tags of one octet.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import Final, NamedTuple

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONTEXT_0: Final = 0xA0
SEGMENTED_OCTET_STRING: Final = 0x24

MAX_DEPTH: Final = 8
"""Indefinite lengths within each other; a receipt has five."""
MAX_ITEMS: Final = 64
"""Items in one value; a receipt's frame has five at most."""

_INDEFINITE: Final = 0x80
_END: Final = b"\x00\x00"
_CONSTRUCTED: Final = 0x20
_HIGH_TAG: Final = 0x1F


class BerError(ValueError):
    """The bytes are not the BER that was expected; the message says why."""


class Item(NamedTuple):
    """One item: its tag octet, its content, and all its octets."""

    tag: int
    content: bytes
    raw: bytes


def read_items(data: bytes) -> list[Item]:
    """Return the items that fill `data` exactly.

    Raises:
        BerError: if something is left over, cut off, too long in form, too deep or too much.
    """
    items: list[Item] = []
    position = 0
    while position < len(data):
        if len(items) == MAX_ITEMS:
            raise BerError(f"more than {MAX_ITEMS} items")
        try:
            item, position = _read(data, position, MAX_DEPTH)
        except IndexError:
            raise BerError("cut off") from None
        items.append(item)
    return items


def read_as(data: bytes, tags: Sequence[int]) -> list[Item]:
    """Return the items that fill `data` exactly, one for each of `tags`.

    Raises:
        BerError: as `read_items`, or if there are others.
    """
    items = read_items(data)
    if [item.tag for item in items] != list(tags):
        raise BerError(f"expected the tags {', '.join(f'{tag:02x}' for tag in tags)}")
    return items


def octets_of(item: Item) -> bytes:
    """Return the content of an OCTET STRING, whole or in segments (X.690, 8.7.3).

    Raises:
        BerError: if it is something else.
    """
    if item.tag == OCTET_STRING:
        return item.content
    if item.tag != SEGMENTED_OCTET_STRING:
        raise BerError("expected an OCTET STRING")
    segments = read_items(item.content)
    if any(segment.tag != OCTET_STRING for segment in segments):
        raise BerError("a segment is no OCTET STRING")
    return b"".join(segment.content for segment in segments)


def _read(data: bytes, position: int, depth: int) -> tuple[Item, int]:
    """Return the item at `position` and where the next one begins."""
    tag, first = data[position], data[position + 1]
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise BerError("a tag of several octets")
    start = position + 2
    if first != _INDEFINITE:
        length, start = _read_length(data, first, start)
        end = start + length
        if end > len(data):
            raise IndexError(end)
        return Item(tag, data[start:end], data[position:end]), end
    if not tag & _CONSTRUCTED or depth == 0:
        raise BerError("an indefinite length where none may be")
    end = start
    while data[end : end + 2] != _END:
        _inner, end = _read(data, end, depth - 1)
    return Item(tag, data[start:end], data[position : end + 2]), end + 2


def _read_length(data: bytes, first: int, position: int) -> tuple[int, int]:
    """Return a definite length and where the content begins."""
    if first < 0x80:
        return first, position
    octets = first & 0x7F
    raw = data[position : position + octets]
    if octets > 3 or len(raw) != octets:
        raise BerError("a length is too large or cut off")
    length = int.from_bytes(raw, "big")
    if length < 0x80 or raw[0] == 0:
        raise BerError("a length is not in its shortest form")
    return length, position + octets
