"""Make lists of revoked keys append-only, and trust anchors undeletable."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations

from compliance.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [
        append_only("evidence_revocationlist"),
        # A removal is noted in the row; what was trusted once stays known.
        append_only("evidence_trustanchor", events=("delete",)),
    ]
