"""What a verified attestation says, by the paths that the catalogue of findings uses."""
# SPDX-License-Identifier: Apache-2.0

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.android_key_attestation.applications import (
    NOT_ASKED,
    NotAsked,
    packages_fit,
    signatures_fit,
    version_fits,
)
from compliance.evidence.providers.android_key_attestation.chain import VerifiedChain
from compliance.evidence.providers.android_key_attestation.issuers import (
    Method,
    level_of,
    provisioning_of,
)
from compliance.evidence.providers.android_key_attestation.key_description import (
    KeyDescription,
    RootOfTrust,
)
from compliance.evidence.providers.android_key_attestation.patch_levels import (
    PATCH_LEVELS,
    MaxAge,
    patch_age,
)
from compliance.evidence.providers.android_key_attestation.payload import Expected
from compliance.evidence.providers.android_key_attestation.settings import Settings
from compliance.evidence.providers.android_key_attestation.tags import FLAGS
from compliance.evidence.providers.x509.certificates import algorithm_of

UNKNOWN_ORIGIN: Final = "UNKNOWN"
SELF_SIGNED: Final = "SELF_SIGNED"


class Age(NamedTuple):
    """How old something is, or how many, and what is the most that will do, in the same unit."""

    value: int
    limit: int


Claims = Mapping[str, Any]


def claims_of(
    chain: VerifiedChain, key: KeyDescription, expected: Expected, settings: Settings, at: datetime
) -> dict[str, Any]:
    """Return the claims by path; a path that is missing, or None, is something the device did not say."""
    claims: dict[str, Any] = {
        "KeyAttestationReason": "",  # none: the chain and its extension hold
        "attestationSecurityLevel": key.security_level,
        "keyMintSecurityLevel": key.key_mint_security_level,
        "chain.level": level_of(chain.certificates[1]),
        "leaf.publicKey": algorithm_of(chain.leaf.certificate),
        "leaf.notAfter / softwareEnforced.creationDateTime": Age(
            int((at - chain.leaf.not_after).total_seconds()), 0
        ),
        "provisioningInfoMap.certificatesIssued": _certificates_issued(chain, settings),
    }
    _add_hardware(claims, key.hardware_enforced, settings, at)
    _add_binding(claims, key, expected, settings)
    return claims


def _certificates_issued(chain: VerifiedChain, settings: Settings) -> Age | NotAsked | None:
    """Return how many certificates the device was given, against what is usual.

    Devices provisioned in the factory are given none. What Google's servers signed and nobody can read
    says nothing, with or without a number that is usual.
    """
    provisioning = provisioning_of(chain.certificates)
    if provisioning.method is not Method.REMOTE:
        return NOT_ASKED
    if provisioning.is_unreadable:
        return None
    usual, issued = settings.certificates_issued, provisioning.certificates_issued
    if usual is None:
        return NOT_ASKED
    return None if issued is None else Age(issued, usual)


def _add_hardware(
    claims: dict[str, Any], entries: Mapping[str, Any], settings: Settings, at: datetime
) -> None:
    """Add what hardware enforces; a flag that does not stand there is not set."""
    claims.update((f"hardwareEnforced.{flag}", False) for flag in FLAGS)
    claims.update((f"hardwareEnforced.{name}", value) for name, value in entries.items())
    if entries.get("origin") == UNKNOWN_ORIGIN:
        del claims["hardwareEnforced.origin"]
    root = entries.get("rootOfTrust")
    if isinstance(root, RootOfTrust):
        claims["hardwareEnforced.rootOfTrust.deviceLocked"] = root.device_locked
        claims["hardwareEnforced.rootOfTrust.verifiedBootState"] = root.verified_boot_state
        # The maker's own key needs no list: the state says that it is the maker's.
        claims["hardwareEnforced.rootOfTrust.verifiedBootKey"] = (
            root.verified_boot_key in settings.boot_keys
            if root.verified_boot_state == SELF_SIGNED
            else NOT_ASKED
        )
    for name in PATCH_LEVELS:
        path = f"hardwareEnforced.{name}"
        if name in entries:
            claims[path] = _patch_age(entries[name], settings.max_patch_age[name], at)
        elif name != "osPatchLevel":
            claims[path] = NOT_ASKED  # older secure environments do not report these two


def _patch_age(level: int, most: MaxAge, at: datetime) -> Age | None:
    """Return the age of a level against the greatest one that will do; None if it is no date."""
    age = patch_age(level, at, most.unit)
    return None if age is None else Age(age, most.value)


def _add_binding(
    claims: dict[str, Any], key: KeyDescription, expected: Expected, settings: Settings
) -> None:
    """Add whether the attestation is bound to what the back-end expects, and to an app of the PSP."""
    if expected.challenge is not None:
        claims["attestationChallenge"] = hmac.compare_digest(key.challenge, expected.challenge)
    path = "softwareEnforced.attestationApplicationId"
    claims[f"{path}.packages"] = packages_fit(key, expected, settings.apps)
    claims[f"{path}.signatures"] = signatures_fit(key, expected, settings.apps)
    claims[f"{path}.packages[].version"] = version_fits(key, settings.apps)
