"""A strict, bounded reader of DER (X.690), as far as attestation extensions need it."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final, NamedTuple

UNIVERSAL: Final = 0
CONTEXT: Final = 2
BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
ENUMERATED: Final = 0x0A
SEQUENCE: Final = 0x10
SET: Final = 0x11

MAX_ELEMENTS: Final = 128
"""Elements in one constructed value; no list of an attestation comes near it."""
MAX_TAG_NUMBER: Final = 0xFFFF
MAX_INTEGER_OCTETS: Final = 9
"""Unsigned 64-bit numbers are the largest that the schema knows."""

_CONSTRUCTED: Final = {SEQUENCE, SET}
_HIGH_TAG: Final = 0x1F


class DerError(ValueError):
    """The bytes are not DER, or not the type that was expected; the message says what."""


class Element(NamedTuple):
    """One element: its class, tag number, whether it is constructed, and its content."""

    cls: int
    number: int
    constructed: bool
    content: bytes


def read_elements(data: bytes) -> list[Element]:
    """Return the elements that fill `data` exactly.

    Raises:
        DerError: if something is left over, cut off, not minimal, or too much.
    """
    elements: list[Element] = []
    position = 0
    while position < len(data):
        if len(elements) == MAX_ELEMENTS:
            raise DerError(f"more than {MAX_ELEMENTS} elements")
        element, position = _read_element(data, position)
        elements.append(element)
    return elements


def read_only(data: bytes, number: int) -> bytes:
    """Return the content of the one universal element that fills `data` exactly."""
    elements = read_elements(data)
    if len(elements) != 1:
        raise DerError(f"expected one element, found {len(elements)}")
    return content_of(elements[0], number)


def content_of(element: Element, number: int) -> bytes:
    """Return the content of an element that must have the universal tag `number`."""
    is_expected = element.cls == UNIVERSAL and element.number == number
    if not is_expected or element.constructed != (number in _CONSTRUCTED):
        raise DerError(f"expected universal tag {number}")
    return element.content


def _read_element(data: bytes, position: int) -> tuple[Element, int]:
    """Return the element at `position` and where the next one begins."""
    try:
        first = data[position]
        number, position = _read_tag(data, position)
        length, position = _read_length(data, position)
    except IndexError:
        raise DerError("cut off") from None
    end = position + length
    if end > len(data):
        raise DerError("length goes beyond the end")
    return Element(first >> 6, number, bool(first & 0x20), data[position:end]), end


def _read_tag(data: bytes, position: int) -> tuple[int, int]:
    """Return the tag number and where the length begins (X.690, 8.1.2)."""
    number = data[position] & _HIGH_TAG
    position += 1
    if number != _HIGH_TAG:
        return number, position
    number = 0
    if data[position] == 0x80:
        raise DerError("tag number has leading zeros")
    while True:
        octet = data[position]
        position += 1
        number = number << 7 | octet & 0x7F
        if number > MAX_TAG_NUMBER:
            raise DerError(f"tag number above {MAX_TAG_NUMBER}")
        if not octet & 0x80:
            break
    if number < _HIGH_TAG:
        raise DerError("tag number is not in its shortest form")
    return number, position


def _read_length(data: bytes, position: int) -> tuple[int, int]:
    """Return the length and where the content begins; definite and minimal (X.690, 10.1)."""
    first = data[position]
    position += 1
    if first < 0x80:
        return first, position
    octets = first & 0x7F
    if not 1 <= octets <= 3:
        raise DerError("length is indefinite or too large")
    raw = data[position : position + octets]
    if len(raw) != octets:
        raise DerError("cut off")
    length = int.from_bytes(raw, "big")
    if length < 0x80 or raw[0] == 0:
        raise DerError("length is not in its shortest form")
    return length, position + octets


def read_boolean(content: bytes) -> bool:
    """Return a BOOLEAN: 00 or FF and nothing else (X.690, 11.1); a lax reader takes 01 for locked."""
    if content == b"\xff":
        return True
    if content == b"\x00":
        return False
    raise DerError("a BOOLEAN must be 00 or FF")


def read_integer(content: bytes) -> int:
    """Return an INTEGER or ENUMERATED that is not negative, in its shortest form (X.690, 8.3.2)."""
    if not 0 < len(content) <= MAX_INTEGER_OCTETS:
        raise DerError(f"a number must have 1 to {MAX_INTEGER_OCTETS} octets")
    if content[0] & 0x80:
        raise DerError("a number must not be negative")
    if len(content) > 1 and content[0] == 0 and not content[1] & 0x80:
        raise DerError("a number is not in its shortest form")
    return int.from_bytes(content, "big")


def read_null(content: bytes) -> bool:
    """Return True for a NULL: in this schema it is a flag that is set."""
    if content:
        raise DerError("a NULL must be empty")
    return True
