"""The ledger: checkpoint, key, entries, proof of any entry, consistency between two sizes."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from compliance.core.errors import NotFoundError
from compliance.ledger.selectors import (
    checkpoint_of,
    consistency_between,
    entries_of,
    entry_at,
    log_of,
    tlog_proof_of,
)
from compliance.tenants.models import Psp
from compliance.web.access import SeatedRequest, page
from compliance.web.downloads import TEXT, download
from compliance.web.permissions import Permission

PAGE_SIZE: Final = 50
_LARGEST: Final = 2**53


class ConsistencyForm(forms.Form):
    """Two sizes of the tree, the older one first."""

    size1 = forms.IntegerField(label=_("From size"), min_value=1, max_value=_LARGEST)
    size2 = forms.IntegerField(label=_("To size"), min_value=1, max_value=_LARGEST)


class BeforeForm(forms.Form):
    """Where a page of entries begins."""

    before = forms.IntegerField(required=False, min_value=0, max_value=_LARGEST)


@page(Permission.READ_LEDGER)
@require_GET
def ledger(request: SeatedRequest) -> HttpResponse:
    """Show the head of the log and a page of its entries, newest first."""
    psp = request.seat.psp
    log = log_of(psp)
    place = BeforeForm(request.GET)
    before = place.cleaned_data["before"] if place.is_valid() else None
    entries = entries_of(psp, before=before, limit=PAGE_SIZE)
    context = {
        "log": log,
        "entries": entries,
        "before": before,
        "next_before": entries[-1].index if entries and entries[-1].index else None,
        **_consistency(request, psp, log.published_size if log else 0),
    }
    return render(request, "web/ledger/ledger.html", context)


def _consistency(request: SeatedRequest, psp: Psp, size: int) -> dict[str, Any]:
    """Return the form, and the proof where one was asked for."""
    if "size1" not in request.GET:
        return {
            "form": ConsistencyForm(initial={"size1": 1, "size2": max(1, size)}),
            "hashes": None,
        }
    form = ConsistencyForm(request.GET)
    if not form.is_valid():
        return {"form": form, "hashes": None}
    size1, size2 = form.cleaned_data["size1"], form.cleaned_data["size2"]
    if not size1 <= size2 <= size:
        form.add_error(None, _("Give two sizes in order, neither above the checkpoint's."))
        return {"form": form, "hashes": None}
    return {"form": form, "hashes": consistency_between(psp, size1, size2)}


@page(Permission.READ_LEDGER)
@require_GET
def entry(request: SeatedRequest, index: int) -> HttpResponse:
    """Show one entry as it was hashed."""
    row = entry_at(request.seat.psp, index)
    body = json.dumps(json.loads(bytes(row.body)), indent=2, ensure_ascii=False)
    context = {"entry": row, "body": body, "log": log_of(request.seat.psp)}
    return render(request, "web/ledger/entry.html", context)


@page(Permission.READ_LEDGER)
@require_GET
def proof(request: SeatedRequest, index: int) -> HttpResponse:
    """Hand out the proof (C2SP `.tlog-proof`) of one entry."""
    row = entry_at(request.seat.psp, index)
    content = tlog_proof_of(request.seat.psp, bytes(row.leaf_hash))
    return download(content, name=f"entry-{index}.tlog-proof", content_type=TEXT)


@page(Permission.READ_LEDGER)
@require_GET
def checkpoint(request: SeatedRequest) -> HttpResponse:
    """Hand out the newest checkpoint, a signed note."""
    note = checkpoint_of(request.seat.psp)
    if note is None:
        raise NotFoundError("checkpoint", request.seat.psp.ref)
    return download(note.encode(), name="checkpoint", content_type=TEXT)
