"""Make sealed files append-only."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations

from compliance.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]

    operations = [append_only("reports_reportfile")]
