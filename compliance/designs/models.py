"""Versions of a PSP's authentication designs, and when each was in force."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.tenants.models import ApiKey, Psp, taken_by


class DesignState(models.TextChoices):
    """Where a version stands in its life at a moment (docs/decisions/0015)."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    ACTIVE = "active", _("In force")
    REPLACED = "replaced", _("Replaced")


class DesignVersion(models.Model):
    """One version of the document that says which elements rest on which components.

    Immutable text, submitted by one person, approved or refused by another. A version that a key
    sent has an `author_key` and no author until a person takes it over, which submits it. Versions
    from before there were approvals name in `created_by` who brought them in, and have no people.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="design_versions")
    ref = models.CharField(max_length=40, unique=True)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    document = models.TextField(help_text="canonical JSON (RFC 8785)")
    source = models.TextField(help_text="the document as it was given")
    digest = models.CharField(max_length=71, help_text="sha256:<hex> of `document`")
    created_by = models.CharField(
        max_length=200, blank=True, help_text="who brought it in, before there were approvals"
    )
    author = taken_by()
    author_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField()
    submitted_by = taken_by()
    submitted_at = models.DateTimeField(null=True)
    approver = taken_by()
    approved_at = models.DateTimeField(null=True)
    approved_digest = models.CharField(max_length=71, blank=True)
    refused_by = taken_by()
    refused_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=1000, blank=True, help_text="why it was refused")
    withdrawn_by = taken_by()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["psp", "number"], name="design_number_once_per_psp"),
            models.CheckConstraint(
                condition=Q(author__isnull=False, author_key=None)
                | Q(author=None, author_key__isnull=False)
                | (Q(author=None, author_key=None) & ~Q(created_by="")),
                name="design_written_by_somebody",
            ),
            # Four eyes: somebody answers for every text, for a key cannot, and another person approves.
            models.CheckConstraint(
                condition=Q(approver=None) | Q(author=None) | ~Q(approver=F("author")),
                name="nobody_approves_their_own_design",
            ),
            models.CheckConstraint(
                condition=Q(approver=None)
                | (Q(submitted_by__isnull=False) & ~Q(approver=F("submitted_by"))),
                name="design_submitted_by_one_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(refused_by=None)
                | (Q(submitted_by__isnull=False) & ~Q(refused_by=F("submitted_by")))
                & ~Q(refusal=""),
                name="design_refused_by_another_with_a_reason",
            ),
            # An approval is of a text, not of a name.
            models.CheckConstraint(
                condition=Q(approver=None) | Q(approved_digest=F("digest")),
                name="design_approval_pins_the_digest",
            ),
            models.CheckConstraint(
                condition=Q(refused_at=None) | Q(approved_at=None, withdrawn_at=None),
                name="design_refused_and_nothing_else",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{who: None, when: None})
                    | Q(**{f"{who}__isnull": False, f"{when}__isnull": False}),
                    name=f"design_{step}_by_somebody_at_some_time",
                )
                for step, who, when in (
                    ("submitted", "submitted_by", "submitted_at"),
                    ("approved", "approver", "approved_at"),
                    ("refused", "refused_by", "refused_at"),
                    ("withdrawn", "withdrawn_by", "withdrawn_at"),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @property
    def written_by(self) -> str:
        """The author's name, or which key wrote it."""
        if self.author_key is not None:
            return str(_("API key %(key)s") % {"key": self.author_key})
        return str(self.author or self.created_by)

    @property
    def is_open(self) -> bool:
        """Whether it can still be approved, refused or withdrawn before that."""
        return self.approved_at is None and self.refused_at is None and self.withdrawn_at is None


class DesignActivation(models.Model):
    """One decision that a version is in force from a moment on, until another one is.

    Append-only (trigger), and refused by the database for a version that nobody approved. One that
    has not come yet can be withdrawn. A version can have several: returning to an approved text
    needs no new approval. Nobody is named where the version is from before there were approvals.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=40, unique=True)
    version = models.ForeignKey(DesignVersion, on_delete=models.PROTECT, related_name="activations")
    active_from = models.DateTimeField()
    activated_by = taken_by()
    created_at = models.DateTimeField()
    withdrawn_by = taken_by()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["psp", "active_from"], name="design_activation_by_time")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(active_from__gte=F("created_at")),
                name="design_activation_never_in_the_past",
            ),
            # What was in force is history.
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("active_from")),
                name="design_activation_withdrawn_before_it_comes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} from {self.active_from.isoformat()}"
