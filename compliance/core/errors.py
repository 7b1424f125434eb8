"""The root of the service's errors; the edges turn them into problem documents."""
# SPDX-License-Identifier: Apache-2.0


class ComplianceError(Exception):
    """Something that a caller can understand and act on.

    `code` is stable and public (`/problems/<code>`); the message is for a person and holds
    no secret. Status codes belong to the edges, not here.
    """

    code = "error"


class NotFoundError(ComplianceError):
    """The named thing does not exist for this PSP; another PSP's thing reads the same."""

    code = "not-found"

    def __init__(self, kind: str, ref: str) -> None:
        super().__init__(f"no {kind} `{ref}`")
        self.kind = kind
        self.ref = ref


class ConflictError(ComplianceError):
    """The state of the thing does not allow what was asked."""

    code = "conflict"
