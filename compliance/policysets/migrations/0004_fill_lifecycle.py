"""Say of versions that were approved and activated before there were submissions and activations."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from compliance.core.refs import new_ref


def forwards(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Take the author for who submitted a version, and the approver for who activated it."""
    versions = apps.get_model("policysets", "PolicySetVersion").objects
    activations = apps.get_model("policysets", "Activation").objects
    for version in versions.exclude(approver=None).order_by("pk"):
        versions.filter(pk=version.pk).update(
            submitted_by=version.author_id, submitted_at=version.created_at
        )
        if version.active_from is not None:
            activations.create(
                psp_id=version.psp_id,
                ref=new_ref("act", now=version.approved_at),
                version_id=version.pk,
                active_from=version.active_from,
                activated_by_id=version.approver_id,
                created_at=version.approved_at,
            )


class Migration(migrations.Migration):
    dependencies = [("policysets", "0003_lifecycle")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
