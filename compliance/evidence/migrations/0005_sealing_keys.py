"""The public keys that input is sealed to: retired once, otherwise never changed."""
# SPDX-License-Identifier: Apache-2.0

import django.db.models.deletion
from django.db import migrations, models

from compliance.core.append_only import append_only
from compliance.core.final_columns import final_columns


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0004_seen_evidence"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SealingKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("kid", models.CharField(max_length=64)),
                (
                    "jwk",
                    models.JSONField(help_text="the public key (JWK) with `kid`, `alg` and `use`"),
                ),
                (
                    "thumbprint",
                    models.CharField(help_text="RFC 7638, sha256:<hex>", max_length=71),
                ),
                ("added_by", models.CharField(max_length=200)),
                ("added_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "psp",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sealing_keys",
                        to="tenants.psp",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("psp", "kid"), name="sealing_key_id_once_per_psp"
                    )
                ],
            },
        ),
        append_only("evidence_sealingkey", events=("delete",)),
        final_columns(
            "evidence_sealingkey",
            "sealing_key_stays",
            "psp_id, ref, kid, jwk, thumbprint, added_by, added_at",
        ),
        final_columns(
            "evidence_sealingkey",
            "sealing_key_retired_once",
            "retired_at",
            when="OLD.retired_at IS NOT NULL",
        ),
    ]
