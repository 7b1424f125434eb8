"""What payers typed, sealed to the PSP's key: erased with its record, never rewritten."""
# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.db import migrations, models

from compliance.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0004_erasure"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SealedInput",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("decision_ref", models.CharField(max_length=40)),
                ("kid", models.CharField(max_length=64)),
                ("sealed", models.TextField()),
                (
                    "psp",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.psp",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("psp", "decision_ref"), name="sealed_input_once_per_decision"
                    )
                ],
            },
        ),
        append_only("decisions_sealedinput", events=("update",)),
    ]
