"""The extension of remotely provisioned keys: how many certificates the device was given."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

CERTIFICATES_ISSUED: Final = 1
MAX_SIZE: Final = 1024
MAX_ENTRIES: Final = 16

_UNSIGNED: Final = 0
_BYTES: Final = 2
_TEXT: Final = 3
_MAP: Final = 5
_SIMPLE: Final = 7


def certificates_issued(data: bytes) -> int | None:
    """Return the number in the map's entry 1 (CBOR, RFC 8949); None where it cannot be read.

    The number is a hint about attestation farming and decides nothing: what is not a flat map of
    numbers, strings and simple values reads as "not known".
    """
    if len(data) > MAX_SIZE:
        return None
    try:
        return _read_map(data)
    except (IndexError, ValueError):
        return None


def _read_map(data: bytes) -> int | None:
    """Return the number; raises IndexError or ValueError for anything but a flat map."""
    major, entries, position = _read_head(data, 0)
    if major != _MAP or entries > MAX_ENTRIES:
        raise ValueError("not a small map")
    found = None
    for _ in range(entries):
        major, key, position = _read_head(data, position)
        if major != _UNSIGNED:
            raise ValueError("a key is not a number")
        major, value, position = _read_head(data, position)
        if major in {_BYTES, _TEXT}:
            position += value
        elif major not in {_UNSIGNED, _SIMPLE}:
            raise ValueError("a value is neither number, string nor simple")
        elif major == _UNSIGNED and key == CERTIFICATES_ISSUED:
            found = value
    if position != len(data):
        raise ValueError("something is left over")
    return found


def _read_head(data: bytes, position: int) -> tuple[int, int, int]:
    """Return major type, argument and where the next byte stands; definite lengths only."""
    first = data[position]
    position += 1
    information = first & 0x1F
    if information < 24:
        return first >> 5, information, position
    if information > 27:
        raise ValueError("indefinite length")
    size = 1 << information - 24
    raw = data[position : position + size]
    if len(raw) != size:
        raise IndexError(position)
    return first >> 5, int.from_bytes(raw, "big"), position + size
