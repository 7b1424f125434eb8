"""The one place where errors become answers of the REST interface (RFC 9457)."""
# SPDX-License-Identifier: Apache-2.0

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions

from compliance.core.errors import ComplianceError
from compliance.core.problems import MEDIA_TYPE, STATUS_OF, FieldProblem, problem_document

_LOG = logging.getLogger(__name__)

RETRY_AFTER: Final = {"not-yet-published": "1", "unavailable": "1"}
"""Seconds after which the same call may succeed, by code."""

_OF_DRF: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (exceptions.AuthenticationFailed, "unauthenticated", ""),
    (exceptions.NotAuthenticated, "unauthenticated", ""),
    (exceptions.PermissionDenied, "scope-too-small", "this key may not make this call"),
    (exceptions.NotFound, "not-found", "there is nothing at this address"),
    (Http404, "not-found", "there is nothing at this address"),
    (exceptions.MethodNotAllowed, "method-not-allowed", "see `Allow` for the methods that are"),
    (exceptions.NotAcceptable, "not-acceptable", "this address has no form that `Accept` allows"),
    (exceptions.UnsupportedMediaType, "unsupported-media-type", "expected `application/json`"),
    (exceptions.Throttled, "too-many-requests", "too many requests"),
    (exceptions.ParseError, "malformed-json", "the body cannot be read"),
    (exceptions.APIException, "invalid-request", "the request cannot be read"),
    (SuspiciousOperation, "invalid-request", "the request cannot be read"),
)
_OURS: Final = HTTPStatus.INTERNAL_SERVER_ERROR
"""From this status on the fault is ours: its cause is for our log alone."""

_FAILED: Final = "the service failed; `X-Request-Id` of this answer helps its operator to find why"
_UNAUTHENTICATED: Final = "send a usable API key: `Authorization: Bearer nf_…`"


def problem_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Answer every error with a problem document; what nobody expected says nothing of its cause."""
    if isinstance(exc, ComplianceError) and STATUS_OF.get(exc.code, _OURS) < _OURS:
        return problem_response(exc.code, str(exc), getattr(exc, "problems", ()))
    for kind, code, detail in _OF_DRF:
        if isinstance(exc, kind):
            response = problem_response(code, detail or _UNAUTHENTICATED)
            _copy_headers(exc, response)
            return response
    request = context.get("request")
    path = request.path if request is not None else ""
    _LOG.error("unexpected error at %s", path, exc_info=exc)
    return problem_response(_code_of_fault(exc), _FAILED)


def _code_of_fault(exc: Exception) -> str:
    """Return the code of an error that is not the caller's."""
    if isinstance(exc, OperationalError):  # the database cannot be reached, or is too busy
        return "unavailable"
    code = exc.code if isinstance(exc, ComplianceError) else ""
    return code if code in STATUS_OF else "internal-error"


def problem_response(code: str, detail: str, errors: Iterable[FieldProblem] = ()) -> HttpResponse:
    """Return the answer; it is a problem document whatever the call's own form would have been."""
    body = problem_document(code, detail, errors)
    response = HttpResponse(json.dumps(body), content_type=MEDIA_TYPE, status=STATUS_OF[code])
    if code in RETRY_AFTER:
        response["Retry-After"] = RETRY_AFTER[code]
    return response


def _copy_headers(exc: Exception, response: HttpResponse) -> None:
    """Carry over what DRF wants to be said in headers."""
    challenge = getattr(exc, "auth_header", None)
    if challenge:
        response["WWW-Authenticate"] = challenge
    wait = getattr(exc, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(max(1, int(wait)))
