"""Today: what needs me, the five duties' figures, a day's decisions, breaches by week."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.decisions.selectors import overdue_obligations
from compliance.designs.selectors import designs_waiting
from compliance.evidence.selectors import trust_anchors_waiting
from compliance.ledger.selectors import log_of
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.property_waiver_selectors import property_waivers_waiting
from compliance.policysets.selectors import version_in_force, versions_waiting
from compliance.policysets.standing import standing_of
from compliance.policysets.waiver_selectors import waivers_expiring, waivers_waiting
from compliance.reports.selectors import reports_of
from compliance.tenants.models import Psp
from compliance.web.access import Seat, SeatedRequest, page
from compliance.web.periods import quarter_to_date
from compliance.web.permissions import Permission
from compliance.web.snapshot import Snapshot, snapshot_for_page
from compliance.web.trend import trend_chart

LISTED_OVERDUE: Final = 5
RECENT: Final = timedelta(days=2)
SOON: Final = timedelta(days=14)


@page(Permission.READ_FIGURES)
@require_GET
def today(request: SeatedRequest) -> HttpResponse:
    """Show the page; figures that take long to count follow by themselves, or by a link."""
    now = timezone.now()
    seat = request.seat
    snapshot = snapshot_for_page(seat.psp, now=now, wait="figures" in request.GET)
    context: dict[str, Any] = {
        "now": now,
        "quarter": quarter_to_date(now),
        "log": log_of(seat.psp),
        "policy": _policy_in_force(seat.psp, now),
        "snapshot": snapshot,
    }
    if snapshot is not None:
        context |= _figures(seat, snapshot, context["policy"], now)
    return render(request, "web/today/today.html", context)


@page(Permission.READ_FIGURES)
@require_GET
def figures(request: SeatedRequest) -> HttpResponse:
    """Show the part of the page that takes long to count."""
    now = timezone.now()
    snapshot = snapshot_for_page(request.seat.psp, now=now, wait=True)
    if snapshot is None:
        return render(request, "web/today/_waiting.html", {"trigger": "load delay:5s"})
    context = {"snapshot": snapshot, "now": now, "may": request.seat.may}
    policy = _policy_in_force(request.seat.psp, now)
    context |= _figures(request.seat, snapshot, policy, now)
    return render(request, "web/today/_figures.html", context)


def _figures(seat: Seat, snapshot: Snapshot, policy: Any, now: datetime) -> dict[str, Any]:
    """Return the figures, and what needs this person."""
    overdue = []
    if seat.is_allowed(Permission.READ_DECISIONS):
        overdue = overdue_obligations(seat.psp, now=now, limit=LISTED_OVERDUE + 1)
    reports = []
    if seat.is_allowed(Permission.READ_REPORTS):
        reports = [row for row in reports_of(seat.psp, limit=5) if _needs_a_look(row, now)]
    return _waiting(seat, policy, now) | {
        "overdue": overdue[:LISTED_OVERDUE],
        "has_more_overdue": len(overdue) > LISTED_OVERDUE,
        "reports": reports,
        "chart": trend_chart(snapshot.weeks),
        "decided": sum(part.count for part in snapshot.effects),
    }


def _waiting(seat: Seat, policy: Any, now: datetime) -> dict[str, Any]:
    """Return what waits for this person's approval, what soon expires, and what is not proved."""
    waiting: dict[str, Any] = {
        "to_approve": [],
        "designs_to_approve": [],
        "anchors_to_approve": [],
        "waivers_to_approve": [],
        "properties_to_approve": [],
        "expiring": [],
        "properties_expiring": [],
        "standing": None,
        "standing_version": None,
        "analysis_failed": False,
    }
    if seat.is_allowed(Permission.APPROVE_POLICIES):
        waiting["to_approve"] = versions_waiting(seat.psp, besides=seat.user)
        waiting["designs_to_approve"] = designs_waiting(seat.psp, besides=seat.user)
        waiting["anchors_to_approve"] = trust_anchors_waiting(seat.psp, besides=seat.user)
        waiting["waivers_to_approve"] = [
            each
            for each in waivers_waiting(seat.psp, now=now)
            if each.requested_by_id not in {None, seat.user.pk}
        ]
        waiting["properties_to_approve"] = [
            each
            for each in property_waivers_waiting(seat.psp, now=now)
            if seat.user.pk
            not in {each.requested_by_id, each.version.author_id, each.version.submitted_by_id}
        ]
    if seat.is_allowed(Permission.WRITE_POLICIES):
        waiting["expiring"] = waivers_expiring(seat.psp, now=now, within=SOON)
        waiting |= {} if policy is None else _in_force(policy, now)
    return waiting


def _in_force(version: Any, now: datetime) -> dict[str, Any]:
    """Return what the analysis of the version in force found, if somebody has to look at it.

    A design or a waiver's end can make that so; the version stays in force until a person puts
    another one in its place.
    """
    standing = standing_of(version, now=now)
    has_failed = standing.newest is not None and standing.newest.state == "failed"
    needs_a_look = standing.blocking or standing.failed_cases or has_failed
    return {
        "standing": standing if needs_a_look else None,
        "standing_version": version,
        "analysis_failed": has_failed,
        "properties_expiring": [
            waiver for waiver in standing.waivers if waiver.expires_at - now <= SOON
        ],
    }


def _needs_a_look(report: Any, now: datetime) -> bool:
    """Return whether a report was finished, or if it never was, requested within `RECENT`."""
    moment: datetime = report.finished_at or report.requested_at
    return now - moment <= RECENT


def _policy_in_force(psp: Psp, now: datetime) -> Any:
    """Return the version of the policy set in force, if one is."""
    try:
        return version_in_force(psp, at=now)
    except NoPolicyInForceError:
        return None
