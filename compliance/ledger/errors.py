"""Errors of the ledger."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import ComplianceError, ConflictError


class EntryTooLargeError(ComplianceError):
    """An entry is longer than the log takes."""

    code = "limit-exceeded"

    def __init__(self, size: int, *, limit: int) -> None:
        super().__init__(f"a ledger entry of {size} bytes, at most {limit} are taken")
        self.size = size
        self.limit = limit


class EntryNotCanonicalError(ComplianceError):
    """An entry has no canonical JSON form (RFC 8785): its maker's mistake, never a caller's."""

    code = "internal-error"


class NotYetPublishedError(ConflictError):
    """The entry is safely stored, but no checkpoint covers it yet; ask again in a second."""

    code = "not-yet-published"

    def __init__(self) -> None:
        super().__init__("the ledger entry is not covered by a checkpoint yet; try again shortly")


class LedgerInconsistentError(ComplianceError):
    """The log's tables contradict each other or an earlier checkpoint: nothing may be signed."""

    code = "ledger-inconsistent"


class LogKeyError(ComplianceError):
    """The log's signing key is missing, unreadable, or another one than the log was made with.

    Likewise if another of its files in the key store cannot be read or written.
    """

    code = "unavailable"


class InvalidTreeSizeError(ComplianceError):
    """A proof was asked for between sizes that the log has not published, or of an empty tree."""

    code = "invalid-query"

    def __init__(self, size1: int, size2: int, *, published: int) -> None:
        super().__init__(
            f"no consistency proof from size {size1} to size {size2}: expected"
            f" 0 < from <= to <= {published}"
        )
        self.published = published
