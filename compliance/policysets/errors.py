"""Errors of the life of a policy set."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from datetime import datetime

from compliance.core.errors import ComplianceError
from compliance.core.problems import FieldProblem


class NoPolicyInForceError(ComplianceError):
    """The PSP has no policy set in force at the moment asked about."""

    code = "no-policy-in-force"

    def __init__(self, *, at: datetime) -> None:
        super().__init__(
            f"no policy set is in force at {at.isoformat()}: import and activate one first"
        )
        self.at = at


class NotAnalysedError(ComplianceError):
    """A step rests on an analysis that is not there yet, or answers for something else."""

    code = "not-analysed"


class ActivationBlockedError(ComplianceError):
    """A blocking property is neither proved nor waived, or a test case of the version failed."""

    code = "activation-blocked"


class InvalidWaiverError(ComplianceError):
    """A waiver was asked for on terms that make no sense; `problems` names each place."""

    code = "invalid-waiver"

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"{each.pointer or '/'}: {each.detail}" for each in self.problems)
        )
