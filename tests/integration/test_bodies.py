"""Whatever the path, nobody fills the memory or the disk with a body, account or none."""
# SPDX-License-Identifier: Apache-2.0

import json
import tempfile
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from django.conf import settings

from compliance.asgi import UPLOAD_LIMIT, UPLOAD_PATH
from compliance.web.verification import LARGEST_UPLOAD
from compliance.web.views import verify
from tests.integration.decision_point import Caller, running
from tests.support.server import Server, running_server

pytestmark = pytest.mark.django_db(transaction=True)

PART = b" " * 65_536


@pytest.fixture
def caller() -> Iterator[Caller]:
    with running() as caller:
        yield caller


@pytest.fixture
def spooled(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return how many bytes the longest body took that was kept for a view."""
    longest = [0]

    class Counting(tempfile.SpooledTemporaryFile[bytes]):
        def write(self, content: Any) -> int:
            written = super().write(content)
            longest[0] = max(longest[0], self.tell())
            return written

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Counting)
    return lambda: longest[0]


def test_the_limit_of_an_upload_is_that_of_its_page() -> None:
    assert verify._ENVELOPE + LARGEST_UPLOAD == UPLOAD_LIMIT


@pytest.mark.parametrize("path", ["/v1/reports", "/accounts/login/", "/v1/decisions/", "/nowhere"])
def test_an_endless_body_is_refused_and_not_kept(
    caller: Caller, spooled: Callable[[], int], path: str
) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    chunks = [PART] * (2 * limit // len(PART))

    response = caller.run(
        caller.request("POST", path, chunks, {"content_length": "", "x_request_id": "r-7"})
    )

    assert (response.status, response.json["code"]) == (413, "body-too-large")
    assert response.headers["x-request-id"] == "r-7"
    assert 0 < spooled() <= limit


def test_an_endless_upload_is_refused_and_not_kept(
    caller: Caller, spooled: Callable[[], int]
) -> None:
    chunks = [PART * 16] * 70

    response = caller.run(caller.request("POST", UPLOAD_PATH, chunks, {"content_length": ""}))

    assert (response.status, response.json["code"]) == (413, "body-too-large")
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE < spooled() <= UPLOAD_LIMIT


def test_a_body_that_is_announced_too_long_is_refused_unread(
    caller: Caller, spooled: Callable[[], int]
) -> None:
    headers = {"content_length": "8388609"}
    response = caller.run(caller.request("POST", "/v1/reports", [PART], headers))

    assert (response.status, response.json["code"]) == (413, "body-too-large")
    assert spooled() == 0


@pytest.mark.parametrize(
    ("length", "status", "said"),
    [(str(UPLOAD_LIMIT + 1), 413, "The upload is too large."), ("many", 411, "how long")],
)
def test_a_person_is_told_by_the_page_that_an_upload_is_too_large(
    caller: Caller, spooled: Callable[[], int], length: str, status: int, said: str
) -> None:
    headers = {"content_length": length}
    response = caller.run(caller.request("POST", UPLOAD_PATH, [PART, PART], headers))

    assert response.status == status
    assert said in response.body.decode()
    assert "<form" in response.body.decode()
    assert spooled() == 0


def test_the_real_server_refuses_them_too() -> None:
    with running_server() as server:
        chunked = _post(server, (PART for _ in range(150)))
        announced = _post(server, bytes(9 * 1024 * 1024))

    assert chunked == announced == (413, "body-too-large")


def _post(server: Server, body: Any) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", "/v1/reports", body=body, encode_chunked=True)
        response = connection.getresponse()
        return response.status, json.loads(response.read())["code"]
    finally:
        connection.close()
