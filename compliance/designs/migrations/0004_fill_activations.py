"""Say of versions that were in force from the moment they were stored that they were activated then."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from compliance.core.refs import new_ref


def forwards(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Activate each version at its moment; nobody approved it, so nobody is named as approver."""
    versions = apps.get_model("designs", "DesignVersion").objects
    activations = apps.get_model("designs", "DesignActivation").objects
    versions.filter(created_by="").update(created_by="not told")
    for version in versions.order_by("pk"):
        activations.create(
            psp_id=version.psp_id,
            ref=new_ref("act", now=version.active_from),
            version_id=version.pk,
            active_from=version.active_from,
            created_at=version.active_from,
        )


class Migration(migrations.Migration):
    dependencies = [("designs", "0003_lifecycle")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
