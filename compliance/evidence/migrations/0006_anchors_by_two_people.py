"""Roots by two people or by a known key, for one PSP or all; where lists of revoked keys come from."""
# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0005_sealing_keys"),
        ("tenants", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RevocationSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("provider", models.CharField(max_length=48)),
                (
                    "location",
                    models.CharField(
                        help_text="an https address, or a file's path", max_length=500
                    ),
                ),
                ("set_by", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.AddField(
            model_name="revocationlist",
            name="origin",
            field=models.CharField(blank=True, help_text="the address or file", max_length=500),
        ),
        migrations.AddField(
            model_name="trustanchor",
            name="approved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="trustanchor",
            name="approved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="trustanchor",
            name="before_four_eyes",
            # Roots that are there now were added by one person; they stay as they are.
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name="trustanchor",
            name="before_four_eyes",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="trustanchor",
            name="is_known",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="trustanchor",
            name="proposed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="trustanchor",
            name="removed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="revocationlist",
            name="content",
            field=models.TextField(blank=True, help_text="the list as it was given"),
        ),
        migrations.AlterField(
            model_name="revocationlist",
            name="digest",
            field=models.CharField(help_text="sha256:<hex> of the list", max_length=71),
        ),
        migrations.AlterField(
            model_name="trustanchor",
            name="psp",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="trust_anchors",
                to="tenants.psp",
            ),
        ),
        migrations.AddIndex(
            model_name="revocationlist",
            index=models.Index(fields=["digest"], name="revocation_list_by_digest"),
        ),
        migrations.AddConstraint(
            model_name="trustanchor",
            constraint=models.UniqueConstraint(
                condition=models.Q(("psp", None), ("removed_at", None)),
                fields=("provider", "public_key_digest"),
                name="trust_anchor_once_per_deployment",
            ),
        ),
        migrations.AddConstraint(
            model_name="trustanchor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(
                        ("proposed_by__isnull", False),
                        models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="nobody_approves_their_own_root",
            ),
        ),
        migrations.AddConstraint(
            model_name="trustanchor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at", None), ("approved_by", None)),
                    models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                    _connector="OR",
                ),
                name="root_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="trustanchor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_known", False),
                    models.Q(
                        ("provider", "android_key_attestation"),
                        (
                            "public_key_digest__in",
                            [
                                "sha256:3ee44512a1af2beb39c889490c60ea3f82e43f5d5a5532f5ab9419f676cd07ec",
                                "sha256:feb2ea7551ee316ed4bb443c8293b884dbfdea40b603ee3e4f4a897e4580fbae",
                            ],
                        ),
                    ),
                    models.Q(
                        ("provider", "apple_app_attest"),
                        (
                            "public_key_digest__in",
                            [
                                "sha256:1ae751fd29896d0f1f13fe226c063f445d40d8938acc6245c251ecc0679330bd",
                                "sha256:9b219d0fbff36a5fb32090571906bceea68617c833a3f61b81e962a8e64db8af",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="known_root_is_in_the_table",
            ),
        ),
        migrations.AddConstraint(
            model_name="trustanchor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("before_four_eyes", True), ("proposed_by__isnull", False), _connector="OR"
                ),
                name="somebody_proposed_the_root",
            ),
        ),
        migrations.AddField(
            model_name="revocationsource",
            name="psp",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revocation_sources",
                to="tenants.psp",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocationsource",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("psp", "provider"),
                name="revocation_source_once_per_psp",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocationsource",
            constraint=models.UniqueConstraint(
                condition=models.Q(("psp", None), ("removed_at", None)),
                fields=("provider",),
                name="revocation_source_once_per_deployment",
            ),
        ),
    ]
