"""Serves the real ASGI application from a process of its own, on the database of the test."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
_STARTS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, and its process (the leader of its own group)."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """Kill the server and its workers as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def database_url() -> str:
    """Return the address of the database that this test runs on."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    given = connection.settings_dict
    credentials = str(given["USER"]) + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    host = given["HOST"] or ""
    if host.startswith("/"):
        return f"postgresql://{credentials}@/{name}?host={host}"
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgresql://{credentials}@{host}{port}/{name}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_server(
    *,
    workers: int = 1,
    application: str = "compliance.asgi:application",
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[Server]:
    """Run `application` under Granian; the keys are those of the test's settings."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers), "--no-ws", "--log-level", "warning"]
    variables = {
        "DJANGO_SETTINGS_MODULE": "compliance.settings.development",
        "DATABASE_URL": database_url(),
        "NINEFOLD_DATA_DIR": str(settings.DATA_DIR),
        "NINEFOLD_KEYS_DIR": str(settings.KEYS_DIR),
        "BROKER_URL": "memory://",
    }
    with contextlib.ExitStack() as stack:
        output = stack.enter_context((log or Path(os.devnull)).open("wb"))
        process = subprocess.Popen(
            [*command, application],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | variables | dict(env or {}),
        )
        try:
            _wait_until_it_answers(process, port)
            yield Server(port, process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Return once the server answers anything at all."""
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        probe = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            probe.request("GET", "/healthz")
            probe.getresponse().read()
        except (OSError, HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            probe.close()
    raise RuntimeError("the server did not answer in time")
