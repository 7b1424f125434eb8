"""Give versions of designs a life of steps, and a table of when each is in force."""
# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from compliance.core.append_only import append_only

WHOLE = append_only("designs_designversion")


def let_go(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers: steps are columns that are filled later. 0005 says which are final."""
    if WHOLE.reverse_code is not None:
        WHOLE.reverse_code(apps, editor)


class Migration(migrations.Migration):
    dependencies = [
        ("designs", "0002_append_only"),
        ("tenants", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(let_go, WHOLE.code, elidable=False),
        migrations.CreateModel(
            name="DesignActivation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("active_from", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="designversion",
            name="approved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="designversion",
            name="approved_digest",
            field=models.CharField(blank=True, max_length=71),
        ),
        migrations.AddField(
            model_name="designversion",
            name="approver",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="designversion",
            name="author",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="designversion",
            name="author_key",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.apikey",
            ),
        ),
        migrations.AddField(
            model_name="designversion",
            name="refusal",
            field=models.CharField(blank=True, help_text="why it was refused", max_length=1000),
        ),
        migrations.AddField(
            model_name="designversion",
            name="refused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="designversion",
            name="refused_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="designversion",
            name="submitted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="designversion",
            name="submitted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="designversion",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="designversion",
            name="withdrawn_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="designversion",
            name="created_by",
            field=models.CharField(
                blank=True,
                help_text="who brought it in, before there were approvals",
                max_length=200,
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approver", None),
                    ("author", None),
                    models.Q(("approver", models.F("author")), _negated=True),
                    _connector="OR",
                ),
                name="nobody_approves_their_own_design",
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approver", None),
                    models.Q(
                        ("submitted_by__isnull", False),
                        models.Q(("approver", models.F("submitted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="design_submitted_by_one_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refused_by", None),
                    models.Q(
                        ("submitted_by__isnull", False),
                        models.Q(("refused_by", models.F("submitted_by")), _negated=True),
                        models.Q(("refusal", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="design_refused_by_another_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approver", None), ("approved_digest", models.F("digest")), _connector="OR"
                ),
                name="design_approval_pins_the_digest",
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refused_at", None),
                    models.Q(("approved_at", None), ("withdrawn_at", None)),
                    _connector="OR",
                ),
                name="design_refused_and_nothing_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("submitted_at", None), ("submitted_by", None)),
                    models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)),
                    _connector="OR",
                ),
                name="design_submitted_by_somebody_at_some_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at", None), ("approver", None)),
                    models.Q(("approved_at__isnull", False), ("approver__isnull", False)),
                    _connector="OR",
                ),
                name="design_approved_by_somebody_at_some_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("refused_at", None), ("refused_by", None)),
                    models.Q(("refused_at__isnull", False), ("refused_by__isnull", False)),
                    _connector="OR",
                ),
                name="design_refused_by_somebody_at_some_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                    models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                    _connector="OR",
                ),
                name="design_withdrawn_by_somebody_at_some_time",
            ),
        ),
        migrations.AddField(
            model_name="designactivation",
            name="activated_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="designactivation",
            name="psp",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.psp"
            ),
        ),
        migrations.AddField(
            model_name="designactivation",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="activations",
                to="designs.designversion",
            ),
        ),
        migrations.AddField(
            model_name="designactivation",
            name="withdrawn_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="designactivation",
            index=models.Index(fields=["psp", "active_from"], name="design_activation_by_time"),
        ),
        migrations.AddConstraint(
            model_name="designactivation",
            constraint=models.CheckConstraint(
                condition=models.Q(("active_from__gte", models.F("created_at"))),
                name="design_activation_never_in_the_past",
            ),
        ),
        migrations.AddConstraint(
            model_name="designactivation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at", None),
                    ("withdrawn_at__lt", models.F("active_from")),
                    _connector="OR",
                ),
                name="design_activation_withdrawn_before_it_comes",
            ),
        ),
    ]
