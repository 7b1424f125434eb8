"""A migration operation for a trigger that lets rows in on a condition."""
# SPDX-License-Identifier: Apache-2.0

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.special import RunPython
from django.db.migrations.state import StateApps

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS ({row}) THEN
    RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();
"""
_SQLITE = """
CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN NOT EXISTS ({row})
BEGIN SELECT RAISE(ABORT, '{name}'); END
"""


def inserted_only_where(table: str, name: str, row: str) -> RunPython:
    """Return an operation that refuses a new row of `table` unless the query `row` finds one.

    The query may name the new row's columns: `NEW.column`.
    """

    def forwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        is_postgresql = editor.connection.vendor == "postgresql"
        template = _POSTGRESQL if is_postgresql else _SQLITE
        # Parameters None: nothing in the function is a placeholder.
        editor.execute(template.format(name=name, table=table, row=row), None)

    def backwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        suffix = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")

    return RunPython(forwards, backwards, elidable=False)
