"""Versions of a PSP's policy set."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from compliance.tenants.models import Psp, User


class PolicySetVersion(models.Model):
    """One version of the policy set: immutable text, approved by a second person, active from a moment.

    The version in force at a moment is the one with the latest `active_from` not after it.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="policy_set_versions")
    ref = models.CharField(max_length=40, unique=True)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    document = models.TextField(help_text="canonical JSON (RFC 8785)")
    source = models.TextField(help_text="the document as it was given")
    digest = models.CharField(max_length=71, help_text="sha256:<hex> of `document`")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    approved_at = models.DateTimeField(null=True)
    approved_digest = models.CharField(max_length=71, blank=True)
    active_from = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp", "number"], name="policy_set_number_once_per_psp"
            ),
            # Four eyes: nobody approves their own version, whatever path they take.
            models.CheckConstraint(
                condition=Q(approver=None) | ~Q(approver=F("author")),
                name="nobody_approves_their_own",
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
