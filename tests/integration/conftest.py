"""Lets the test runner empty the append-only tables between tests that commit."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase

_flush: Callable[[TransactionTestCase], None] = getattr(TransactionTestCase, "_fixture_teardown")  # noqa: B009 - not in the stubs


@pytest.fixture(autouse=True, scope="session")
def _append_only_tables_can_be_emptied() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _flush_past_the_triggers)
        yield


def _flush_past_the_triggers(case: TransactionTestCase) -> None:
    """Empty every table, as a person with the database's own rights could."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
        _flush(case)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = origin")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
    _flush(case)
    with connection.cursor() as cursor:
        for _name, sql in triggers:
            cursor.execute(sql)
