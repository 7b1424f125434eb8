"""Errors of back-tests and shadows."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import ComplianceError


class InvalidSpanError(ComplianceError):
    """The time from which decisions are asked for is empty, too long, or not over yet."""

    code = "invalid-request"


class ShadowOfItselfError(ComplianceError):
    """The candidate has the text that is in force: beside itself it shows nothing."""

    code = "conflict"

    def __init__(self) -> None:
        super().__init__("the candidate has the same text as the version in force")


class ShadowRunningError(ComplianceError):
    """The PSP has a shadow already."""

    code = "conflict"

    def __init__(self) -> None:
        super().__init__("a PSP has one shadow at a time: stop the one that runs first")
