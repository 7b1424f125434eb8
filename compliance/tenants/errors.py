"""Errors of tenants, people and keys."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import ComplianceError


class InvalidPspError(ComplianceError):
    """The details of a PSP do not make sense."""

    code = "invalid-psp"


class UnknownScopeError(ComplianceError):
    """An API key was asked for with a scope that does not exist."""

    code = "unknown-scope"

    def __init__(self, scope: str, *, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown scope `{scope}`: expected one of {', '.join(known)}")
        self.scope = scope


class RoleTooSmallError(ComplianceError):
    """The person's role does not allow what they asked for."""

    code = "role-too-small"

    def __init__(self, *, needed: tuple[str, ...]) -> None:
        super().__init__(f"this needs the role {' or '.join(needed)}")
        self.needed = needed


class SelfApprovalError(ComplianceError):
    """A person tried to approve what they wrote, submitted or asked for themselves."""

    code = "self-approval"

    def __init__(self) -> None:
        super().__init__(
            "this is approved by another person than who wrote, submitted or asked for it"
        )


class StaleApprovalError(ComplianceError):
    """A step rests on an approval that does not hold: it names another text, or there is none."""

    code = "stale-approval"
