"""Let no step of a version's life, and nothing of a waiver, be rewritten; activate only what is approved."""
# SPDX-License-Identifier: Apache-2.0

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from compliance.core.append_only import append_only
from compliance.core.final_columns import final_columns
from compliance.core.inserted_only import inserted_only_where

VERSION = "policysets_policysetversion"
ACTIVATION = "policysets_activation"
WAIVER = "policysets_waiver"
TEXT = "psp_id, ref, number, name, document, source, digest, author_id, author_key_id, created_at"
APPROVAL = "approver_id, approved_at, approved_digest, approved_design_digest"
ACTIVATED = "psp_id, ref, version_id, active_from, activated_by_id, created_at"
ASKED = (
    "psp_id, ref, rule_id, app_version, device_model, channel, reason, compensating_control, "
    "requested_key_id, requested_at, starts_at, expires_at"
)
APPROVED = f"""
SELECT 1 FROM {VERSION} WHERE id = NEW.version_id AND psp_id = NEW.psp_id
  AND approver_id IS NOT NULL AND retired_at IS NULL
"""  # noqa: S608 - names of ours


def restore(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put back what SQLite lost: it makes a table anew to change it, without its triggers."""
    if editor.connection.vendor == "sqlite":
        append_only(VERSION, events=("delete",)).code(apps, editor)


class Migration(migrations.Migration):
    dependencies = [("policysets", "0004_fill_lifecycle")]

    operations = [
        migrations.AddConstraint(
            model_name="policysetversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approver", None),
                    models.Q(
                        ("submitted_by__isnull", False),
                        models.Q(("approver", models.F("submitted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="submitted_by_one_approved_by_another",
            ),
        ),
        migrations.RunPython(restore, migrations.RunPython.noop, elidable=False),
        final_columns(VERSION, "policy_text_is_immutable", TEXT),
        final_columns(
            VERSION, "policy_approval_is_final", APPROVAL, when="OLD.approver_id IS NOT NULL"
        ),
        final_columns(
            VERSION,
            "policy_submission_is_final",
            "submitted_by_id, submitted_at",
            when="OLD.approver_id IS NOT NULL",
        ),
        final_columns(
            VERSION,
            "policy_retirement_is_final",
            "retired_by_id, retired_at",
            when="OLD.retired_at IS NOT NULL",
        ),
        append_only(ACTIVATION, events=("delete",)),
        final_columns(ACTIVATION, "activation_is_immutable", ACTIVATED),
        final_columns(
            ACTIVATION,
            "activation_withdrawal_is_final",
            "withdrawn_by_id, withdrawn_at",
            when="OLD.withdrawn_at IS NOT NULL",
        ),
        inserted_only_where(ACTIVATION, "activation_only_of_what_is_approved", APPROVED),
        append_only(WAIVER, events=("delete",)),
        final_columns(WAIVER, "waiver_is_immutable", ASKED),
        final_columns(
            WAIVER,
            "waiver_request_is_final",
            "requested_by_id",
            when="OLD.requested_by_id IS NOT NULL",
        ),
        final_columns(
            WAIVER,
            "waiver_approval_is_final",
            "approved_by_id, approved_at",
            when="OLD.approved_at IS NOT NULL",
        ),
        final_columns(
            WAIVER,
            "waiver_revocation_is_final",
            "revoked_by_id, revoked_key_id, revoked_at",
            when="OLD.revoked_at IS NOT NULL",
        ),
    ]
