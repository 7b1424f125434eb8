"""What a verified attestation says, by the paths that the catalogue of findings uses."""
# SPDX-License-Identifier: Apache-2.0

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.android_key_attestation.chain import VerifiedChain
from compliance.evidence.providers.android_key_attestation.issuers import level_of
from compliance.evidence.providers.android_key_attestation.key_description import (
    ApplicationId,
    KeyDescription,
    RootOfTrust,
)
from compliance.evidence.providers.android_key_attestation.payload import Expected
from compliance.evidence.providers.android_key_attestation.tags import FLAGS

MAX_PATCH_AGE_MONTHS: Final = 12
"""Above this a security patch level is out of date. Google asks the same of its strongest label since
Android 13: updates within the last year, on every partition."""

UNKNOWN_ORIGIN: Final = "UNKNOWN"
_PATCH_LEVELS: Final = ("osPatchLevel", "vendorPatchLevel", "bootPatchLevel")
_PATCH_LEVEL = re.compile(r"(\d{4})(0[1-9]|1[0-2])(\d{2})?")


class Age(NamedTuple):
    """How old something is and how old it may be, in the same unit."""

    value: int
    limit: int


class NotAsked:
    """Marks what the back-end gave nothing to compare with, or the device need not say."""


NOT_ASKED: Final = NotAsked()
Claims = Mapping[str, Any]


def claims_of(
    chain: VerifiedChain, key: KeyDescription, expected: Expected, at: datetime
) -> dict[str, Any]:
    """Return the claims by path; a path that is missing is something the device did not say."""
    claims: dict[str, Any] = {
        "KeyAttestationReason": "",  # none: the chain and its extension hold
        "attestationSecurityLevel": key.security_level,
        "keyMintSecurityLevel": key.key_mint_security_level,
        "chain.level": level_of(chain.certificates[1]),
        "leaf.notAfter / softwareEnforced.creationDateTime": Age(
            int((at - chain.leaf.not_after).total_seconds()), 0
        ),
    }
    _add_hardware(claims, key.hardware_enforced, at)
    _add_binding(claims, key, expected)
    return claims


def _add_hardware(claims: dict[str, Any], entries: Mapping[str, Any], at: datetime) -> None:
    """Add what hardware enforces; a flag that does not stand there is not set."""
    claims.update((f"hardwareEnforced.{flag}", False) for flag in FLAGS)
    claims.update((f"hardwareEnforced.{name}", value) for name, value in entries.items())
    if entries.get("origin") == UNKNOWN_ORIGIN:
        del claims["hardwareEnforced.origin"]
    root = entries.get("rootOfTrust")
    if isinstance(root, RootOfTrust):
        claims["hardwareEnforced.rootOfTrust.deviceLocked"] = root.device_locked
        claims["hardwareEnforced.rootOfTrust.verifiedBootState"] = root.verified_boot_state
    for name in _PATCH_LEVELS:
        path = f"hardwareEnforced.{name}"
        if name in entries:
            claims[path] = _patch_age(entries[name], at)
        elif name != "osPatchLevel":
            claims[path] = NOT_ASKED  # older secure environments do not report these two


def _patch_age(level: int, at: datetime) -> Age | None:
    """Return the age in months of a level YYYYMM or YYYYMMDD; None if it is no date."""
    match = _PATCH_LEVEL.fullmatch(str(level))
    if match is None:
        return None
    months = (at.year - int(match[1])) * 12 + at.month - int(match[2])
    return Age(months, MAX_PATCH_AGE_MONTHS)


def _add_binding(claims: dict[str, Any], key: KeyDescription, expected: Expected) -> None:
    """Add whether the attestation is bound to what the back-end expects."""
    if expected.challenge is not None:
        claims["attestationChallenge"] = hmac.compare_digest(key.challenge, expected.challenge)
    application = key.software_enforced.get("attestationApplicationId")
    path = "softwareEnforced.attestationApplicationId"
    claims[f"{path}.packages"] = _package_fits(application, expected)
    claims[f"{path}.signatures"] = _signature_fits(application, expected)


def _package_fits(application: Any, expected: Expected) -> bool | NotAsked | None:
    """Return whether the expected package is among those that the key belongs to."""
    if expected.package is None:
        return NOT_ASKED
    if not isinstance(application, ApplicationId):
        return None
    return expected.package in {name for name, _version in application.packages}


def _signature_fits(application: Any, expected: Expected) -> bool | NotAsked | None:
    """Return whether the app was signed with the expected certificate."""
    if expected.signature_digest is None:
        return NOT_ASKED
    if not isinstance(application, ApplicationId):
        return None
    return expected.signature_digest in application.signatures
