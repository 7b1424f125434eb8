"""The frame of a certificate, read by ourselves: serial number, whole signature, raw extensions.

The library reads the extensions that it knows, and refuses a certificate in which one of them is
not canonical; firmware of some genuine devices writes such `keyUsage`. Those are harmless here:
only the extensions that evidence stands in are looked at, and these are read strictly.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import NamedTuple

from compliance.evidence.providers.x509 import der

_EXTENSIONS_TAG = 3


class Frame(NamedTuple):
    """What is taken from the frame; extensions by the content octets of their identifiers."""

    serial: int
    extensions: Mapping[bytes, bytes]


def read_frame(data: bytes) -> Frame:
    """Return the frame of a certificate in DER (RFC 5280, 4.1).

    The serial number is positive, and the signature is of whole octets, so that no bit outside
    the signed part can be changed unnoticed: the library lets both pass.

    Raises:
        DerError: if the frame is something else.
    """
    parts = der.read_elements(der.read_only(data, der.SEQUENCE))
    if len(parts) != 3:
        raise der.DerError(f"a certificate has three parts, found {len(parts)}")
    if not der.content_of(parts[2], der.BIT_STRING).startswith(b"\x00"):
        raise der.DerError("the signature must have whole octets")
    fields = der.read_elements(der.content_of(parts[0], der.SEQUENCE))
    listed = [
        field.content
        for field in fields
        if field.cls == der.CONTEXT and field.number == _EXTENSIONS_TAG
    ]
    if len(listed) > 1:
        raise der.DerError("extensions stand twice")
    return Frame(_serial(fields), _extensions(listed[0]) if listed else {})


def _serial(fields: list[der.Element]) -> int:
    """Return the serial number: the first field after the version."""
    first = next((field for field in fields if field.cls == der.UNIVERSAL), None)
    if first is None:
        raise der.DerError("expected a serial number")
    serial = int.from_bytes(der.content_of(first, der.INTEGER), "big", signed=True)
    if serial <= 0:
        raise der.DerError("the serial number must be positive")
    return serial


def _extensions(content: bytes) -> dict[bytes, bytes]:
    """Return the raw values of the extensions, each of which stands once."""
    extensions: dict[bytes, bytes] = {}
    for element in der.read_elements(der.read_only(content, der.SEQUENCE)):
        parts = der.read_elements(der.content_of(element, der.SEQUENCE))
        if not 2 <= len(parts) <= 3:
            raise der.DerError(f"an extension has two or three parts, found {len(parts)}")
        identifier = der.content_of(parts[0], der.OBJECT_IDENTIFIER)
        if len(parts) == 3:
            der.read_boolean(der.content_of(parts[1], der.BOOLEAN))
        if identifier in extensions:
            raise der.DerError("an extension stands twice")
        extensions[identifier] = der.content_of(parts[-1], der.OCTET_STRING)
    return extensions
