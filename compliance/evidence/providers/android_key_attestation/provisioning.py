"""The extension of remotely provisioned keys: how many certificates the device was given lately."""
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


class ProvisioningError(ValueError):
    """The extension is no flat map of numbers, strings and simple values."""


def certificates_issued(data: bytes) -> int | None:
    """Return the number in the map's entry 1 (CBOR, RFC 8949); None where the map has none.

    The number is a hint about attestation farming. Google's verifier takes a map that it cannot read
    for one that is not there, and lets the chain pass: Google's servers wrote it, no device can.

    Raises:
        ProvisioningError: if it is too large, or anything but a flat map.
    """
    if len(data) > MAX_SIZE:
        raise ProvisioningError(f"more than {MAX_SIZE} bytes")
    try:
        return _read_map(data)
    except IndexError as error:
        raise ProvisioningError("cut off") from error


def _read_map(data: bytes) -> int | None:
    """Return the number; raises IndexError where it is cut off."""
    major, entries, position = _read_head(data, 0)
    if major != _MAP or entries > MAX_ENTRIES:
        raise ProvisioningError("not a small map")
    found = None
    seen: set[int] = set()
    for _ in range(entries):
        major, key, position = _read_head(data, position)
        if major != _UNSIGNED or key in seen:
            raise ProvisioningError("a key is not a number, or stands twice")
        seen.add(key)
        major, value, position = _read_head(data, position)
        if major in {_BYTES, _TEXT}:
            position += value
        elif major not in {_UNSIGNED, _SIMPLE}:
            raise ProvisioningError("a value is neither number, string nor simple")
        elif major == _UNSIGNED and key == CERTIFICATES_ISSUED:
            found = value
        if key == CERTIFICATES_ISSUED and found is None:
            raise ProvisioningError("entry 1 is not a number")
    if position != len(data):
        raise ProvisioningError("something is left over")
    return found


def _read_head(data: bytes, position: int) -> tuple[int, int, int]:
    """Return major type, argument and where the next byte stands; definite lengths only."""
    first = data[position]
    position += 1
    information = first & 0x1F
    if information < 24:
        return first >> 5, information, position
    if information > 27:
        raise ProvisioningError("indefinite length")
    size = 1 << information - 24
    raw = data[position : position + size]
    if len(raw) != size:
        raise IndexError(position)
    return first >> 5, int.from_bytes(raw, "big"), position + size
