"""Errors of trust anchors, revocation lists, and what is set up for providers."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable

from compliance.core.errors import ComplianceError
from policies.documents import Problem


class InvalidTrustAnchorError(ComplianceError):
    """What was given is not a root certificate that evidence could be verified against."""

    code = "invalid-trust-anchor"


class InvalidRevocationListError(ComplianceError):
    """What was given is not a list of revoked keys."""

    code = "invalid-revocation-list"


class UnreachableListError(ComplianceError):
    """A list of revoked keys cannot be had from where it should be."""

    code = "unavailable"

    def __init__(self, location: str, reason: str) -> None:
        super().__init__(f"cannot load `{location}`: {reason}")
        self.location = location
        self.reason = reason


class InvalidProviderSettingsError(ComplianceError):
    """What was to be set up for a provider makes no sense; `problems` names each place."""

    code = "invalid-provider-settings"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"{each.pointer or '/'}: {each.detail}" for each in self.problems)
        )


class VaultError(ComplianceError):
    """What a PSP set up cannot be decrypted with the deployment's key."""

    code = "unavailable"


class InvalidSealingKeyError(ComplianceError):
    """What was given is not a public key that input can be sealed to."""

    code = "invalid-sealing-key"


class UnsealingError(ComplianceError):
    """A sealed input cannot be opened with this key, or is none."""

    code = "invalid-request"
