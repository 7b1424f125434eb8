"""Authenticator data: what the device's operating system attests or asserts."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final, NamedTuple

from compliance.evidence.providers.cbor import CborError, decode, decode_at

MAX_SIZE: Final = 2048
"""Octets; 164 without extensions, about 250 with those of iOS 27."""
MAX_BUNDLE_VERSION: Final = 64

PRODUCTION: Final = "appattest\\0*7"
DEVELOPMENT: Final = "appattestdevelop"
_ENVIRONMENTS: Final = {
    b"appattest".ljust(16, b"\x00"): PRODUCTION,
    b"appattestdevelop": DEVELOPMENT,
}
"""The two values of aaguid, in the words of the catalogue."""

_BUNDLE_VERSION: Final = "apple_bundle_version_01"
_VALIDATION_CATEGORY: Final = "apple_validation_category_01"
_FIXED: Final = 37
_CREDENTIAL: Final = 55
_CREDENTIAL_SIZE: Final = 32


class AuthenticatorDataError(ValueError):
    """The bytes are no authenticator data; the message says why."""


class Extensions(NamedTuple):
    """What iOS 27 and later say of the app; `unknown` counts what cannot be read here."""

    bundle_version: str | None = None
    validation_category: int | None = None
    unknown: int = 0


class AuthenticatorData(NamedTuple):
    """What every attestation and assertion has."""

    rp_id_hash: bytes
    counter: int
    extensions: Extensions


class AttestedData(NamedTuple):
    """What an attestation has beside: `environment` is None for an aaguid that nobody here knows."""

    common: AuthenticatorData
    environment: str | None
    credential_id: bytes
    point: bytes


def read_assertion_data(data: bytes) -> AuthenticatorData:
    """Return an assertion's authenticator data.

    Apple sets the flag for attested data in assertions that have none, and clears the one for
    extensions where there are some: neither is looked at, what follows is read.

    Raises:
        AuthenticatorDataError: if it is something else.
    """
    if not _FIXED <= len(data) <= MAX_SIZE:
        raise AuthenticatorDataError("too short or too long")
    return _common(data, _FIXED)


def read_attested_data(data: bytes) -> AttestedData:
    """Return an attestation's authenticator data.

    Raises:
        AuthenticatorDataError: if it is something else.
    """
    end = _CREDENTIAL + _CREDENTIAL_SIZE
    if not end < len(data) <= MAX_SIZE:
        raise AuthenticatorDataError("too short or too long")
    if int.from_bytes(data[53:_CREDENTIAL], "big") != _CREDENTIAL_SIZE:
        raise AuthenticatorDataError("a credential's id is a digest of 32 octets")
    try:
        key, position = decode_at(data, end)
    except CborError as error:
        raise AuthenticatorDataError("the key is no CBOR") from error
    return AttestedData(
        common=_common(data, position),
        environment=_ENVIRONMENTS.get(data[_FIXED:53]),
        credential_id=data[_CREDENTIAL:end],
        point=_point(key),
    )


def _point(key: Any) -> bytes:
    """Return the uncompressed point of a COSE key: EC2, ES256, P-256 (RFC 9053, 7.1.1)."""
    if not isinstance(key, dict) or list(key) != [1, 3, -1, -2, -3]:
        raise AuthenticatorDataError("no COSE key of an elliptic curve")
    kind, algorithm, curve, x, y = key.values()
    if [kind, algorithm, curve] != [2, -7, 1]:
        raise AuthenticatorDataError("no key on P-256")
    if not all(isinstance(part, bytes) and len(part) == 32 for part in (x, y)):
        raise AuthenticatorDataError("a coordinate has 32 octets")
    return bytes(b"\x04" + x + y)


def _common(data: bytes, position: int) -> AuthenticatorData:
    """Return the fixed part, and the extensions from `position` on."""
    return AuthenticatorData(
        rp_id_hash=data[:32],
        counter=int.from_bytes(data[33:_FIXED], "big"),
        extensions=_extensions(data[position:]) if position < len(data) else Extensions(),
    )


def _extensions(data: bytes) -> Extensions:
    """Return the extensions; the order of their keys is not Apple's promise, so it is not asked for."""
    try:
        entries = decode(data, is_ordered=False)
    except CborError as error:
        raise AuthenticatorDataError("the extensions are no CBOR") from error
    if not isinstance(entries, dict):
        raise AuthenticatorDataError("the extensions are no map")
    version = _bundle_version(entries.get(_BUNDLE_VERSION))
    category = _category(entries.get(_VALIDATION_CATEGORY))
    read = (version is not None) + (category is not None)
    return Extensions(version, category, len(entries) - read)


def _bundle_version(value: Any) -> str | None:
    """Return the bundle version, if it is one."""
    is_text = isinstance(value, str) and 0 < len(value) <= MAX_BUNDLE_VERSION
    return value if is_text and value.isascii() and value.isprintable() else None


def _category(value: Any) -> int | None:
    """Return the validation category: four octets, the least significant one first."""
    if not isinstance(value, bytes) or len(value) != 4:
        return None
    return int.from_bytes(value, "little")
