"""The attestation extension: DER to values, without anything that names a device."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Final, NamedTuple

from compliance.evidence.providers.android_key_attestation.tags import (
    BOOT_STATES,
    NEWEST_VERSION,
    ORIGINS,
    SECURITY_LEVELS,
    TAGS,
    VERSION_WITH_BOOT_HASH,
    Kind,
)
from compliance.evidence.providers.x509 import der

MAX_SIZE: Final = 8192
MAX_CHALLENGE: Final = 1024
MAX_PACKAGES: Final = 32
MAX_PACKAGE_NAME: Final = 255

UNKNOWN_TAG: Final = "UNKNOWN_TAG_NUMBER"
MALFORMED: Final = "malformed_extension"


class KeyDescriptionError(ValueError):
    """The extension is not what the schema says; `reason` is a word of ours or of the catalogue."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class RootOfTrust(NamedTuple):
    """What the bootloader told the secure environment."""

    verified_boot_key: bytes
    device_locked: bool
    verified_boot_state: str
    verified_boot_hash: bytes | None


class ApplicationId(NamedTuple):
    """Which apps the key belongs to, as the operating system says.

    `packages` are pairs of name and version code, `signatures` SHA-256 digests of certificates.
    """

    packages: tuple[tuple[str, int], ...]
    signatures: frozenset[bytes]


Value = int | bool | str | bytes | tuple[int, ...] | RootOfTrust | ApplicationId
AuthorizationList = Mapping[str, Value]


class KeyDescription(NamedTuple):
    """The extension's content; authorization lists by the schema's own names, flags as True.

    `uniqueId`, hardware identifiers and IMEIs are read over and never kept. `unknown_tags` counts
    entries of a version that is newer than this reader.
    """

    version: int
    security_level: str
    key_mint_version: int
    key_mint_security_level: str
    challenge: bytes
    software_enforced: AuthorizationList
    hardware_enforced: AuthorizationList
    unknown_tags: int


def read_key_description(data: bytes) -> KeyDescription:
    """Return what the extension says.

    Raises:
        KeyDescriptionError: if it is too large, not DER, or not the schema's; BOOLEANs must be 00
            or FF, tags known (up to the newest version known here) and unique.
    """
    if len(data) > MAX_SIZE:
        raise KeyDescriptionError(MALFORMED, f"more than {MAX_SIZE} bytes")
    try:
        return _read(data)
    except der.DerError as error:
        raise KeyDescriptionError(MALFORMED, str(error)) from error


def _read(data: bytes) -> KeyDescription:
    """Return what the extension says; raises DerError as well."""
    fields = der.read_elements(der.read_only(data, der.SEQUENCE))
    if len(fields) != 8:
        raise der.DerError(f"expected 8 fields, found {len(fields)}")
    version = der.read_integer(der.content_of(fields[0], der.INTEGER))
    challenge = der.content_of(fields[4], der.OCTET_STRING)
    if len(challenge) > MAX_CHALLENGE:
        raise der.DerError(f"challenge has more than {MAX_CHALLENGE} bytes")
    der.content_of(fields[5], der.OCTET_STRING)  # uniqueId names the device: read over
    software, unknown_software = _authorization_list(fields[6], version)
    hardware, unknown_hardware = _authorization_list(fields[7], version)
    return KeyDescription(
        version=version,
        security_level=_name(fields[1], SECURITY_LEVELS, "security level"),
        key_mint_version=der.read_integer(der.content_of(fields[2], der.INTEGER)),
        key_mint_security_level=_name(fields[3], SECURITY_LEVELS, "security level"),
        challenge=challenge,
        software_enforced=software,
        hardware_enforced=hardware,
        unknown_tags=unknown_software + unknown_hardware,
    )


def _name(
    element: der.Element, names: tuple[str, ...], what: str, tag: int = der.ENUMERATED
) -> str:
    """Return the name of an enumerated value."""
    number = der.read_integer(der.content_of(element, tag))
    if number >= len(names):
        raise der.DerError(f"unknown {what} {number}")
    return names[number]


