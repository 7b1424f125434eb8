"""Many recorded decisions, made as the decision point makes them and stored at once."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from django.db import connection

from compliance.decisions.contexts import load_context
from compliance.decisions.deciding import decide_request
from compliance.decisions.records import TABLES, NewDecision, Row, Table, record_of
from compliance.decisions.wire import read_request
from compliance.tenants.models import Psp
from tests.support.factories import decision_body

THREATS: tuple[tuple[str, ...], ...] = (
    *((), (), (), ("privilegedAccess",), (), ("hooks",), (), (), ("devMode", "systemVPN"), ()),
    *((), (), (), ("unlockedDevice",)),
)
AMOUNTS = ("12.00", "29.90", "45.00", "99.00", "250.00", "1200.00", "18.50")
_ROWS_AT_ONCE = 500


def record_many(psp: Psp, count: int, *, start: datetime, every_s: float = 1) -> list[str]:
    """Record `count` decisions from `start` on, of a fixed mixture; return their references."""
    refs: list[str] = []
    batch: list[NewDecision] = []
    for new in _made(psp, count, start, every_s):
        batch.append(new)
        refs.append(new.ref)
        if len(batch) == _ROWS_AT_ONCE:
            _store(batch)
            batch = []
    _store(batch)
    return refs


def _made(psp: Psp, count: int, start: datetime, every_s: float) -> Iterator[NewDecision]:
    context = load_context(psp, now=start)
    for number in range(count):
        now = start + timedelta(seconds=number * every_s)
        request = read_request(json.dumps(_body(number, now)).encode())
        decided = decide_request(request, context=context, now=now)
        yield record_of(request, decided, context=context)[0]


def _body(number: int, now: datetime) -> dict[str, Any]:
    item = decision_body()["evidence"][0]
    item["payload"] = {
        "threats": list(THREATS[number % len(THREATS)]),
        "all_checks_finished": number % 11 != 0,
    }
    item["observed_at"] = (now - timedelta(seconds=number % 3)).isoformat()
    return decision_body(
        transaction={"ref": f"tx-{number}", "channel": "mobile-app", "method": "app-pin-push"},
        attributes={
            "amount_eur": AMOUNTS[number % len(AMOUNTS)],
            "payee_known": number % 2 == 0,
            "purpose": "payment",
        },
        evidence=[item] if number % 29 else [],
    )


def _store(batch: Sequence[NewDecision]) -> None:
    with connection.cursor() as cursor:
        for number, table in enumerate(TABLES):
            rows = [row for new in batch for row in new.rows[number]]
            if rows:
                cursor.executemany(_insert(table), [_cells(row) for row in rows])


def _insert(table: Table) -> str:
    marks = ", ".join(["%s"] * len(table.columns))
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"  # noqa: S608


def _cells(row: Row) -> list[Any]:
    """Return the cells as the database's driver takes them."""
    if connection.vendor == "postgresql":
        return list(row)
    return [
        str(cell.astimezone(UTC).replace(tzinfo=None)) if isinstance(cell, datetime) else cell
        for cell in chain(row)
    ]
