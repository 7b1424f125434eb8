"""Errors of decisions and of what was done about them."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable

from compliance.core.errors import ComplianceError
from compliance.core.problems import FieldProblem


class InvalidCursorError(ComplianceError):
    """A page was asked for with a cursor that we did not give."""

    code = "invalid-query"

    def __init__(self) -> None:
        super().__init__("the cursor is not one of ours: leave it out to start from the newest")


class RefusedRequestError(ComplianceError):
    """A request is not what it should be; `problems` names each place as a JSON pointer."""

    code = "invalid-request"

    def __init__(
        self, detail: str, problems: Iterable[FieldProblem] = (), *, code: str = "invalid-request"
    ) -> None:
        super().__init__(detail)
        self.problems = tuple(problems)
        self.code = code


class InvalidOutcomeError(RefusedRequestError):
    """What the enforcing system said about an obligation does not make sense."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"the outcome is not valid: {detail}", [FieldProblem(pointer, detail)])


class InvalidRetentionError(RefusedRequestError):
    """Records cannot be kept for that long."""


class InvalidKeepingError(RefusedRequestError):
    """Raw evidence cannot be kept of such a provider."""


class UnavailableError(ComplianceError):
    """A decision cannot be made durable now; it was not answered and can be asked for again."""

    code = "unavailable"


class PseudonymKeyError(ComplianceError):
    """The deployment's key for pseudonyms is damaged: hashes under it would find nothing again."""

    code = "unavailable"
