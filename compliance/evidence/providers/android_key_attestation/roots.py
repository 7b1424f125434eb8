"""Google's roots of Android Key Attestation, by the SHA-256 of their public keys."""
# SPDX-License-Identifier: Apache-2.0

from types import MappingProxyType
from typing import Final, NamedTuple


class KnownRoot(NamedTuple):
    """A root that every PSP trusts.

    `factory` says that chains put on devices in the factory lead to it. Google re-issued
    certificates of one and the same key over the years, so the key is pinned, not a certificate.
    """

    label: str
    factory: bool


KNOWN_ROOTS: Final = MappingProxyType(
    {
        "sha256:feb2ea7551ee316ed4bb443c8293b884dbfdea40b603ee3e4f4a897e4580fbae": KnownRoot(
            "Google hardware attestation root f92009e853b6b045", factory=True
        ),
        "sha256:3ee44512a1af2beb39c889490c60ea3f82e43f5d5a5532f5ab9419f676cd07ec": KnownRoot(
            "Google Key Attestation CA1", factory=False
        ),
    }
)
