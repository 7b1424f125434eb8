"""Evidence as it was received, where a PSP has it kept. Each look is a ledger entry, so it is asked for by a button."""
# SPDX-License-Identifier: Apache-2.0

import json

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from compliance.decisions.looking import look_at_raw_evidence
from compliance.web.access import SeatedRequest, page
from compliance.web.permissions import Permission


@never_cache
@page(Permission.READ_RAW_EVIDENCE)
@require_POST
def raw_evidence(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show what was kept of a decision; the ledger says who looked."""
    seat = request.seat
    items = look_at_raw_evidence(psp=seat.psp, decision_ref=ref, by=seat.user, now=timezone.now())
    shown = [
        {
            "provider": each.item["provider"],
            "mode": each.item["mode"],
            "agrees": each.agrees,
            "text": json.dumps(each.item, indent=2, ensure_ascii=False),
        }
        for each in items
    ]
    return render(request, "web/decision/raw_evidence.html", {"ref": ref, "items": shown})
