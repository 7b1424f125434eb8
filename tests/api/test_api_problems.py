"""Every refusal is a problem document, whoever refuses."""
# SPDX-License-Identifier: Apache-2.0

import logging

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.problems import problem_handler
from compliance.api.views import PublicView
from compliance.core.errors import ComplianceError
from compliance.core.problems import MEDIA_TYPE
from tests.api.caller import Caller, pointers_of, problem_of

PATH = "/v1/policy-sets"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize(
    "path", ["/v1/", "/v1/nothing", "/v1/policy-sets/", "/v1/%00", "/v1/a/b/c", "/v1//"]
)
def test_an_address_that_does_not_exist_is_not_found(
    signed_out: Caller, method: str, path: str
) -> None:
    response = signed_out.call(method, path)

    assert response.status_code == 404
    assert problem_of(response)["code"] == "not-found"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "POST"])
def test_a_method_that_is_not_offered_is_named_with_those_that_are(
    api: Caller, method: str
) -> None:
    response = api.call(method, "/v1/ledger")

    assert response.status_code == 405
    assert problem_of(response)["code"] == "method-not-allowed"
    assert "GET" in response.headers["Allow"]
    assert "DELETE" not in response.headers["Allow"]


def test_a_form_that_is_not_offered_is_refused(api: Caller) -> None:
    response = api.get(PATH, Accept="text/html")

    assert response.status_code == 406
    assert problem_of(response)["code"] == "not-acceptable"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("nothing=1", "/nothing"),
        ("format=json", "/format"),
        ("a~b/c=1", "/a~0b~1c"),
        ("%00=1", "/\0"),
        ("x=1&x=2", "/x"),
        ("%ed%a0%80=1", "/\ufffd\ufffd\ufffd"),
    ],
)
def test_a_query_parameter_that_is_not_known_is_named(
    api: Caller, query: str, pointer: str
) -> None:
    response = api.get(f"{PATH}?{query}")

    assert response.status_code == 400
    assert problem_of(response)["code"] == "invalid-query"
    assert pointers_of(response) == [pointer]


def test_a_thousand_query_parameters_are_refused(api: Caller) -> None:
    response = api.get(PATH + "?" + "&".join(f"p{number}=1" for number in range(2000)))

    assert response.status_code == 400
    assert len(response.content) < 20_000


def test_an_error_of_the_domain_is_answered_with_its_code() -> None:
    response = problem_handler(KnownError("this is why"), {})

    assert response.status_code == 409
    assert problem_of(response)["detail"] == "this is why"


class KnownError(ComplianceError):
    code = "conflict"


class OurOwnFaultError(ComplianceError):
    code = "unavailable"


class BrokenView(PublicView):
    """Fails in a way that nobody expected."""

    raised: Exception = RuntimeError()

    def get(self, request: Request) -> Response:  # noqa: ARG002
        raise self.raised


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (RuntimeError("the password is hunter2"), "internal-error"),
        (OurOwnFaultError("/var/keys/hunter2.pem is missing"), "unavailable"),
        (OperationalError("connection to hunter2.example failed"), "unavailable"),
    ],
)
def test_an_unexpected_error_says_nothing_of_its_cause_and_is_logged(
    raised: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    view = BrokenView.as_view(raised=raised)

    with caplog.at_level(logging.ERROR):
        response = view(RequestFactory().get("/v1/x"))

    assert problem_of(response)["code"] == code
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert b"hunter2" not in response.content
    assert "hunter2" in caplog.text


def test_the_request_id_is_echoed(signed_out: Caller) -> None:
    assert signed_out.get("/v1/x", X_Request_Id="abc-1").headers["X-Request-Id"] == "abc-1"
