"""Errors of requests: what the reading side refuses before it asks the domain."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence

from compliance.core.errors import ComplianceError
from compliance.core.problems import FieldProblem


class RequestError(ComplianceError):
    """A request is not what it should be; `problems` says each thing with its place."""

    code = "invalid-request"

    def __init__(self, message: str, problems: Iterable[FieldProblem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class MalformedJsonError(RequestError):
    """The body is not JSON (RFC 8259) in UTF-8."""

    code = "malformed-json"


class InvalidRequestError(RequestError):
    """The body is JSON of another shape than this call takes."""


class InvalidQueryError(RequestError):
    """A query parameter is unknown, repeated or of another form than it should be."""

    code = "invalid-query"


class BodyTooLargeError(RequestError):
    """The body is longer than this call takes."""

    code = "body-too-large"

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")
        self.limit = limit


class LimitExceededError(RequestError):
    """The body goes over a limit of its structure."""

    code = "limit-exceeded"


class UnsupportedMediaTypeError(RequestError):
    """The body is not announced as JSON."""

    code = "unsupported-media-type"


class ScopeTooSmallError(ComplianceError):
    """The API key is good, but not for this call."""

    code = "scope-too-small"

    def __init__(self, *, needed: Sequence[str]) -> None:
        names = " or ".join(f"`{scope}`" for scope in needed)
        super().__init__(f"this call needs an API key with the scope {names}")
        self.needed = tuple(needed)
