"""Migration operations for triggers that let some columns change only while nothing is final."""
# SPDX-License-Identifier: Apache-2.0

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.special import RunPython
from django.db.migrations.state import StateApps

ALWAYS = "OLD.id = NEW.id"
"""A condition that always holds: the columns never change."""

_POSTGRESQL = """
CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table}
  FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION ninefold_refuse_change()
"""
_SQLITE = """
CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table} WHEN {when}
BEGIN SELECT RAISE(ABORT, '{name}: {table} does not change so'); END
"""


def final_columns(table: str, name: str, columns: str, *, when: str = ALWAYS) -> RunPython:
    """Return an operation that refuses updates of `columns` of a row for which `when` holds.

    A trigger of that name gives way to it. The function on PostgreSQL is that of `core.append_only`.
    """

    def forwards(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        backwards(apps, editor)
        template = _POSTGRESQL if editor.connection.vendor == "postgresql" else _SQLITE
        editor.execute(template.format(name=name, table=table, columns=columns, when=when))

    def backwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        suffix = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")

    return RunPython(forwards, backwards, elidable=False)
