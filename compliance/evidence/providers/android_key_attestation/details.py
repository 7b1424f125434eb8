"""The facts of an attestation that may be stored and shown: nothing that names a device."""
# SPDX-License-Identifier: Apache-2.0

from types import MappingProxyType
from typing import Final

from compliance.evidence.providers.android_key_attestation.chain import VerifiedChain
from compliance.evidence.providers.android_key_attestation.issuers import provisioning_of
from compliance.evidence.providers.android_key_attestation.key_description import (
    KeyDescription,
    RootOfTrust,
)
from compliance.evidence.providers.android_key_attestation.payload import Expected
from compliance.evidence.providers.android_key_attestation.settings import Settings
from compliance.evidence.providers.x509.certificates import algorithm_of

Details = dict[str, str | int | bool]

_SHOWN: Final = MappingProxyType(
    {
        "osVersion": "os_version",
        "osPatchLevel": "os_patch_level",
        "vendorPatchLevel": "vendor_patch_level",
        "bootPatchLevel": "boot_patch_level",
        "origin": "origin",
    }
)
"""What hardware enforces and may be shown, and the name that it is shown by."""


def details_of(
    chain: VerifiedChain, key: KeyDescription, expected: Expected, settings: Settings
) -> Details:
    """Return the facts of an attestation that verifies."""
    details: Details = {
        "root": chain.root.label,
        "attestation_version": key.version,
        "security_level": key.security_level,
        "key_algorithm": algorithm_of(chain.leaf.certificate),
        "challenge": "not compared" if expected.challenge is None else "compared",
    }
    if chain.root.demonstration:
        details["demonstration"] = True
    if chain.expired:
        details["expired_factory_certificates"] = chain.expired
    if key.unknown_tags:
        details["unknown_tags"] = key.unknown_tags
    details |= _of_boot(key, settings)
    details |= {
        shown: value
        for name, shown in _SHOWN.items()
        if isinstance(value := key.hardware_enforced.get(name), int | str)
    }
    return details | _of_provisioning(chain)


def _of_boot(key: KeyDescription, settings: Settings) -> Details:
    """Return how the device was started, and the name of the system if it is a listed one."""
    root = key.hardware_enforced.get("rootOfTrust")
    if not isinstance(root, RootOfTrust):
        return {}
    details: Details = {
        "verified_boot_state": root.verified_boot_state,
        "device_locked": root.device_locked,
    }
    name = settings.boot_keys.get(root.verified_boot_key)
    if name is not None:
        details["verified_boot_key"] = name
    return details


def _of_provisioning(chain: VerifiedChain) -> Details:
    """Return how the attestation key came to the device, and how many certificates it was given."""
    provisioning = provisioning_of(chain.certificates)
    details: Details = {"provisioning": provisioning.method.value}
    if provisioning.is_unreadable:
        details["provisioning_info"] = "unreadable"
    if provisioning.certificates_issued is not None:
        details["certificates_issued"] = provisioning.certificates_issued
    return details
