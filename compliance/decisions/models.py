"""Decisions, what is needed to replay them, their obligations and what was done about these."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models

from compliance.tenants.models import Psp


def _psp(related_name: str) -> "models.ForeignKey[Psp, Psp]":
    """Return the reference to the PSP that every row here begins with.

    No index of its own: every index and key begins with it. No constraint in the database: it
    would look up and lock the PSP's row for each row of each decision, which costs more than the
    row itself. The number comes from an API key's row, and a PSP is never deleted.
    """
    return models.ForeignKey(
        Psp, models.PROTECT, related_name=related_name, db_index=False, db_constraint=False
    )


class Decision(models.Model):
    """One answered decision. Append-only (trigger), but for its erasure.

    Erased, it loses what links it to anybody: the keyed hashes, the support reference, and of the
    evidence the digest and details (`decisions.erasing`). All that its leaf says stays.

    Rows are written by the decision point's group commit, not by the ORM; the columns are the
    contract between the two (`compliance.decisions.writer`).
    """

    psp = _psp("decisions")
    ref = models.CharField(max_length=40)
    decided_at = models.DateTimeField()
    effect = models.CharField(max_length=8)
    disposition = models.CharField(max_length=12)
    mitigating = models.BooleanField()
    channel = models.CharField(max_length=64, blank=True)
    method = models.CharField(max_length=64, blank=True)
    platform = models.CharField(max_length=32, blank=True)
    os_version = models.CharField(max_length=32, blank=True)
    app_version = models.CharField(max_length=32, blank=True)
    environment_class = models.CharField(max_length=24)
    policy_number = models.PositiveIntegerField()
    policy_digest = models.CharField(max_length=71)
    design_digest = models.CharField(max_length=71, blank=True)
    determining_rules = models.JSONField()
    matched_rules = models.JSONField()
    waivers = models.JSONField(
        default=list, help_text="[ref, …] of those that set aside a rule that would have counted"
    )
    findings = models.JSONField(help_text="[[code, state, assurance, provider], …]")
    elements = models.JSONField(help_text="{category: status}")
    reliable_elements = models.PositiveSmallIntegerField()
    evidence = models.JSONField(help_text="[{provider, mode, verified, digest, age_s, details}, …]")
    device_hash = models.CharField(max_length=64, blank=True, help_text="keyed hash, hex")
    payer_hash = models.CharField(max_length=64, blank=True, help_text="keyed hash, hex")
    support_ref = models.CharField(max_length=9)
    device_answer = models.CharField(max_length=32)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        # Keys begin with the PSP, so that the table can be partitioned and sharded by it.
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["psp", "ref"], name="decision_ref_once_per_psp"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["psp", "decided_at"], name="decision_by_time"),
            models.Index(fields=["psp", "effect", "decided_at"], name="decision_by_effect"),
            models.Index(
                fields=["psp", "disposition", "decided_at"], name="decision_by_disposition"
            ),
            models.Index(fields=["psp", "device_hash"], name="decision_by_device"),
            models.Index(fields=["psp", "payer_hash"], name="decision_by_payer"),
            models.Index(fields=["psp", "support_ref"], name="decision_by_support_ref"),
        ]

    def __str__(self) -> str:
        return self.ref


class PresentFinding(models.Model):
    """One row for each finding that was present in a decision: what breach figures count."""

    psp = _psp("+")
    decision_ref = models.CharField(max_length=40)
    decided_at = models.DateTimeField()
    code = models.CharField(max_length=48)
    assurance = models.CharField(max_length=1)
    provider = models.CharField(max_length=48)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["psp", "decided_at", "code"], name="finding_by_time_and_code"),
            models.Index(fields=["psp", "decision_ref"], name="finding_by_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.decision_ref}"


class DecisionRecord(models.Model):
    """What a decision was made on: the facts, for replay. Kept apart, so that it can be erased.

    Erased by `decisions.erasing`, never rewritten (trigger). The ledger's leaf holds only `commitment`, an HMAC-SHA256 under
    `commitment_key` over the facts, the transaction's reference, the hashes of device and payer and
    the evidence (`decisions.leaf.commitment_over`); with the key gone nothing can be told from it,
    and the proofs stay valid.
    """

    psp = _psp("+")
    decision_ref = models.CharField(max_length=40)
    facts = models.BinaryField(help_text="JSON of policies.model.Facts")
    transaction_ref = models.CharField(max_length=128, blank=True)
    commitment_key = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "decision_ref"], name="record_once_per_decision"
            ),
        ]

    def __str__(self) -> str:
        return f"record of {self.decision_ref}"


class Obligation(models.Model):
    """What the enforcing system must do because of a decision. Append-only (trigger)."""

    psp = _psp("+")
    decision_ref = models.CharField(max_length=40)
    obligation_id = models.CharField(max_length=8, help_text="ob_1, ob_2, … within the decision")
    action = models.CharField(max_length=40)
    parameters = models.JSONField()
    decided_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="null: no deadline (record_only)")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "decision_ref", "obligation_id"], name="obligation_once_per_decision"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["psp", "due_at"], name="obligation_by_due")]

    def __str__(self) -> str:
        return f"{self.action} for {self.decision_ref}"

    @property
    def within_s(self) -> int | None:
        """The time allowed, in seconds after the decision; None without a deadline."""
        if self.due_at is None:
            return None
        return round((self.due_at - self.decided_at).total_seconds())


class OutcomeStatus(models.TextChoices):
    """What became of an obligation, as the enforcing system says."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class Outcome(models.Model):
    """The enforcing system's word on one obligation. Append-only (trigger); the last one counts.

    With its decision's record it loses the PSP's own words, `enforced_by` and `detail`.
    """

    psp = _psp("+")
    ref = models.CharField(max_length=40, unique=True)
    decision_ref = models.CharField(max_length=40)
    obligation_id = models.CharField(max_length=8)
    status = models.CharField(max_length=8, choices=OutcomeStatus.choices)
    enforced_at = models.DateTimeField(
        help_text="when it was done, by the enforcing system's clock"
    )
    enforced_by = models.CharField(max_length=100, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["psp", "decision_ref", "obligation_id"], name="outcome_by_obligation"
            ),
            models.Index(fields=["psp", "received_at"], name="outcome_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.status} ({self.decision_ref} {self.obligation_id})"


class SealedInput(models.Model):
    """What a payer typed, sealed to the PSP's own key (JWE): stored as it came, and not readable here.

    Never rewritten (trigger); erased with its decision's record. The leaf's commitment is over its digest too.
    """

    psp = _psp("+")
    decision_ref = models.CharField(max_length=40)
    kid = models.CharField(max_length=64)
    sealed = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "decision_ref"], name="sealed_input_once_per_decision"
            ),
        ]

    def __str__(self) -> str:
        return f"sealed input of {self.decision_ref}"


