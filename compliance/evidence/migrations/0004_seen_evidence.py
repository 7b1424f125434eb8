"""What evidence may say only once, and counters that must rise."""
# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0003_provider_settings"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceCounter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_digest", models.CharField(max_length=71)),
                ("counter", models.BigIntegerField()),
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
                        fields=("psp", "key_digest"), name="evidence_counter_once_per_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SeenEvidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=71)),
                ("scope", models.CharField(blank=True, max_length=71)),
                ("decision_ref", models.CharField(max_length=40)),
                ("seen_at", models.DateTimeField()),
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
                "indexes": [
                    models.Index(fields=["psp", "decision_ref"], name="seen_evidence_by_decision")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("psp", "digest"), name="evidence_seen_once_per_psp"
                    )
                ],
            },
        ),
    ]
