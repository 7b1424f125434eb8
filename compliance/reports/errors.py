"""Errors of reports."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import ComplianceError, ConflictError


class InvalidPeriodError(ComplianceError):
    """A report was asked for about a period that is empty, too long, or still ahead."""

    code = "invalid-request"


class ReportNotReadyError(ConflictError):
    """The report exists, but its file does not yet."""

    code = "report-not-ready"

    def __init__(self, ref: str, state: str) -> None:
        super().__init__(f"report `{ref}` is {state}; its file does not exist yet")
        self.ref = ref
        self.state = state


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
