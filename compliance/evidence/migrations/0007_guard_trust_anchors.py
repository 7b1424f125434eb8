"""Let nothing of a trust anchor be rewritten, and put back what SQLite lost."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from compliance.core.append_only import append_only
from compliance.core.final_columns import final_columns

ANCHOR = "evidence_trustanchor"
LIST = "evidence_revocationlist"
PROPOSED = (
    "psp_id, ref, provider, label, public_key_digest, pem, demonstration, is_known, "
    "before_four_eyes, added_by, added_at, proposed_by_id"
)
APPROVAL = "approved_by_id, approved_at"
NAME = "no_root_from_before_four_eyes"
POSTGRESQL = f"""
CREATE TRIGGER {NAME} BEFORE INSERT ON {ANCHOR}
  FOR EACH ROW WHEN (NEW.before_four_eyes) EXECUTE FUNCTION ninefold_refuse_change()
"""
SQLITE = f"""
CREATE TRIGGER {NAME} BEFORE INSERT ON {ANCHOR} WHEN NEW.before_four_eyes
BEGIN SELECT RAISE(ABORT, '{NAME}'); END
"""


def restore(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put back what SQLite lost: it makes a table anew to change it, without its triggers."""
    if editor.connection.vendor == "sqlite":
        append_only(ANCHOR, events=("delete",)).code(apps, editor)
        append_only(LIST).code(apps, editor)


def refuse_old(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Refuse a new root that says it was there before four eyes were asked for."""
    editor.execute(POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE)


def no_longer(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Drop what `refuse_old` made."""
    suffix = f" ON {ANCHOR}" if editor.connection.vendor == "postgresql" else ""
    editor.execute(f"DROP TRIGGER IF EXISTS {NAME}{suffix}")


class Migration(migrations.Migration):
    dependencies = [("evidence", "0006_anchors_by_two_people")]

    operations = [
        migrations.RunPython(restore, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(refuse_old, no_longer, elidable=False),
        final_columns(ANCHOR, "trust_anchor_is_immutable", PROPOSED),
        final_columns(
            ANCHOR,
            "trust_anchor_approval_is_final",
            APPROVAL,
            when="OLD.approved_at IS NOT NULL OR OLD.removed_at IS NOT NULL",
        ),
        final_columns(
            ANCHOR,
            "trust_anchor_removal_is_final",
            "removed_by_id, removed_at",
            when="OLD.removed_at IS NOT NULL",
        ),
    ]
