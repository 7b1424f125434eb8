"""Looks whether the database still refuses changes to the log's tables."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from django.db import connection

_EVENTS: Final = {
    "ledger_entry": ("update", "delete"),
    "ledger_hashtile": ("update", "delete"),
    "ledger_stagedentry": ("update",),
    "ledger_log": ("delete",),
}
_PRESENT: Final = {
    # Disabled triggers and triggers whose function no longer raises are as good as none.
    "postgresql": (
        "SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE t.tgenabled IN ('O', 'A') AND p.prosrc LIKE '%%RAISE EXCEPTION%%'"
        " AND t.tgrelid = to_regclass(%s)"
    ),
    "sqlite": (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%%RAISE(ABORT%%'"
        " AND tbl_name = %s"
    ),
}


def missing_triggers() -> list[str]:
    """Return the names of the append-only triggers that are missing or without effect."""
    missing = []
    for table, events in _EVENTS.items():
        with connection.cursor() as cursor:
            cursor.execute(_PRESENT[connection.vendor], [table])
            present = {name for (name,) in cursor.fetchall()}
        if connection.vendor == "postgresql" and "delete" in events:
            events = (*events, "truncate")  # noqa: PLW2901 - TRUNCATE is PostgreSQL's own event
        missing += [name for event in events if (name := f"{table}_no_{event}") not in present]
    return missing
