"""Make versions of designs append-only."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations

from compliance.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("designs", "0001_initial")]

    operations = [append_only("designs_designversion")]
