"""Errors of reports."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import ComplianceError


class InvalidPeriodError(ComplianceError):
    """A report was asked for about a period that is empty, too long, or still ahead."""

    code = "invalid-request"


class SealUnavailableError(ComplianceError):
    """The report cannot be sealed: a key, a certificate or the time-stamping authority fails."""

    code = "unavailable"


class NothingToReportError(ComplianceError):
    """The PSP's ledger is empty."""

    code = "conflict"

    def __init__(self, name: str) -> None:
        super().__init__(f"the ledger of `{name}` has no entries: there is nothing to report on")


class RenderingError(ComplianceError):
    """The document could not be set: a mistake of ours."""

    code = "internal-error"
