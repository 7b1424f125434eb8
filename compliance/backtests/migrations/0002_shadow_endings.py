"""Why a shadow ended, and who stopped it."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backtests", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="shadow",
            name="ending",
            field=models.CharField(
                blank=True,
                choices=[
                    ("over", "Its time was over"),
                    ("stopped", "Somebody stopped it"),
                    ("overtaken", "The candidate's text came into force"),
                ],
                help_text="empty unless ready",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="shadow",
            name="stopped_by",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
