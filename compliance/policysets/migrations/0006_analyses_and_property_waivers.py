"""What is proved of a version's text, and waivers of properties; neither is rewritten once it is final."""
# SPDX-License-Identifier: Apache-2.0

import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from compliance.core.append_only import append_only
from compliance.core.final_columns import final_columns

ANALYSIS = "policysets_analysis"
WAIVER = "policysets_propertywaiver"
ASKED = (
    "psp_id, ref, version_id, property_id, reason, compensating_control, requested_by_id, "
    "requested_at, starts_at, expires_at"
)


class Migration(migrations.Migration):
    dependencies = [
        ("policysets", "0005_guard_lifecycle"),
        ("tenants", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Analysis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("design_digest", models.CharField(max_length=71)),
                ("compared_digest", models.CharField(blank=True, max_length=71)),
                ("requested_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("running", "Running"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "beat_at",
                    models.DateTimeField(help_text="last sign of life of its worker", null=True),
                ),
                (
                    "done",
                    models.PositiveSmallIntegerField(default=0, help_text="steps done so far"),
                ),
                (
                    "steps",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="steps in all; 0: not begun"
                    ),
                ),
                ("results", models.JSONField(default=dict)),
                (
                    "blocking",
                    models.JSONField(
                        default=list, help_text="ids of blocking properties not proved"
                    ),
                ),
                ("failed_cases", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, max_length=300)),
                (
                    "psp",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.psp",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="analyses",
                        to="policysets.policysetversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["version", "requested_at"], name="analysis_by_version"),
                    models.Index(fields=["state", "beat_at"], name="analysis_by_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PropertyWaiver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=1000)),
                ("compensating_control", models.CharField(max_length=1000)),
                ("requested_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(null=True)),
                ("starts_at", models.DateTimeField()),
                (
                    "expires_at",
                    models.DateTimeField(help_text="the first moment at which it does not apply"),
                ),
                ("revoked_at", models.DateTimeField(null=True)),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("property_id", models.CharField(help_text="P1 to P8", max_length=4)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "psp",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="property_waivers",
                        to="tenants.psp",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="property_waivers",
                        to="policysets.policysetversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["psp", "expires_at"], name="property_waiver_by_expiry")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("requested_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="property_waiver_asked_by_one_approved_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("requested_by__isnull", False)),
                        name="property_waiver_asked_by_a_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at", None), ("approved_by", None)),
                            models.Q(
                                ("approved_at__isnull", False), ("approved_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="property_waiver_approved_by_somebody_at_some_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("compensating_control", ""), _negated=True),
                        ),
                        name="property_waiver_has_reason_and_control",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at__gt", models.F("starts_at")),
                            (
                                "expires_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("starts_at"),
                                    "+",
                                    models.Value(dt.timedelta(days=180)),
                                ),
                            ),
                        ),
                        name="property_waiver_lasts_at_most_180_days",
                    ),
                ],
            },
        ),
        append_only(ANALYSIS, events=("delete",)),
        final_columns(
            ANALYSIS,
            "analysis_question_is_immutable",
            "psp_id, ref, version_id, design_digest, compared_digest, requested_at",
        ),
        final_columns(
            ANALYSIS,
            "analysis_result_is_final",
            "state, results, blocking, failed_cases, finished_at",
            when="OLD.state = 'ready'",
        ),
        append_only(WAIVER, events=("delete",)),
        final_columns(WAIVER, "property_waiver_is_immutable", ASKED),
        final_columns(
            WAIVER,
            "property_waiver_approval_is_final",
            "approved_by_id, approved_at",
            when="OLD.approved_at IS NOT NULL",
        ),
        final_columns(
            WAIVER,
            "property_waiver_revocation_is_final",
            "revoked_by_id, revoked_at",
            when="OLD.revoked_at IS NOT NULL",
        ),
    ]
