"""Migration operations that make a table append-only by trigger."""
# SPDX-License-Identifier: Apache-2.0

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.special import RunPython
from django.db.migrations.state import StateApps

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION ninefold_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {table}_no_{event} BEFORE {verb} ON {table}
  FOR EACH {each} EXECUTE FUNCTION ninefold_refuse_change();
"""
_SQLITE = """
CREATE TRIGGER {table}_no_{event} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END
"""


def append_only(table: str, *, events: tuple[str, ...] = ("update", "delete")) -> RunPython:
    """Return an operation that makes the database refuse `events` on `table`.

    PostgreSQL refuses TRUNCATE as well. Convention is no control: the trigger also holds
    against a person with a database console, short of dropping it, which `ledger fsck` shows.
    """

    def forwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            # Parameters None: the % in the function is not a placeholder.
            for event in events:
                editor.execute(_sql(_POSTGRESQL, table, event, each="ROW"), None)
            if "delete" in events:
                editor.execute(_sql(_POSTGRESQL, table, "truncate", each="STATEMENT"), None)
            return
        for event in events:
            editor.execute(_sql(_SQLITE, table, event))

    def backwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        suffix = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        for event in (*events, "truncate"):
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event}{suffix}")

    return RunPython(forwards, backwards, elidable=False)


def _sql(template: str, table: str, event: str, *, each: str = "") -> str:
    """Return the statement; names come from our own migrations only."""
    return template.format(table=table, event=event, verb=event.upper(), each=each)