class SubjectKey(models.Model):
    """The data key of a payer, or of a decision without one, wrapped by the PSP's wrapping key.

    Destroyed by `decisions.erasing`, never changed (trigger): with it goes all that it encrypted.
    """

    psp = _psp("+")
    ref = models.CharField(max_length=40)
    subject = models.CharField(
        max_length=64, help_text="keyed hash of the payer, or the decision's reference"
    )
    wrapped = models.BinaryField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["psp", "subject"], name="one_data_key_per_subject"),
            models.UniqueConstraint(fields=["psp", "ref"], name="data_key_ref_once_per_psp"),
        ]

    def __str__(self) -> str:
        return self.ref


class RawEvidence(models.Model):
    """An item of evidence as it was received, encrypted; only where the PSP has it kept.

    Erased with its decision's record, never rewritten (trigger).
    """

    psp = _psp("+")
    decision_ref = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(help_text="place among the decision's evidence")
    key_ref = models.CharField(max_length=40)
    sealed = models.BinaryField(help_text="compliance.evidence.data_keys.encrypt of the item")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "decision_ref", "position"], name="raw_evidence_once_per_item"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["psp", "key_ref"], name="raw_evidence_by_key")]

    def __str__(self) -> str:
        return f"item {self.position} of {self.decision_ref}"


class EvidenceKeeping(models.Model):
    """Of which providers a PSP has raw evidence kept. Append-only (trigger); the newest counts."""

    psp = _psp("+")
    ref = models.CharField(max_length=40, unique=True)
    providers = models.JSONField(help_text="[name, …]; none: of no provider")
    key_check = models.CharField(
        max_length=64, blank=True, help_text="by which the wrapping key is known again"
    )
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["psp", "id"], name="keeping_newest")]

    def __str__(self) -> str:
        return ", ".join(self.providers) or "none"


class ErasureCause(models.TextChoices):
    """Why records were erased."""

    PAYER = "payer"
    RETENTION = "retention"


class Erasure(models.Model):
    """Records erased in one transaction, with its ledger entry. Append-only (trigger).

    It does not say which: decisions that were erased together for one payer would stay linked by it.
    """

    psp = _psp("+")
    ref = models.CharField(max_length=40, unique=True)
    cause = models.CharField(max_length=12, choices=ErasureCause.choices)
    decisions = models.PositiveIntegerField(help_text="how many were unlinked")
    records = models.PositiveIntegerField(help_text="how many had a record, which is gone")
    decided_before = models.DateTimeField(null=True, help_text="by retention: the bound")
    erased_by = models.CharField(max_length=200, help_text="address, key's reference or `schedule`")
    erased_at = models.DateTimeField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["psp", "erased_at"], name="erasure_by_time")]

    def __str__(self) -> str:
        return self.ref


class RetentionPeriod(models.Model):
    """How long a PSP's records are kept. Append-only (trigger); the newest counts."""

    psp = _psp("+")
    ref = models.CharField(max_length=40, unique=True)
    days = models.PositiveIntegerField(null=True, help_text="null: until they are erased")
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["psp", "id"], name="retention_newest")]

    def __str__(self) -> str:
        return f"{self.days} days" if self.days else "no end"
