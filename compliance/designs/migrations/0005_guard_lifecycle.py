"""Let no step of a design's life be rewritten; let only what is approved come into force."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations, models

from compliance.core.append_only import append_only
from compliance.core.final_columns import final_columns
from compliance.core.inserted_only import inserted_only_where

VERSION = "designs_designversion"
ACTIVATION = "designs_designactivation"
TEXT = (
    "psp_id, ref, number, name, document, source, digest, created_by, author_id, author_key_id, "
    "created_at"
)
APPROVED = f"""
SELECT 1 FROM {VERSION} WHERE id = NEW.version_id AND psp_id = NEW.psp_id
  AND approver_id IS NOT NULL AND withdrawn_at IS NULL AND NEW.activated_by_id IS NOT NULL
"""  # noqa: S608 - names of ours


class Migration(migrations.Migration):
    dependencies = [("designs", "0004_fill_activations")]

    operations = [
        migrations.RemoveField(
            model_name="designversion",
            name="active_from",
        ),
        migrations.AddConstraint(
            model_name="designversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("author__isnull", False), ("author_key", None)),
                    models.Q(("author", None), ("author_key__isnull", False)),
                    models.Q(
                        ("author", None),
                        ("author_key", None),
                        models.Q(("created_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="design_written_by_somebody",
            ),
        ),
        append_only(VERSION, events=("delete",)),
        final_columns(VERSION, "design_text_is_immutable", TEXT),
        final_columns(
            VERSION,
            "design_submission_is_final",
            "submitted_by_id, submitted_at",
            when="OLD.submitted_at IS NOT NULL",
        ),
        final_columns(
            VERSION,
            "design_approval_is_final",
            "approver_id, approved_at, approved_digest",
            when="OLD.approved_at IS NOT NULL",
        ),
        final_columns(
            VERSION,
            "design_refusal_is_final",
            "refused_by_id, refused_at, refusal",
            when="OLD.refused_at IS NOT NULL",
        ),
        final_columns(
            VERSION,
            "design_withdrawal_is_final",
            "withdrawn_by_id, withdrawn_at",
            when="OLD.withdrawn_at IS NOT NULL",
        ),
        append_only(ACTIVATION, events=("delete",)),
        final_columns(
            ACTIVATION,
            "design_activation_is_immutable",
            "psp_id, ref, version_id, active_from, activated_by_id, created_at",
        ),
        final_columns(
            ACTIVATION,
            "design_activation_withdrawal_is_final",
            "withdrawn_by_id, withdrawn_at",
            when="OLD.withdrawn_at IS NOT NULL",
        ),
        inserted_only_where(ACTIVATION, "design_activation_only_of_what_is_approved", APPROVED),
    ]
