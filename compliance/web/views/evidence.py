"""Evidence: what each provider delivered, how much of it held, and when it failed to come."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.assessments.definitions import DEFINITIONS, Definition
from compliance.assessments.model import Part
from compliance.assessments.scorecard import Scorecard
from compliance.evidence.providers import PROVIDERS
from compliance.reports.scorecards import scorecard_picture
from compliance.web.access import SeatedRequest, page
from compliance.web.forms.periods import ShownPeriodForm
from compliance.web.periods import Period, Preset, period_of
from compliance.web.permissions import Permission
from compliance.web.scorecards import Scorecards, scorecards_for_page

_FIRST_SHOWN: Final = Preset.THIS_QUARTER
_ASKED: Final = ("period", "first_day", "last_day")


@dataclass(frozen=True, slots=True)
class DefinedFigure:
    """A figure with its definition, and the decisions behind it where the list can show them."""

    part: Part
    definition: Definition
    rows: str = ""


@page(Permission.READ_FIGURES)
@require_GET
def evidence(request: SeatedRequest) -> HttpResponse:
    """Show the providers of a period side by side."""
    context = _asked(request, timezone.now())
    found: Scorecards | None = context["scorecards"]
    context["has_outages"] = any(card.outages for card in found.cards) if found else False
    return render(request, "web/evidence/evidence.html", context)


@page(Permission.READ_FIGURES)
@require_GET
def provider(request: SeatedRequest, name: str) -> HttpResponse:
    """Show one provider's scorecard."""
    context = _asked(request, timezone.now())
    found: Scorecards | None = context["scorecards"]
    card = found.of(name) if found else None
    if card is None and name not in PROVIDERS:
        raise Http404
    context |= {"provider": name, "card": card}
    if found is not None and card is not None:
        context |= {
            "figures": _figures(card, found.period),
            "cards_of": (card,),
            "has_outages": bool(card.outages),
            "age": DEFINITIONS["age"],
            "picture": scorecard_picture(card),
            "period_rows": _rows(found.period),
        }
    return render(request, "web/evidence/provider.html", context)


def _asked(request: SeatedRequest, now: datetime) -> dict[str, Any]:
    """Return the form with the period that was asked for, and its scorecards if they are counted."""
    data = {name: request.GET.get(name, "") for name in _ASKED}
    is_asked = any(data.values())
    form = ShownPeriodForm(data if is_asked else {"period": _FIRST_SHOWN}, now=now)
    period = form.asked() if form.is_valid() else period_of(_FIRST_SHOWN, now=now)
    scorecards = scorecards_for_page(
        request.seat.psp, period, now=now, wait="figures" in request.GET
    )
    return {
        "form": form,
        "period": period,
        "query": urlencode({name: value for name, value in data.items() if value}),
        "scorecards": scorecards,
        "outages_defined": DEFINITIONS["outages"],
    }


def _figures(card: Scorecard, period: Period) -> tuple[DefinedFigure, ...]:
    """Return the figures of a scorecard in the order of the page."""
    return tuple(
        DefinedFigure(part, DEFINITIONS[part.key], _rows_of(part, period)) for part in card.figures
    )


def _rows_of(part: Part, period: Period) -> str:
    """Return the filter of the list that has a figure's decisions; empty where it has none."""
    code = "attestation.conflicting" if part.key == "conflicting" else part.key
    if not part.count or "." not in code:
        return ""
    return f"finding={code}&{_rows(period)}"


def _rows(period: Period) -> str:
    """Return the filter of the list for a period."""
    return urlencode(
        {"start": f"{period.start:%Y-%m-%dT%H:%M}", "end": f"{period.end:%Y-%m-%dT%H:%M}"}
    )
