"""Policy sets, read-only: rules as sentences, versions, and who approved them."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.core.errors import NotFoundError
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import versions_from, versions_in_force_between
from compliance.tenants.models import Psp
from compliance.web.access import SeatedRequest, page
from compliance.web.permissions import Permission
from policies.engine import rule_sentence
from policies.model import Rule


@dataclass(frozen=True, slots=True)
class ReadableRule:
    """A rule and how it reads."""

    rule: Rule
    sentence: str


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version with what it is at the moment: `in_force`, `scheduled` or `retired`."""

    version: Any
    state: str


@page(Permission.READ_POLICIES)
@require_GET
def policies(request: SeatedRequest, number: int | None = None) -> HttpResponse:
    """Show one version, the one in force unless another is named, beside the list of all."""
    versions = listed_versions(request.seat.psp, now=timezone.now())
    shown = _pick(versions, number)
    context: dict[str, Any] = {
        "versions": versions,
        "shown": shown,
        "rules": (),
        "policy_set": None,
    }
    if shown is not None:
        policy_set = compiled(shown.version.document).policy_set
        context["policy_set"] = policy_set
        context["rules"] = [ReadableRule(rule, rule_sentence(rule)) for rule in policy_set.rules]
    return render(request, "web/policies/policies.html", context)


def listed_versions(psp: Psp, *, now: datetime) -> list[ListedVersion]:
    """Return every version that was, is or will be in force, newest first."""
    so_far = versions_in_force_between(
        psp, start=psp.created_at, end=now + timedelta(microseconds=1)
    )
    coming = [version for version in versions_from(psp, at=now) if version not in so_far]
    listed = [ListedVersion(version, "scheduled") for version in reversed(coming)]
    states = ["in_force", *["retired"] * len(so_far)]
    return listed + [
        ListedVersion(version, state)
        for version, state in zip(reversed(so_far), states, strict=False)
    ]


def _pick(versions: list[ListedVersion], number: int | None) -> ListedVersion | None:
    """Return the version of that number, or the one in force; None if there is none in force.

    Raises:
        NotFoundError: if a number was given that no version has.
    """
    for listed in versions:
        if listed.version.number == number or (number is None and listed.state == "in_force"):
            return listed
    if number is not None:
        raise NotFoundError("policy set version", str(number))
    return None
