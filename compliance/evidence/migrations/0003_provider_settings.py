"""What a PSP sets up for a provider: encrypted, append-only."""
# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.db import migrations, models

from compliance.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0002_append_only"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("provider", models.CharField(max_length=48)),
                ("number", models.PositiveIntegerField()),
                (
                    "sealed",
                    models.BinaryField(help_text="compliance.evidence.vault.seal of the document"),
                ),
                ("digest", models.CharField(help_text="sha256:<hex> of `sealed`", max_length=71)),
                ("set_by", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField()),
                (
                    "psp",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="provider_settings",
                        to="tenants.psp",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("psp", "provider", "number"), name="provider_settings_number_once"
                    )
                ],
            },
        ),
        append_only("evidence_providersettings"),
    ]
