"""Migration operations that make a table append-only by trigger."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from typing import Final

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

_POSTGRESQL_BUT: Final = """
CREATE OR REPLACE FUNCTION {table}_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - ARRAY[{names}] = to_jsonb(OLD) - ARRAY[{names}] AND {emptied} THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
  FOR EACH ROW EXECUTE FUNCTION {table}_refuse_update();
"""
_SQLITE_BUT: Final = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({same} AND {emptied})
BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END
"""


@dataclass(frozen=True, slots=True)
class Emptied:
    """A column that may be emptied, and what it then holds, in the words of each database.

    The words may name the row as it was: `OLD.column`.
    """

    column: str
    postgresql: str = "''"
    sqlite: str = "''"


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


def append_only_but(table: str, emptied: tuple[Emptied, ...]) -> RunPython:
    """Return an operation that lets a row of `table` be emptied, and refuses any other change.

    All the columns named are emptied at once and every other one stays: nothing can be put in
    their place. It takes the place of the trigger that `append_only` made against UPDATE. SQLite
    compares the columns that the table has now; a migration that adds one runs this again.
    """

    def forwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        vendor = editor.connection.vendor
        _drop(editor, table)
        words = [(each.column, getattr(each, vendor)) for each in emptied]
        names = {each.column for each in emptied}
        condition = " AND ".join(f"NEW.{column} = {value}" for column, value in words)
        if vendor == "postgresql":
            listed = ", ".join(f"'{each.column}'" for each in emptied)
            statement = _POSTGRESQL_BUT.format(table=table, names=listed, emptied=condition)
            editor.execute(statement, None)
            return
        with editor.connection.cursor() as cursor:
            columns = editor.connection.introspection.get_table_description(cursor, table)
        kept = [each.name for each in columns if each.name not in names]
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in kept)
        editor.execute(_SQLITE_BUT.format(table=table, same=same, emptied=condition), None)

    def backwards(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        _drop(editor, table)
        append_only(table, events=("update",)).code(apps, editor)

    return RunPython(forwards, backwards, elidable=False)


def _drop(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Drop the trigger against UPDATE."""
    suffix = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
    editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update{suffix}")


def _sql(template: str, table: str, event: str, *, each: str = "") -> str:
    """Return the statement; names come from our own migrations only."""
    return template.format(table=table, event=event, verb=event.upper(), each=each)
