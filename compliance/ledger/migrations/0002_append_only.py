"""Make entries and hash tiles append-only; what is staged may only leave, a head only move."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations

from compliance.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        append_only("ledger_entry"),
        append_only("ledger_hashtile"),
        append_only("ledger_stagedentry", events=("update",)),
        append_only("ledger_log", events=("delete",)),
    ]
