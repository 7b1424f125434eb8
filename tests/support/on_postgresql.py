"""Runs the tests that touch the database again, on PostgreSQL.

The server is the one of `TEST_DATABASE_URL`; else one that is started privately for the run, where
its programs are installed; else the run is skipped, and says why.
"""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_ACCOUNT = "postgres"
_EVERYTHING = ["-n", "3", "--dist", "loadgroup"]
# The server lives as long as the tests: its files need not survive a power cut.
_OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=100 -c unix_socket_directories="


class NoServerError(Exception):
    """There is no PostgreSQL to test on; the message says why."""


def main(arguments: list[str]) -> int:
    """Run pytest on PostgreSQL; return its exit code, 0 when there is no server."""
    given = os.environ.get("TEST_DATABASE_URL")
    try:
        with contextlib.nullcontext(given) if given else private_server() as url:
            command = [sys.executable, "-m", "pytest", "-m", "django_db and not browser"]
            return subprocess.run(
                [*command, *(arguments or _EVERYTHING)],
                cwd=ROOT,
                env=os.environ | {"DATABASE_URL": url},
                check=False,
            ).returncode
    except NoServerError as error:
        print(f"PostgreSQL: skipped, {error}")  # noqa: T201 - a command's output
        return 0


@contextlib.contextmanager
def private_server() -> Iterator[str]:
    """Run a PostgreSQL server of our own behind a socket in a scratch folder; yield its address.

    Raises:
        NoServerError: if its programs are not installed or cannot run from this account.
    """
    programs = _programs()
    prefix: list[str | Path] = [*_other_account()]
    with tempfile.TemporaryDirectory(prefix="ninefold-pg-") as scratch:
        folder = Path(scratch)
        if prefix:
            shutil.chown(folder, _ACCOUNT)
        data, log = folder / "data", folder / "log"
        _run([*prefix, programs / "initdb", "-D", data, "-A", "trust", "-U", _ACCOUNT, "-N"])
        control = [*prefix, programs / "pg_ctl", "-D", data, "-w", "-s"]
        _run([*control, "-l", log, "-o", f"{_OPTIONS}{folder}", "start"])
        try:
            yield f"postgresql://{_ACCOUNT}@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"])


def _programs() -> Path:
    """Return the folder with `initdb` and `pg_ctl`, the newest version first."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).resolve().parent] if found else []
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(versions, key=lambda path: path.parent.name.zfill(4), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoServerError("its server programs are not installed and TEST_DATABASE_URL is not set")


def _other_account() -> list[str]:
    """Return what to put before a command: PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam(_ACCOUNT)
    except KeyError as error:
        raise NoServerError("it does not run as root, and there is no account for it") from error
    runuser = shutil.which("runuser")
    if runuser is None:
        raise NoServerError("it does not run as root, and `runuser` is not installed")
    return [runuser, "-u", _ACCOUNT, "--"]


def _run(command: list[str | Path]) -> None:
    """Run one of its programs."""
    result = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    if result.returncode:
        raise NoServerError(f"{command[-1]} failed: {result.stderr.strip()[-300:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
