"""Gives each request an id, takes the caller's if it is sane, and answers with it."""
# SPDX-License-Identifier: Apache-2.0

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def request_id_from(value: str | None) -> str:
    """Return the caller's id if it is short and harmless, else a new one."""
    return value if value and REQUEST_ID.fullmatch(value) else uuid.uuid4().hex


class RequestIdMiddleware:
    """Binds `X-Request-Id` to the log context and echoes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the request's id."""
        request_id = request_id_from(request.headers.get("X-Request-Id"))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self._get_response(request)
        response["X-Request-Id"] = request_id
        return response
