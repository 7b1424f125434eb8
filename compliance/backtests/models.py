"""Candidates beside recorded decisions: how far each comparison is, its counts, and what changes."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.core.jobs import Job
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.models import Psp


class RunState(models.TextChoices):
    """Where a comparison is. The row is the queue record: a lost message loses nothing."""

    REQUESTED = "requested", _("Requested")
    RUNNING = "running", _("Running")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class ShadowEnding(models.TextChoices):
    """Why a shadow that is ready has ended."""

    OVER = "over", _("Its time was over")
    STOPPED = "stopped", _("Somebody stopped it")
    OVERTAKEN = "overtaken", _("The candidate's text came into force")


class Run(models.Model):
    """A candidate compared with the decisions of [starts_at, ends_at), in order of time.

    (`cursor_at`, `cursor_id`) is the last decision that `tally` counts: both are written, with the
    changes, in one transaction, so that whoever goes on from there counts each decision once.
    """

    psp = models.ForeignKey(Psp, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=40, unique=True)
    version = models.ForeignKey(PolicySetVersion, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=71, help_text="sha256:<hex> of the candidate's text")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.REQUESTED)
    cursor_at = models.DateTimeField(null=True)
    cursor_id = models.BigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0, help_text="decisions read so far")
    tally = models.JSONField(default=dict, help_text="compliance.backtests.tally.Tally")
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.ref


class Change(models.Model):
    """A decision that the candidate makes otherwise. Bounded for each pair of effects."""

    number = models.PositiveIntegerField(help_text="1, 2, … within the comparison")
    decision_ref = models.CharField(max_length=40)
    decided_at = models.DateTimeField()
    old_effect = models.CharField(max_length=8)
    new_effect = models.CharField(max_length=8)
    old_obligations = models.JSONField(help_text="[[action, parameters, within_s], …]")
    new_obligations = models.JSONField(help_text="[[action, parameters, within_s], …]")
    new_rules = models.JSONField(help_text="the candidate's determining rules")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.decision_ref}: {self.old_effect} to {self.new_effect}"


class BackTest(Job, Run):
    """A candidate against what was recorded in a period."""

    total = models.PositiveBigIntegerField(null=True, help_text="decisions in the period")
    beat_at = models.DateTimeField(null=True, help_text="last sign of life of its worker")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="back_test_period_not_empty"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["psp", "requested_at"], name="back_test_by_time"),
            models.Index(fields=["state", "beat_at"], name="back_test_by_state"),
        ]

    @property
    def progress(self) -> int:
        """How far it is, in per cent."""
        if self.state == RunState.READY:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0


class BackTestChange(Change):
    """A decision that a back-test's candidate would have made otherwise."""

    run = models.ForeignKey(BackTest, on_delete=models.PROTECT, related_name="changes")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="back_test_change_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["run", "old_effect", "new_effect", "number"],
                name="back_test_change_by_cell",
            ),
        ]


class Shadow(Run):
    """A candidate beside the version in force, over decisions as they are recorded."""

    ending = models.CharField(
        max_length=9, choices=ShadowEnding.choices, blank=True, help_text="empty unless ready"
    )
    stopped_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["psp"], condition=Q(state="running"), name="one_shadow_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="shadow_ends_after_it_starts"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["psp", "requested_at"], name="shadow_by_time")]

    @property
    def standing(self) -> str:
        """Where it is, in one word: `running`, `failed`, or why it has ended."""
        return self.ending or self.state


class ShadowResult(Change):
    """A decision that a shadow makes otherwise: never answered, never in the figures."""

    run = models.ForeignKey(Shadow, on_delete=models.PROTECT, related_name="changes")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="shadow_result_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["run", "old_effect", "new_effect", "number"], name="shadow_result_by_cell"
            ),
        ]
