"""Let records be erased: what links a decision to anybody can be emptied, and nothing else changed."""
# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.db import migrations, models

from compliance.core.append_only import Emptied, append_only, append_only_but

_EVIDENCE_WITHOUT = Emptied(
    "evidence",
    postgresql=(
        """(SELECT coalesce(jsonb_agg(item || '{"digest": "", "details": {}}' ORDER BY place), '[]')"""
        " FROM jsonb_array_elements(OLD.evidence) WITH ORDINALITY AS each(item, place))"
    ),
    sqlite=(
        "(SELECT json_group_array(json_set(value, '$.digest', '', '$.details', json('{}')))"
        " FROM json_each(OLD.evidence))"
    ),
)


def _psp() -> "models.ForeignKey[models.Model, models.Model]":
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="tenants.psp",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0003_waivers"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                (
                    "cause",
                    models.CharField(
                        choices=[("payer", "Payer"), ("retention", "Retention")], max_length=12
                    ),
                ),
                ("decisions", models.PositiveIntegerField(help_text="how many were unlinked")),
                (
                    "records",
                    models.PositiveIntegerField(help_text="how many had a record, which is gone"),
                ),
                (
                    "decided_before",
                    models.DateTimeField(help_text="by retention: the bound", null=True),
                ),
                (
                    "erased_by",
                    models.CharField(
                        help_text="address, key's reference or `schedule`", max_length=200
                    ),
                ),
                ("erased_at", models.DateTimeField()),
                ("leaf_hash", models.BinaryField(max_length=32)),
                ("psp", _psp()),
            ],
            options={
                "indexes": [models.Index(fields=["psp", "erased_at"], name="erasure_by_time")],
            },
        ),
        migrations.CreateModel(
            name="RetentionPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                (
                    "days",
                    models.PositiveIntegerField(help_text="null: until they are erased", null=True),
                ),
                ("set_by", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField()),
                ("leaf_hash", models.BinaryField(max_length=32)),
                ("psp", _psp()),
            ],
            options={
                "indexes": [models.Index(fields=["psp", "id"], name="retention_newest")],
            },
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["psp", "payer_hash"], name="decision_by_payer"),
        ),
        append_only("decisions_erasure"),
        append_only("decisions_retentionperiod"),
        append_only_but(
            "decisions_decision",
            (
                Emptied("payer_hash"),
                Emptied("device_hash"),
                Emptied("support_ref"),
                _EVIDENCE_WITHOUT,
            ),
        ),
        append_only_but("decisions_outcome", (Emptied("enforced_by"), Emptied("detail"))),
    ]
