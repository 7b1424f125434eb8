"""Invented devices: their state, and the attestation extension that they would carry."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from compliance.evidence.demonstration import der
from compliance.evidence.providers.android_key_attestation.tags import (
    BOOT_STATES,
    ORIGINS,
    SECURITY_LEVELS,
    TAGS,
)

PACKAGE: Final = "example.ninefold.demonstration"
SIGNATURE_DIGEST: Final = hashlib.sha256(b"Ninefold demonstration app").digest()

_NUMBER_OF: Final = {tag.name: number for number, tag in TAGS.items()}
_SIGN: Final = 2
_EC: Final = 3
_SHA_256: Final = 4
_P_256: Final = 1
_FINGERPRINT: Final = 2
BOOT_KEY: Final = hashlib.sha256(b"Ninefold demonstration boot key").digest()
_BOOT_HASH: Final = hashlib.sha256(b"Ninefold demonstration boot image").digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """One invented Android device, and the key that it attests.

    `os_patch_level` is YYYYMM, None for the month before the attestation; the levels of vendor and boot
    are YYYYMMDD, None for the same month. Security levels, boot states and origins are the schema's words.
    """

    device_locked: bool = True
    verified_boot_state: str = "VERIFIED"
    security_level: str = "TRUSTED_ENVIRONMENT"
    key_mint_security_level: str | None = None
    origin: str = "GENERATED"
    user_auth_required: bool = True
    os_version: int = 160000
    os_patch_level: int | None = None
    vendor_patch_level: int | None = None
    boot_patch_level: int | None = None
    boot_key: bytes = BOOT_KEY
    attestation_version: int = 300
    package: str = PACKAGE
    package_version: int = 731
    signature_digest: bytes = SIGNATURE_DIGEST


def attestation_extension(state: DeviceState, *, challenge: bytes, at: datetime) -> bytes:
    """Return the DER of the extension that the device would put into a key's certificate.

    Where the level is SOFTWARE, nothing is enforced by hardware: the whole list is software's word.
    """
    key = _key_entries(state, at)
    app = {
        "creationDateTime": der.integer(int(at.timestamp() * 1000)),
        "attestationApplicationId": der.octets(_application_id(state)),
    }
    is_software = state.security_level == "SOFTWARE"
    level = SECURITY_LEVELS.index(state.security_level)
    key_mint_level = SECURITY_LEVELS.index(state.key_mint_security_level or state.security_level)
    return der.sequence(
        [
            der.integer(state.attestation_version),
            der.enumerated(level),
            der.integer(state.attestation_version),
            der.enumerated(key_mint_level),
            der.octets(challenge),
            der.octets(b""),
            authorization_list(app | key if is_software else app),
            authorization_list({} if is_software else key),
        ]
    )


def authorization_list(entries: Mapping[str, bytes]) -> bytes:
    """Return an `AuthorizationList` of encoded values by the schema's names, in order of tags."""
    numbered = sorted((_NUMBER_OF[name], value) for name, value in entries.items())
    return der.sequence(der.explicit(number, value) for number, value in numbered)


def _key_entries(state: DeviceState, at: datetime) -> dict[str, bytes]:
    """Return what the secure environment says of the key and of the device."""
    patch_level = state.os_patch_level or _month_before(at)
    entries = {
        "purpose": der.set_of([der.integer(_SIGN)]),
        "algorithm": der.integer(_EC),
        "keySize": der.integer(256),
        "digest": der.set_of([der.integer(_SHA_256)]),
        "ecCurve": der.integer(_P_256),
        "origin": der.integer(ORIGINS.index(state.origin)),
        "rootOfTrust": _root_of_trust(state),
        "osVersion": der.integer(state.os_version),
        "osPatchLevel": der.integer(patch_level),
        "vendorPatchLevel": der.integer(state.vendor_patch_level or patch_level * 100 + 5),
        "bootPatchLevel": der.integer(state.boot_patch_level or patch_level * 100 + 5),
    }
    if state.user_auth_required:
        return entries | {"userAuthType": der.integer(_FINGERPRINT)}
    return entries | {"noAuthRequired": der.null()}


def _month_before(at: datetime) -> int:
    """Return YYYYMM of the month before `at`."""
    return (at.year - 1) * 100 + 12 if at.month == 1 else at.year * 100 + at.month - 1


def _root_of_trust(state: DeviceState) -> bytes:
    """Return the encoded root of trust."""
    return der.sequence(
        [
            der.octets(state.boot_key),
            der.boolean(value=state.device_locked),
            der.enumerated(BOOT_STATES.index(state.verified_boot_state)),
            der.octets(_BOOT_HASH),
        ]
    )


def _application_id(state: DeviceState) -> bytes:
    """Return the encoded `AttestationApplicationId`."""
    package = der.sequence([der.octets(state.package.encode()), der.integer(state.package_version)])
    return der.sequence([der.set_of([package]), der.set_of([der.octets(state.signature_digest)])])


def freerasp_report(threats: Sequence[str], *, finished: bool) -> dict[str, Any]:
    """Return what the invented app relays of its run-time protection."""
    return {"threats": list(threats), "all_checks_finished": finished, "platform": "android"}
