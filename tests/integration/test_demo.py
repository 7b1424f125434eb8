"""`make demo` on a new machine: everything runs, and ends with a report that verifies."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.on_postgresql import NoServerError, private_server
from tests.support.server import free_port

ROOT = Path(__file__).resolve().parents[2]
BROKER_URL = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
pytestmark = pytest.mark.xdist_group("demo")


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    own = {
        "DJANGO_SETTINGS_MODULE": "compliance.settings.development",
        "NINEFOLD_DATA_DIR": str(data_dir),
        "NINEFOLD_QUEUE": f"test-{secrets.token_hex(4)}",
    }
    return kept | own | more


def manage(*arguments: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def assert_it_shows_a_report_that_verifies(env: dict[str, str]) -> None:
    result = manage("demo", "--once", "--count", "120", "--port", str(free_port()), env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    found = re.search(r"^Sealed report +(.+\.pdf)$", result.stdout, re.MULTILINE)
    assert found, result.stdout
    report = (ROOT / found[1]).resolve()

    assert manage("verify", str(report), env=env).returncode == 0
    assert manage("ledger", "fsck", env=env).returncode == 0
    assert manage("replay", env=env).returncode == 0
    content = bytearray(report.read_bytes())
    content[len(content) // 2] ^= 1
    report.write_bytes(content)
    assert manage("verify", str(report), env=env).returncode == 1


def test_the_demonstration_runs_embedded(tmp_path: Path) -> None:
    assert_it_shows_a_report_that_verifies(environment(tmp_path / "var"))


@pytest.fixture
def postgresql() -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(private_server())
        except NoServerError as error:
            pytest.skip(f"PostgreSQL: {error}")
        yield url.replace("/postgres?", "/ninefold?")


@pytest.mark.postgresql
def test_the_demonstration_runs_on_postgresql_and_rabbitmq(tmp_path: Path, postgresql: str) -> None:
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=2).close()
    except OSError:
        if "TEST_BROKER_URL" not in os.environ:
            pytest.skip("no RabbitMQ on 127.0.0.1:5672, and TEST_BROKER_URL is not set")

    assert_it_shows_a_report_that_verifies(
        environment(tmp_path / "var", DATABASE_URL=postgresql, BROKER_URL=BROKER_URL)
    )


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = manage("demo", "--once", "--port", str(port), env=environment(tmp_path / "var"))

    assert result.returncode == 1
    assert f"port {port} is taken" in result.stderr


def test_ctrl_c_stops_every_process_of_the_group(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "manage.py", "up", "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(tmp_path / "var"),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout
            assert "Ctrl-C" in process.stdout.readline()
            time.sleep(3)
            process.send_signal(signal.SIGINT)

            assert process.wait(60) == 0
        finally:
            process.kill()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
