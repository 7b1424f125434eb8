"""Errors of back-tests and shadows."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import ComplianceError
from compliance.core.problems import FieldProblem


class InvalidSpanError(ComplianceError):
    """The time from which decisions are asked for is empty, too long, or not over yet."""

    code = "invalid-request"


class InvalidEndError(InvalidSpanError):
    """The end of a shadow is not after its start, or too far away."""

    def __init__(self, *, longest_days: int) -> None:
        detail = f"expected a time after now, and within {longest_days} days"
        super().__init__(f"a shadow ends within {longest_days} days")
        self.problems = (FieldProblem("/ends_at", detail),)


class ShadowOfItselfError(ComplianceError):
    """The candidate has the text that is in force: beside itself it shows nothing."""

    code = "shadow-of-itself"

    def __init__(self) -> None:
        super().__init__("the candidate has the same text as the version in force")


class ShadowRunningError(ComplianceError):
    """The PSP has a shadow already."""

    code = "shadow-running"

    def __init__(self) -> None:
        super().__init__("a PSP has one shadow at a time: stop the one that runs first")
