"""The list of decisions: a filter in the address, chips to take its parts away, pages by key."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compliance.decisions.selectors import count_decisions, decisions_page
from compliance.web.access import SeatedRequest, page
from compliance.web.forms.decisions import Chip, DecisionFilterForm
from compliance.web.permissions import Permission

PAGE_SIZE = 50
COUNTED_TO = 1_000
"""Beyond this the page says "more than": an exact count would read every row."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision and the codes that were present in it."""

    decision: Any
    present: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChipLink:
    """A part of the filter with the query string that leaves it out."""

    chip: Chip
    without: str


@page(Permission.READ_DECISIONS)
@require_GET
def decisions(request: SeatedRequest) -> HttpResponse:
    """Show one page of the decisions that the filter lets through."""
    form = DecisionFilterForm(request.GET)
    context: dict[str, Any] = {
        "form": form,
        "rows": (),
        "chips": (),
        "count": 0,
        "counted_to": COUNTED_TO,
        "query": _query(request.GET),
        "cursor": request.GET.get("cursor", ""),
        "next_cursor": "",
    }
    if form.is_valid():
        context |= _found(request, form)
    return render(request, "web/decisions/decisions.html", context)


def _found(request: SeatedRequest, form: DecisionFilterForm) -> dict[str, Any]:
    """Return the rows with their count and the chips of the filter."""
    psp, filters = request.seat.psp, form.filters()
    found = decisions_page(
        psp, filters=filters, cursor=request.GET.get("cursor", ""), limit=PAGE_SIZE
    )
    return {
        "rows": [DecisionRow(row, present_codes(row.findings)) for row in found.items],
        "next_cursor": found.next_cursor,
        "count": count_decisions(psp, filters=filters, at_most=COUNTED_TO + 1),
        "chips": [ChipLink(chip, _query(request.GET, without=chip.name)) for chip in form.chips()],
    }


def present_codes(findings: list[list[str]]) -> tuple[str, ...]:
    """Return the codes of the findings that are present, each once."""
    return tuple(dict.fromkeys(code for code, state, *_rest in findings if state == "present"))


def _query(query: QueryDict, *, without: str = "") -> str:
    """Return the filter as a query string, without its empty parts, the cursor and `without`."""
    kept = QueryDict(mutable=True)
    for name in DecisionFilterForm.base_fields:
        value = query.get(name, "")
        if value and name != without:
            kept[name] = value
    return kept.urlencode()
