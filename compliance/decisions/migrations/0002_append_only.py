"""Make what was decided and done append-only."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations

from compliance.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_initial")]

    operations = [
        append_only("decisions_decision"),
        append_only("decisions_presentfinding"),
        append_only("decisions_obligation"),
        append_only("decisions_outcome"),
        # Records can be erased, never rewritten.
        append_only("decisions_decisionrecord", events=("update",)),
    ]
