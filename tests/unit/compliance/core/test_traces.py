"""What was erased is taken out of the database's files as well."""
# SPDX-License-Identifier: Apache-2.0

import sqlite3
from pathlib import Path

import pytest
from django.db import connection, transaction

from compliance.core.models import Revision
from compliance.core.traces import clear_traces, clear_traces_once_durable

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own files"),
]


def log_size() -> int:
    return Path(f"{connection.settings_dict['NAME']}-wal").stat().st_size


def test_the_write_ahead_log_is_emptied() -> None:
    Revision.objects.create(number=1)
    assert log_size()

    assert clear_traces()

    assert log_size() == 0


def test_it_is_emptied_once_what_was_erased_is_durable() -> None:
    with transaction.atomic():
        Revision.objects.create(number=1)
        clear_traces_once_durable()

    assert log_size() == 0


def test_a_reader_that_does_not_end_is_not_waited_for_without_end() -> None:
    Revision.objects.create(number=1)
    reader = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM core_revision").fetchall()
    Revision.objects.create(number=2)

    assert not clear_traces()

    reader.close()
    assert clear_traces()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (30_000,)


def test_deleted_content_is_overwritten_in_the_file() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone() == (1,)
