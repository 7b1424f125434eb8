"""Make versions of policy sets undeletable, their text immutable, and an approval final."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from compliance.core.append_only import append_only

TABLE = "policysets_policysetversion"
TEXT = "psp_id, ref, number, name, document, source, digest, author_id, created_at"
APPROVAL = "approver_id, approved_at, approved_digest"
POSTGRESQL = """
CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table}
  FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION ninefold_refuse_change()
"""
SQLITE = """
CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table} WHEN {when}
BEGIN SELECT RAISE(ABORT, '{name}: a version of a policy set does not change'); END
"""
TRIGGERS = {
    "policy_text_is_immutable": (TEXT, "OLD.id = NEW.id"),
    "policy_approval_is_final": (APPROVAL, "OLD.approver_id IS NOT NULL"),
}


def forwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    template = POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE
    for name, (columns, when) in TRIGGERS.items():
        editor.execute(template.format(name=name, table=TABLE, columns=columns, when=when))


def backwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    suffix = f" ON {TABLE}" if editor.connection.vendor == "postgresql" else ""
    for name in TRIGGERS:
        editor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


class Migration(migrations.Migration):
    dependencies = [("policysets", "0001_initial")]

    operations = [
        append_only(TABLE, events=("delete",)),
        migrations.RunPython(forwards, backwards, elidable=False),
    ]
