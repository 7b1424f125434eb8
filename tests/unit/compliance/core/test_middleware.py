"""Each answer carries a request id, the caller's own when that is harmless."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from compliance.core.middleware import RequestIdMiddleware


def answer_to(**headers: str) -> HttpResponse:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    return RequestIdMiddleware(view)(RequestFactory().get("/", headers=headers))


def test_a_harmless_request_id_is_echoed() -> None:
    assert answer_to(**{"X-Request-Id": "core-auth:81723"})["X-Request-Id"] == "core-auth:81723"


@pytest.mark.parametrize("hostile", ["", "a" * 65, "two words", "line\nbreak", "<script>"])
def test_a_hostile_request_id_is_replaced(hostile: str) -> None:
    assert answer_to(**{"X-Request-Id": hostile})["X-Request-Id"] != hostile
    assert len(answer_to(**{"X-Request-Id": hostile})["X-Request-Id"]) == 32
