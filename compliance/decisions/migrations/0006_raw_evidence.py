"""Raw evidence, where a PSP has it kept, and the data keys of those whom it is about."""
# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.db import migrations, models

from compliance.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0005_sealed_input"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceKeeping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("providers", models.JSONField(help_text="[name, …]; none: of no provider")),
                (
                    "key_check",
                    models.CharField(
                        blank=True,
                        help_text="by which the wrapping key is known again",
                        max_length=64,
                    ),
                ),
                ("set_by", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField()),
                ("leaf_hash", models.BinaryField(max_length=32)),
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
                "indexes": [models.Index(fields=["psp", "id"], name="keeping_newest")],
            },
        ),
        migrations.CreateModel(
            name="RawEvidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("decision_ref", models.CharField(max_length=40)),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        help_text="place among the decision's evidence"
                    ),
                ),
                ("key_ref", models.CharField(max_length=40)),
                (
                    "sealed",
                    models.BinaryField(
                        help_text="compliance.evidence.data_keys.encrypt of the item"
                    ),
                ),
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
                "indexes": [models.Index(fields=["psp", "key_ref"], name="raw_evidence_by_key")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("psp", "decision_ref", "position"),
                        name="raw_evidence_once_per_item",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40)),
                (
                    "subject",
                    models.CharField(
                        help_text="keyed hash of the payer, or the decision's reference",
                        max_length=64,
                    ),
                ),
                ("wrapped", models.BinaryField(max_length=40)),
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
                        fields=("psp", "subject"), name="one_data_key_per_subject"
                    ),
                    models.UniqueConstraint(
                        fields=("psp", "ref"), name="data_key_ref_once_per_psp"
                    ),
                ],
            },
        ),
        append_only("decisions_evidencekeeping"),
        # Keys and what they encrypt are destroyed, never changed.
        append_only("decisions_subjectkey", events=("update",)),
        append_only("decisions_rawevidence", events=("update",)),
    ]
