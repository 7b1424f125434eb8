"""Reports: what was asked for, how far it is, and the sealed file."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.core.jobs import Job
from compliance.tenants.models import Psp


class ReportState(models.TextChoices):
    """Where a report is. The row is the queue record: a lost message loses nothing."""

    REQUESTED = "requested", _("Requested")
    RUNNING = "running", _("In production")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Report(Job):
    """One report: a function of (PSP, period, checkpoint)."""

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="reports")
    ref = models.CharField(max_length=40, unique=True)
    period_start = models.DateTimeField(help_text="first moment of the period")
    period_end = models.DateTimeField(help_text="first moment after the period")
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=ReportState.choices, default=ReportState.REQUESTED
    )
    progress = models.PositiveSmallIntegerField(default=0, help_text="per cent")
    step = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    checkpoint_size = models.BigIntegerField(null=True)
    checkpoint_root = models.CharField(max_length=64, blank=True, help_text="hex")
    checkpoint = models.TextField(blank=True, help_text="the signed note that the figures are of")
    file_name = models.CharField(max_length=160, blank=True)
    file_digest = models.CharField(max_length=71, blank=True, help_text="sha256:<hex> of the PDF")
    leaf_hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(period_start__lt=F("period_end")), name="report_period_not_empty"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["psp", "requested_at"], name="report_by_time")]

    def __str__(self) -> str:
        return self.ref


class ReportFile(models.Model):
    """The sealed PDF, apart from the row that lists read. Append-only (trigger)."""

    report = models.OneToOneField(Report, on_delete=models.PROTECT, related_name="file")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.report}"
