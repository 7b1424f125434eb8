"""Errors of trust anchors and revocation lists."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import ComplianceError


class InvalidTrustAnchorError(ComplianceError):
    """What was given is not a root certificate that evidence could be verified against."""

    code = "invalid-trust-anchor"


class InvalidRevocationListError(ComplianceError):
    """What was given is not a list of revoked keys."""

    code = "invalid-revocation-list"
