"""Problem documents (RFC 9457): the one form of refusal, and which status each error has."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, NamedTuple

MEDIA_TYPE: Final = "application/problem+json"


class FieldProblem(NamedTuple):
    """One thing that is wrong with a request: its place (JSON pointer) and what was expected."""

    pointer: str
    detail: str


STATUS_OF: Final = MappingProxyType(
    {
        "malformed-json": HTTPStatus.BAD_REQUEST,
        "invalid-request": HTTPStatus.BAD_REQUEST,
        "invalid-query": HTTPStatus.BAD_REQUEST,
        "unauthenticated": HTTPStatus.UNAUTHORIZED,
        "scope-too-small": HTTPStatus.FORBIDDEN,
        "role-too-small": HTTPStatus.FORBIDDEN,
        "not-found": HTTPStatus.NOT_FOUND,
        "method-not-allowed": HTTPStatus.METHOD_NOT_ALLOWED,
        "not-acceptable": HTTPStatus.NOT_ACCEPTABLE,
        "conflict": HTTPStatus.CONFLICT,
        "no-policy-in-force": HTTPStatus.CONFLICT,
        "self-approval": HTTPStatus.CONFLICT,
        "stale-approval": HTTPStatus.CONFLICT,
        "shadow-running": HTTPStatus.CONFLICT,
        "shadow-of-itself": HTTPStatus.CONFLICT,
        "not-analysed": HTTPStatus.CONFLICT,
        "activation-blocked": HTTPStatus.CONFLICT,
        "not-yet-published": HTTPStatus.CONFLICT,
        "body-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "unsupported-media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "limit-exceeded": HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-attributes": HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-psp": HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-waiver": HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-trust-anchor": HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-revocation-list": HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-provider-settings": HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-sealing-key": HTTPStatus.UNPROCESSABLE_ENTITY,
        "unknown-sealing-key": HTTPStatus.UNPROCESSABLE_ENTITY,
        "unknown-scope": HTTPStatus.UNPROCESSABLE_ENTITY,
        "too-many-requests": HTTPStatus.TOO_MANY_REQUESTS,
        "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
        "ledger-inconsistent": HTTPStatus.SERVICE_UNAVAILABLE,
        "internal-error": HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""The status of each stable code; a test holds every domain error against this table."""


def problem_document(code: str, detail: str, errors: Iterable[FieldProblem] = ()) -> dict[str, Any]:
    """Return the body of a refusal; `code` is a key of `STATUS_OF`.

    The detail is for the caller's engineers: it holds no secret and nothing about other tenants.
    """
    status = STATUS_OF[code]
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
    }
    listed = [{"pointer": error.pointer, "detail": error.detail} for error in errors]
    if listed:
        body["errors"] = listed
    return body
