"""Versions of a PSP's authentication designs."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models

from compliance.tenants.models import Psp


class DesignVersion(models.Model):
    """One version of the document that says which elements rest on which components."""

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="design_versions")
    ref = models.CharField(max_length=40, unique=True)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    document = models.TextField(help_text="canonical JSON (RFC 8785)")
    source = models.TextField(help_text="the document as it was given")
    digest = models.CharField(max_length=71, help_text="sha256:<hex> of `document`")
    active_from = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["psp", "number"], name="design_number_once_per_psp"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
