"""Errors of the life of a policy set."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from compliance.core.errors import ComplianceError


class NoPolicyInForceError(ComplianceError):
    """The PSP has no policy set in force at the moment asked about."""

    code = "no-policy-in-force"

    def __init__(self, *, at: datetime) -> None:
        super().__init__(
            f"no policy set is in force at {at.isoformat()}: import and activate one first"
        )
        self.at = at


class SelfApprovalError(ComplianceError):
    """A person tried to approve a version that they wrote."""

    code = "self-approval"

    def __init__(self) -> None:
        super().__init__("a version is approved by another person than its author")


class StaleApprovalError(ComplianceError):
    """The approval names another text than the version has."""

    code = "stale-approval"