def _authorization_list(element: der.Element, version: int) -> tuple[AuthorizationList, int]:
    """Return the entries by name, and how many tags nobody here knows."""
    entries: dict[str, Value] = {}
    seen: set[int] = set()
    unknown = 0
    for entry in der.read_elements(der.content_of(element, der.SEQUENCE)):
        if entry.cls != der.CONTEXT or not entry.constructed:
            raise der.DerError("expected an explicitly tagged entry")
        if entry.number in seen:
            raise der.DerError(f"tag {entry.number} stands twice")
        seen.add(entry.number)
        if entry.number in TAGS:
            _add_entry(entries, entry, version)
        elif version > NEWEST_VERSION:
            unknown += 1
        else:
            raise KeyDescriptionError(UNKNOWN_TAG, f"unknown tag {entry.number}")
    return entries, unknown


def _add_entry(entries: dict[str, Value], entry: der.Element, version: int) -> None:
    """Add one entry, unless it names a device."""
    tag = TAGS[entry.number]
    inner = der.read_elements(entry.content)
    if len(inner) != 1:
        raise der.DerError(f"tag {entry.number}: expected one value, found {len(inner)}")
    if tag.kind is not Kind.DROPPED:
        entries[tag.name] = _value(inner[0], tag.kind, version)


def _value(element: der.Element, kind: Kind, version: int) -> Value:
    """Return the value of an entry."""
    match kind:
        case Kind.INTEGER:
            return der.read_integer(der.content_of(element, der.INTEGER))
        case Kind.INTEGERS:
            members = der.read_elements(der.content_of(element, der.SET))
            return tuple(der.read_integer(der.content_of(one, der.INTEGER)) for one in members)
        case Kind.FLAG:
            return der.read_null(der.content_of(element, der.NULL))
        case Kind.ORIGIN:
            return _name(element, ORIGINS, "origin", der.INTEGER)
        case Kind.ROOT_OF_TRUST:
            return _root_of_trust(element, version)
        case Kind.APPLICATION_ID:
            return _application_id(der.content_of(element, der.OCTET_STRING))
        case _:
            return der.content_of(element, der.OCTET_STRING)


def _root_of_trust(element: der.Element, version: int) -> RootOfTrust:
    """Return the root of trust; the boot hash came with version 3 of the schema."""
    fields = der.read_elements(der.content_of(element, der.SEQUENCE))
    expected = (4,) if version >= VERSION_WITH_BOOT_HASH else (3, 4)
    if len(fields) not in expected:
        raise der.DerError(f"rootOfTrust: expected {expected[0]} fields, found {len(fields)}")
    return RootOfTrust(
        verified_boot_key=der.content_of(fields[0], der.OCTET_STRING),
        device_locked=der.read_boolean(der.content_of(fields[1], der.BOOLEAN)),
        verified_boot_state=_name(fields[2], BOOT_STATES, "verified boot state"),
        verified_boot_hash=(
            der.content_of(fields[3], der.OCTET_STRING) if len(fields) == 4 else None
        ),
    )


def _application_id(content: bytes) -> ApplicationId:
    """Return the apps of an `AttestationApplicationId`."""
    fields = der.read_elements(der.read_only(content, der.SEQUENCE))
    if len(fields) != 2:
        raise der.DerError(f"attestationApplicationId: expected 2 fields, found {len(fields)}")
    packages = der.read_elements(der.content_of(fields[0], der.SET))
    signatures = der.read_elements(der.content_of(fields[1], der.SET))
    if len(packages) > MAX_PACKAGES or len(signatures) > MAX_PACKAGES:
        raise der.DerError(f"attestationApplicationId: more than {MAX_PACKAGES} entries")
    return ApplicationId(
        packages=tuple(_package(package) for package in packages),
        signatures=frozenset(der.content_of(one, der.OCTET_STRING) for one in signatures),
    )


def _package(element: der.Element) -> tuple[str, int]:
    """Return the name and version code of one package."""
    fields = der.read_elements(der.content_of(element, der.SEQUENCE))
    if len(fields) != 2:
        raise der.DerError(f"package: expected 2 fields, found {len(fields)}")
    raw = der.content_of(fields[0], der.OCTET_STRING)
    if len(raw) > MAX_PACKAGE_NAME:
        raise der.DerError(f"package: more than {MAX_PACKAGE_NAME} bytes")
    version = der.read_integer(der.content_of(fields[1], der.INTEGER))
    try:
        return raw.decode(), version
    except UnicodeDecodeError:
        raise der.DerError("package: expected UTF-8") from None
