"""The five duties: the law's own words left, measures and figures right."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from compliance.assessments.model import DutyFigure
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import version_in_force
from compliance.requirements.catalogue import DutyText, requirement_set
from compliance.tenants.models import Psp
from compliance.web.access import SeatedRequest, page
from compliance.web.permissions import Permission
from compliance.web.snapshot import Snapshot, snapshot_for_page
from policies.engine import rule_sentence
from policies.model import PolicySet, Rule
from policies.vocabulary.duties import Duty


@dataclass(frozen=True, slots=True)
class Measure:
    """A rule that answers a duty, and how it reads."""

    rule: Rule
    sentence: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The decisions behind a figure: a filter of the list of decisions, and what it shows."""

    label: str | Promise = ""
    query: str = ""


_ROWS: Final = {
    Duty.MULTI_PURPOSE_DEVICE: Rows(_("Those without evidence"), "finding=attestation.missing"),
    Duty.SEPARATED_ENVIRONMENTS: Rows(_("Those unknown"), "environment_class=unknown"),
    Duty.INTEGRITY_MECHANISMS: Rows(_("Those not conclusive"), "disposition=undetermined"),
    Duty.CONSEQUENCES: Rows(_("Those with something found"), "disposition=enforced"),
}


@dataclass(frozen=True, slots=True)
class DutySheet:
    """One duty: its wording, the rules that answer it, and its figure (None while not counted)."""

    text: DutyText
    measures: tuple[Measure, ...]
    figure: DutyFigure | None
    rows: Rows


@page(Permission.READ_FIGURES)
@require_GET
def duties(request: SeatedRequest) -> HttpResponse:
    """Show every duty of the requirement set."""
    now = timezone.now()
    psp = request.seat.psp
    snapshot = snapshot_for_page(psp, now=now, wait="figures" in request.GET)
    policy = _policy(psp, now)
    figures = {figure.duty: figure for figure in snapshot.duties} if snapshot else {}
    sheets = [
        DutySheet(
            text=text,
            measures=_measures(policy[1], text) if policy else (),
            figure=figures.get(text.duty),
            rows=_rows(text.duty, snapshot),
        )
        for text in requirement_set().duties
    ]
    context = {
        "requirements": requirement_set(),
        "sheets": sheets,
        "snapshot": snapshot,
        "policy_number": policy[0] if policy else None,
    }
    return render(request, "web/duties/duties.html", context)


def _rows(duty: Duty, snapshot: Snapshot | None) -> Rows:
    """Return the decisions behind a duty's figure, of the snapshot's period."""
    rows = _ROWS.get(duty)
    if rows is None or snapshot is None:
        return Rows()
    return Rows(rows.label, f"{rows.query}&start={snapshot.period.start:%Y-%m-%dT%H:%M}")


def _policy(psp: Psp, now: datetime) -> tuple[int, PolicySet] | None:
    """Return the number and content of the policy set in force, if one is."""
    try:
        version = version_in_force(psp, at=now)
    except NoPolicyInForceError:
        return None
    return version.number, compiled(version.document).policy_set


def _measures(policy_set: PolicySet, text: DutyText) -> tuple[Measure, ...]:
    """Return the rules that say they answer the duty."""
    return tuple(
        Measure(rule, rule_sentence(rule)) for rule in policy_set.rules if text.duty in rule.answers
    )
