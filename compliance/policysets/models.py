"""Versions of a PSP's policy set, when each was in force, what is proved of them, and waivers."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.core.jobs import Job
from compliance.tenants.models import ApiKey, Psp, User, taken_by

NO_DESIGN: Final = "none"
"""Stands for a digest where no authentication design was registered."""

LONGEST_WAIVER: Final = timedelta(days=180)
"""Longest time for which a rule or a property can be waived (product.md, "Waiver")."""


class VersionState(models.TextChoices):
    """Where a version stands in its life at a moment (product.md, section 4)."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    ACTIVE = "active", _("In force")
    RETIRED = "retired", _("Retired")


class WaiverState(models.TextChoices):
    """Where a waiver stands at a moment."""

    REQUESTED = "requested", _("Waits for approval")
    APPROVED = "approved", _("Approved, not begun")
    IN_FORCE = "in_force", _("In force")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class AnalysisState(models.TextChoices):
    """Where an analysis is. The row is the queue record: a lost message loses nothing."""

    REQUESTED = "requested", _("Requested")
    RUNNING = "running", _("Running")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


def _key() -> "models.ForeignKey[ApiKey | None, ApiKey | None]":
    """Return the reference to the API key that took a step, where no person did."""
    return models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+", null=True)


class PolicySetVersion(models.Model):
    """One version of the policy set: immutable text, submitted by one person, approved by another.

    The version in force at a moment is the one with the latest `Activation` not after it.
    `active_from` is when the version came, or is to come, into force first; a version that a
    selector gives as in force has the moment of that very activation there.

    A version written over REST has an `author_key` and no author. A key is nobody, so the person
    who submits the version answers for it, and is not the one who approves it.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="policy_set_versions")
    ref = models.CharField(max_length=40, unique=True)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    document = models.TextField(help_text="canonical JSON (RFC 8785)")
    source = models.TextField(help_text="the document as it was given")
    digest = models.CharField(max_length=71, help_text="sha256:<hex> of `document`")
    author = taken_by()
    author_key = _key()
    created_at = models.DateTimeField()
    submitted_by = taken_by()
    submitted_at = models.DateTimeField(null=True)
    approver = taken_by()
    approved_at = models.DateTimeField(null=True)
    approved_digest = models.CharField(max_length=71, blank=True)
    approved_design_digest = models.CharField(
        max_length=71, blank=True, help_text="the design in force then; empty: it was not told"
    )
    active_from = models.DateTimeField(null=True, db_index=True)
    retired_by = taken_by()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "number"], name="policy_set_number_once_per_psp"
            ),
            # Four eyes: nobody approves their own version, whatever path they take.
            models.CheckConstraint(
                condition=Q(approver=None) | Q(author=None) | ~Q(approver=F("author")),
                name="nobody_approves_their_own",
            ),
            # Somebody answers for every text, for a key cannot; and that is not the approver.
            models.CheckConstraint(
                condition=Q(approver=None)
                | (Q(submitted_by__isnull=False) & ~Q(approver=F("submitted_by"))),
                name="submitted_by_one_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(author=None, author_key__isnull=False)
                | Q(author__isnull=False, author_key=None),
                name="written_by_a_person_or_a_key",
            ),
            # An approval is of a text, not of a name.
            models.CheckConstraint(
                condition=Q(approver=None) | Q(approved_digest=F("digest")),
                name="approval_pins_the_digest",
            ),
            models.CheckConstraint(
                condition=Q(active_from=None) | ~Q(approver=None), name="active_only_when_approved"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @property
    def written_by(self) -> str:
        """The author's name, or which key wrote it."""
        return str(self.author or _("API key %(key)s") % {"key": self.author_key})

    def is_stale_under(self, design_digest: str) -> bool:
        """Return whether it was approved under another authentication design than this one.

        `design_digest` may be `NO_DESIGN`. An approval that named no design is not stale.
        """
        return self.approved_design_digest not in {"", design_digest}


