"""`manage.py sequencer` as a process: stops when told, goes on after a crash or a lost database."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from compliance.ledger.fsck import fsck
from compliance.ledger.keystore import copy_path
from compliance.ledger.models import StagedEntry
from compliance.ledger.selectors import tree_size_of
from compliance.ledger.sequencer import sequence_all, sequence_log
from compliance.tenants.models import Psp
from tests.integration.ledger_logs import entries, entry, stage
from tests.support.factories import NOW, make_psp
from tests.support.server import ROOT, database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


@contextlib.contextmanager
def sequencer(log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the command on the test's database; kill it afterwards if it is still there."""
    variables = {
        "DJANGO_SETTINGS_MODULE": "compliance.settings.development",
        "DATABASE_URL": database_url(),
        "NINEFOLD_DATA_DIR": str(settings.DATA_DIR),
        "NINEFOLD_KEYS_DIR": str(settings.KEYS_DIR),
        "BROKER_URL": "memory://",
    }
    command = [sys.executable, "manage.py", "sequencer", "--interval", "0.05"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | variables, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait_until(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_sequences_until_told_to_stop_and_ends_well(
    tmp_path: Path, number: signal.Signals
) -> None:
    psp = make_psp()
    with sequencer(tmp_path / "log") as process:
        stage(psp, 20)
        wait_until(lambda: tree_size_of(psp) == 20)
        stage(psp, 20, start=20)
        wait_until(lambda: tree_size_of(psp) == 40)

        process.send_signal(number)

        assert process.wait(5) == 0
    assert "sequencer_stopped" in (tmp_path / "log").read_text()
    assert fsck(psp=psp).problems == ()


def test_killed_at_any_point_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    psp = make_psp()
    moments = random.Random(9)  # noqa: S311 - moments, not secrets
    staged = 0
    for _ in range(6):
        with sequencer(tmp_path / "log") as process:
            before = staged
            for _ in range(20):
                stage(psp, 150, start=staged)
                staged += 150
            wait_until(lambda: tree_size_of(psp) > before)  # noqa: B023 - called at once
            time.sleep(moments.random() * 0.2)
            process.kill()

    while sequence_all(now=NOW):
        pass

    assert entries(psp) == [entry(number) for number in range(staged)]
    assert not StagedEntry.objects.exists()
    assert fsck(psp=psp).problems == ()


@pytest.mark.postgresql
def test_it_survives_a_lost_database_connection(tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a file has no connection to lose")
    psp: Psp = make_psp()
    with sequencer(tmp_path / "log") as process:
        stage(psp, 5)
        wait_until(lambda: tree_size_of(psp) == 5)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        stage(psp, 5, start=5)
        wait_until(lambda: tree_size_of(psp) == 10)

        assert process.poll() is None
    assert fsck(psp=psp).problems == ()


def test_a_database_that_is_away_is_tried_again(tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("shown on the database file")
    psp = make_psp()
    name = Path(str(connection.settings_dict["NAME"]))
    stage(psp, 5)
    connection.close()
    away = name.with_name("away.sqlite3")
    name.rename(away)
    name.mkdir()
    try:
        with sequencer(tmp_path / "log") as process:
            wait_until(lambda: "sequencer_interrupted" in (tmp_path / "log").read_text())
            name.rmdir()
            away.rename(name)
            wait_until(lambda: tree_size_of(psp) == 5)

            assert process.poll() is None
    finally:
        if away.exists():
            name.rmdir()
            away.rename(name)
    assert fsck(psp=psp).problems == ()


def test_it_refuses_to_sign_inside_somebody_s_transaction() -> None:
    psp = make_psp()
    stage(psp, 3)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        sequence_log(psp=psp, now=NOW)

    assert tree_size_of(psp) == 0
    assert not copy_path(psp).exists()


def test_one_pass_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    psp = make_psp()
    stage(psp, 3)

    call_command("sequencer", "--once")

    assert "3 entries sequenced" in capsys.readouterr().out
    assert tree_size_of(psp) == 3
