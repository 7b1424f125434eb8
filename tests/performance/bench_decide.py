"""Requests per second and p99 of the decision point beside an empty ASGI handler; run with
`python -m tests.performance.bench_decide`.

One Granian worker for each (`BENCH_WORKERS`: more) on the loopback interface, 64 connections, one clean
freeRASP request, the ready policy set of 20 rules. Every answer is durable: on SQLite in WAL mode with
`synchronous=FULL`, on PostgreSQL with `synchronous_commit` and `fsync` on. The load generator shares
the cores. The empty handler and the decision point take turns; the better round of each counts, since
what disturbs a machine only ever makes it slower. PostgreSQL is the server of `TEST_DATABASE_URL`,
else a private one, else left out with the reason; a database is made for the run and removed.
"""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.performance.load import Load, generator, load
from tests.support import on_postgresql

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 2
SECONDS = float(os.environ.get("BENCH_SECONDS", "8"))
WORKERS = os.environ.get("BENCH_WORKERS", "1")
CONNECTIONS = 64
_STARTS_WITHIN_S = 60.0


def main() -> None:
    """Measure on each database there is, and print the figures last."""
    print(
        f"{WORKERS} worker(s), {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:.0f} s each,"
        f" load by {generator()}, {os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}"
    )
    figures: list[str] = []
    for name, database in (("sqlite", _sqlite()), ("postgresql", _postgresql())):
        try:
            with tempfile.TemporaryDirectory(prefix="ninefold-bench-") as folder, database as url:
                figures += _measure(name, url, Path(folder))
        except on_postgresql.NoServerError as error:
            print(f"{name}: left out, {error}")
    print("\n".join(figures))


@contextlib.contextmanager
def _sqlite() -> Iterator[str]:
    """Yield the address of a database in a scratch folder."""
    with tempfile.TemporaryDirectory(prefix="ninefold-bench-") as folder:
        yield f"sqlite:///{folder}/bench.sqlite3"


@contextlib.contextmanager
def _postgresql() -> Iterator[str]:
    """Yield the address of a database made for the run."""
    given = os.environ.get("TEST_DATABASE_URL")
    # Durable means durable: the tests' private server does not wait for the disk, this one does.
    options = on_postgresql._OPTIONS
    on_postgresql._OPTIONS = options.replace("fsync=off", "fsync=on")
    try:
        with contextlib.nullcontext(given) if given else on_postgresql.private_server() as server:
            name = f"bench_ninefold_{secrets.token_hex(4)}"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            try:
                yield urlsplit(server)._replace(path=f"/{name}").geturl()
            finally:
                with psycopg.connect(server, autocommit=True) as connection:
                    connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        on_postgresql._OPTIONS = options


def _measure(name: str, url: str, folder: Path) -> list[str]:
    """Measure on one database and return the lines of its figures."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "compliance.settings.development",
        "DATABASE_URL": url,
        "NINEFOLD_DATA_DIR": str(folder),
        "NINEFOLD_KEYS_DIR": str(folder / "keys"),
        "BROKER_URL": "memory://",
    }
    (folder / "static").mkdir()
    seed = [sys.executable, "-m", "tests.performance.seed_decide"]
    seeded = json.loads(
        subprocess.run(seed, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout
    )
    body, key = json.dumps(seeded["body"]).encode(), seeded["key"]
    empty: list[Load] = []
    decide: list[Load] = []
    for _ in range(ROUNDS):
        empty.append(_round("tests.performance.empty_asgi:application", body, key, environment))
        decide.append(_round("compliance.asgi:application", body, key, environment))
        print(f"{name}: empty {empty[-1].rps:.0f}/s, decide {decide[-1].rps:.0f}/s")
    refused = sum(each.refused for each in decide)
    if refused:
        raise RuntimeError(f"{refused} requests were refused: the figures would say nothing")
    best = max(decide, key=lambda each: each.rps)
    ratio = best.rps / max(each.rps for each in empty)
    return [
        f"figure decide.rps.{name} {best.rps:.0f} 1/s",
        f"figure decide.p99_ms.{name} {best.p99_ms:.1f} ms",
        f"figure decide.ratio_to_empty.{name} {ratio:.3f} 1",
    ]


def _round(application: str, body: bytes, key: str, environment: dict[str, str]) -> Load:
    """Serve an application and load it: a second to warm up, then the measured time."""
    with _served(application, environment) as port:
        load(port, body, key, seconds=1, connections=CONNECTIONS)
        return load(port, body, key, seconds=SECONDS, connections=CONNECTIONS)


@contextlib.contextmanager
def _served(application: str, environment: dict[str, str]) -> Iterator[int]:
    """Run an application under Granian with one worker; yield the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", WORKERS, "--no-ws", "--log-level", "warning"]
    process = subprocess.Popen(
        [*command, application], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        probe = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            probe.request("GET", "/readyz")
            if probe.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            probe.close()
    raise RuntimeError("the server did not answer in time")


if __name__ == "__main__":
    main()
