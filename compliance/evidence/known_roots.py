"""Roots that need no second person: known by the SHA-256 of their public key (SubjectPublicKeyInfo).

Makers re-issue certificates of one and the same key, so keys are known, not certificates. A test
computes each digest from the maker's certificate. The database has the same list as a constraint:
whoever adds a key makes a migration.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from compliance.evidence.providers.android_key_attestation import NAME as ANDROID_KEY_ATTESTATION
from compliance.evidence.providers.android_key_attestation.roots import KNOWN_ROOTS as OF_GOOGLE
from compliance.evidence.providers.apple_app_attest import NAME as APPLE_APP_ATTEST
from compliance.evidence.providers.apple_app_attest.roots import ATTESTATION_ROOT, RECEIPT_ROOT

KNOWN_ROOTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        ANDROID_KEY_ATTESTATION: MappingProxyType(
            {digest: root.label for digest, root in OF_GOOGLE.items()}
        ),
        APPLE_APP_ATTEST: MappingProxyType(
            {root.public_key_digest: root.label for root in (ATTESTATION_ROOT, RECEIPT_ROOT)}
        ),
    }
)
"""What each known key is called, by provider and digest (`sha256:<hex>`). Evidence of a provider that is
not here is verified by keys that a PSP sets up, not by roots."""
