"""The decision point behind the real server: routing, hostile clients, health, several workers."""
# SPDX-License-Identifier: Apache-2.0

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from compliance.decisions.models import Decision
from compliance.tenants.models import Psp
from compliance.tenants.selectors import api_keys_of
from compliance.tenants.services import revoke_api_key
from tests.support.factories import (
    NOW,
    decision_body,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.server import Server, running_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return psp


@pytest.fixture
def key(psp: Psp) -> str:
    return make_api_key(psp)


@pytest.fixture
def server(psp: Psp) -> Iterator[Server]:  # noqa: ARG001 - the server reads the PSP when it starts
    with running_server() as server:
        yield server


def ask(
    server: Server, method: str, path: str, body: Any = None, **headers: str
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def decide(server: Server, key: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    body = json.dumps(decision_body()).encode() if body is None else body
    response, content = ask(server, "POST", "/v1/decisions", body, **headers)
    return response.status, json.loads(content)


def test_a_decision_is_made_over_the_wire(psp: Psp, server: Server, key: str) -> None:
    time.sleep(0.7)
    status, answer = decide(server, key)

    assert status == 201, answer
    assert Decision.objects.filter(psp=psp, ref=answer["ref"]).exists()


def test_health_is_told_to_anyone(server: Server) -> None:
    alive, _ = ask(server, "GET", "/healthz")
    ready, content = ask(server, "GET", "/readyz")

    assert (alive.status, ready.status) == (200, 200)
    assert json.loads(content) == {"status": "ok", "checks": {"caches": "ok", "writer": "ok"}}


def test_other_methods_and_paths_are_not_the_decision_points(server: Server) -> None:
    listed, content = ask(server, "GET", "/v1/decisions")
    missing, _ = ask(server, "POST", "/v1/decisions/", "{}")

    assert listed.status == 401
    assert json.loads(content)["code"] == "unauthenticated"
    assert missing.status in {401, 404, 405}


def test_a_body_of_10_mb_is_refused_and_leaves_no_memory(server: Server, key: str) -> None:
    time.sleep(0.7)
    decide(server, key)
    before = _memory_kb(server)
    for _ in range(8):
        status, problem = decide(server, key, b" " * 10_000_000)
        assert (status, problem["code"]) == (413, "body-too-large")

    assert decide(server, key)[0] == 201
    assert _memory_kb(server) - before < 20_000


def test_an_endless_body_is_refused(server: Server, key: str) -> None:
    time.sleep(0.7)

    def chunks() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 16_384

    response, content = ask(
        server,
        "POST",
        "/v1/decisions",
        chunks(),
        **{"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )

    assert (response.status, json.loads(content)["code"]) == (413, "body-too-large")


def test_a_client_that_goes_away_in_the_middle_disturbs_nobody(server: Server, key: str) -> None:
    time.sleep(0.7)
    head = (
        "POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: 1000\r\n\r\n{{"
    )
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(head.encode())

    assert decide(server, key)[0] == 201


def test_a_revoked_key_is_refused_by_every_worker_within_a_second(psp: Psp, key: str) -> None:
    with running_server(workers=2) as server:
        time.sleep(1.5)
        assert {decide(server, key)[0] for _ in range(20)} == {201}

        (row,) = api_keys_of(psp)
        revoke_api_key(psp=psp, ref=row.ref, now=NOW)
        time.sleep(1.0)

        assert {decide(server, key)[0] for _ in range(20)} == {401}


def _memory_kb(server: Server) -> int:
    """Return the resident memory of the server and its workers."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "-g", str(server.process.pid)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    total = 0
    for pid in listed:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total