class Activation(models.Model):
    """One decision that a version is in force from a moment on, until another one is.

    Append-only (trigger), and refused by the database for a version that nobody approved. One that
    has not come yet can be withdrawn. A version can have several: returning to an approved text
    needs no new approval.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=40, unique=True)
    version = models.ForeignKey(
        PolicySetVersion, on_delete=models.PROTECT, related_name="activations"
    )
    active_from = models.DateTimeField()
    activated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    withdrawn_by = taken_by()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["psp", "active_from"], name="activation_by_time")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(active_from__gte=F("created_at")), name="activation_never_in_the_past"
            ),
            # What was in force is history.
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("active_from")),
                name="activation_withdrawn_before_it_comes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} from {self.active_from.isoformat()}"


class Analysis(Job):
    """What is proved of a version's text, and how its test cases came out, under one design.

    `design_digest` is that of the authentication designs in force when it was requested (or
    `NO_DESIGN`), `compared_digest` that of the text in force then that it is compared with (empty:
    none, or the same). `results` is `compliance.policysets.results.results_document`, for people
    and machines; `blocking` and `failed_cases` are what stands in the way of activation.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=40, unique=True)
    version = models.ForeignKey(PolicySetVersion, on_delete=models.PROTECT, related_name="analyses")
    design_digest = models.CharField(max_length=71)
    compared_digest = models.CharField(max_length=71, blank=True)
    requested_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=AnalysisState.choices, default=AnalysisState.REQUESTED
    )
    beat_at = models.DateTimeField(null=True, help_text="last sign of life of its worker")
    done = models.PositiveSmallIntegerField(default=0, help_text="steps done so far")
    steps = models.PositiveSmallIntegerField(default=0, help_text="steps in all; 0: not begun")
    results = models.JSONField(default=dict)
    blocking = models.JSONField(default=list, help_text="ids of blocking properties not proved")
    failed_cases = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["version", "requested_at"], name="analysis_by_version"),
            models.Index(fields=["state", "beat_at"], name="analysis_by_state"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def progress(self) -> int:
        """How far it is, in per cent."""
        if self.state == AnalysisState.READY:
            return 100
        return min(99, 100 * self.done // self.steps) if self.steps else 0


class Grant(models.Model):
    """What every waiver has: asked by one person, approved by another, for a time.

    What was asked for never changes (trigger); an approval and a revocation happen once.
    """

    reason = models.CharField(max_length=1000)
    compensating_control = models.CharField(max_length=1000)
    requested_by = taken_by()
    requested_at = models.DateTimeField()
    approved_by = taken_by()
    approved_at = models.DateTimeField(null=True)
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="the first moment at which it does not apply")
    revoked_by = taken_by()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def state_at(self, moment: datetime) -> WaiverState:
        """Return where the waiver stands at `moment`; without approval it expires all the same."""
        if self.revoked_at is not None and self.revoked_at <= moment:
            return WaiverState.REVOKED
        if self.expires_at <= moment:
            return WaiverState.EXPIRED
        if self.approved_at is None:
            return WaiverState.REQUESTED
        has_begun = max(self.starts_at, self.approved_at) <= moment
        return WaiverState.IN_FORCE if has_begun else WaiverState.APPROVED


class Waiver(Grant):
    """Sets one rule aside for a scope and a time: asked by one person, approved by another.

    Empty parts of the scope fit everything; at least one is not empty. What was asked for never
    changes (trigger); an approval and a revocation happen once. A waiver asked over REST has a
    `requested_key`, and nobody can approve it until a person has taken it over as theirs.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="waivers")
    ref = models.CharField(max_length=40, unique=True)
    rule_id = models.CharField(max_length=64)
    app_version = models.CharField(max_length=32, blank=True)
    device_model = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=64, blank=True)
    requested_key = _key()
    revoked_key = _key()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["psp", "expires_at"], name="waiver_by_expiry")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | (Q(requested_by__isnull=False) & ~Q(approved_by=F("requested_by"))),
                name="waiver_asked_by_one_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="waiver_approved_by_somebody_at_some_time",
            ),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=False) | Q(requested_key__isnull=False),
                name="waiver_asked_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(app_version="", device_model="", channel=""),
                name="waiver_has_a_scope",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(compensating_control=""),
                name="waiver_has_reason_and_control",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("starts_at"))
                & Q(expires_at__lte=F("starts_at") + LONGEST_WAIVER),
                name="waiver_lasts_at_most_180_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} ({self.ref})"

    @property
    def asked_by(self) -> str:
        """The name of the person who answers for it, or which key asked."""
        return str(self.requested_by or _("API key %(key)s") % {"key": self.requested_key})


class PropertyWaiver(Grant):
    """Lets one version be activated although a blocking property of it is not proved.

    It is of one text under whatever design (product.md, section 3), and printed in each report.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="property_waivers")
    ref = models.CharField(max_length=40, unique=True)
    version = models.ForeignKey(
        PolicySetVersion, on_delete=models.PROTECT, related_name="property_waivers"
    )
    property_id = models.CharField(max_length=4, help_text="P1 to P8")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["psp", "expires_at"], name="property_waiver_by_expiry")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("requested_by")),
                name="property_waiver_asked_by_one_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=False), name="property_waiver_asked_by_a_person"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="property_waiver_approved_by_somebody_at_some_time",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(compensating_control=""),
                name="property_waiver_has_reason_and_control",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("starts_at"))
                & Q(expires_at__lte=F("starts_at") + LONGEST_WAIVER),
                name="property_waiver_lasts_at_most_180_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.property_id} ({self.ref})"
