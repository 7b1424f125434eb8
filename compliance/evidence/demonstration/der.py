"""Writes DER, as far as a made-up attestation extension needs it."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable


def integer(number: int, tag: int = 0x02) -> bytes:
    """Return an INTEGER (or, with tag 0x0A, an ENUMERATED) that is not negative."""
    return element(tag, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def enumerated(number: int) -> bytes:
    """Return an ENUMERATED."""
    return integer(number, 0x0A)


def boolean(*, value: bool) -> bytes:
    """Return a BOOLEAN."""
    return element(0x01, b"\xff" if value else b"\x00")


def null() -> bytes:
    """Return a NULL."""
    return element(0x05, b"")


def octets(content: bytes) -> bytes:
    """Return an OCTET STRING."""
    return element(0x04, content)


def sequence(parts: Iterable[bytes]) -> bytes:
    """Return a SEQUENCE of encoded parts."""
    return element(0x30, b"".join(parts))


def set_of(parts: Iterable[bytes]) -> bytes:
    """Return a SET OF encoded parts, in DER's order."""
    return element(0x31, b"".join(sorted(parts)))


def explicit(number: int, inner: bytes) -> bytes:
    """Return an explicitly tagged value of the context-specific class."""
    if number < 0x1F:
        return element(0xA0 | number, inner)
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return b"\xbf" + bytes(reversed(digits)) + _length(len(inner)) + inner


def element(tag: int, content: bytes) -> bytes:
    """Return an element with a one-octet tag."""
    return bytes([tag]) + _length(len(content)) + content


def _length(size: int) -> bytes:
    """Return a definite length in its shortest form."""
    if size < 0x80:
        return bytes([size])
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(raw)]) + raw
