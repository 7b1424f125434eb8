"""Say of a decision which waivers set aside a rule that would have counted."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from compliance.core.append_only import append_only


def restore(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put back what SQLite lost: it makes a table anew to add a column, without its triggers."""
    if editor.connection.vendor == "sqlite":
        append_only("decisions_decision").code(apps, editor)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="waivers",
            field=models.JSONField(
                default=list,
                help_text="[ref, …] of those that set aside a rule that would have counted",
            ),
        ),
        migrations.RunPython(restore, migrations.RunPython.noop, elidable=False),
    ]
