"""Lists of revoked keys over https: bounded, verified, and nothing followed."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.evidence.errors import InvalidRevocationListError, UnreachableListError
from compliance.evidence.fetching import check_location, fetch
from tests.support.listing import ListServer, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListServer]:
    with serving(tmp_path_factory.mktemp("lists")) as server:
        yield server


@pytest.fixture
def server(running: ListServer, monkeypatch: pytest.MonkeyPatch) -> ListServer:
    monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running.body, running.status, running.headers = b'{"entries": {}}', 200, {}
    return running


def test_what_the_server_has_is_fetched(server: ListServer) -> None:
    assert fetch(server.address, at_most=100) == b'{"entries": {}}'


def test_more_than_the_limit_is_refused(server: ListServer) -> None:
    server.body = b"x" * 101

    with pytest.raises(UnreachableListError, match="at most 100 bytes"):
        fetch(server.address, at_most=100)


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_no_other_answer_will_do_and_no_redirect_is_followed(
    server: ListServer, status: int
) -> None:
    server.status = status
    server.headers = {"Location": server.address}

    with pytest.raises(UnreachableListError, match=f"the server answered {status}"):
        fetch(server.address, at_most=100)


def test_a_server_that_nobody_vouches_for_is_refused(
    server: ListServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(UnreachableListError, match="certificate verify failed"):
        fetch(server.address, at_most=100)


def test_a_certificate_for_another_name_is_refused(server: ListServer) -> None:
    address = server.address.replace("127.0.0.1", "localhost")

    with pytest.raises(UnreachableListError, match=r"localhost|verify"):
        fetch(address, at_most=100)


def test_a_server_that_is_slow_or_not_there_is_not_waited_for(server: ListServer) -> None:
    server.headers = {"Content-Length": "50"}  # promises more than it sends

    with pytest.raises(UnreachableListError):
        fetch(server.address, at_most=100, timeout_s=0.0001)
    with pytest.raises(UnreachableListError, match="refused"):
        fetch("https://127.0.0.1:9/status", at_most=100)


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"x" * 100)

    assert fetch(str(path), at_most=100) == b"x" * 100
    with pytest.raises(UnreachableListError, match="at most 99"):
        fetch(str(path), at_most=99)


@pytest.mark.parametrize("location", ["https://list.example/status", "https://l:8443/a?b=c", "/a"])
def test_https_addresses_and_absolute_paths_will_do(location: str) -> None:
    check_location(location)


@pytest.mark.parametrize(
    "location",
    [
        "",
        "status.json",
        "http://list.example/status",
        "file:///etc/passwd",
        "https://",
        "https://name:secret@list.example/",
        "https://list.example/#part",
        "https://list.example:port/",
        "https://[::1/",
        "https://list.example/\n",
        "https://list.example/" + "x" * 500,
    ],
)
def test_everything_else_is_refused(location: str) -> None:
    with pytest.raises(InvalidRevocationListError, match="location: expected"):
        check_location(location)
