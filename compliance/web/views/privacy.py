"""Erasure and retention: what was erased, the erasure of a payer, for how long records are kept."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from compliance.decisions.erasing import erase_payer
from compliance.decisions.erasure_selectors import (
    count_expired,
    erased_by_cause,
    erasures_of,
    retention_of,
)
from compliance.decisions.retention import set_retention
from compliance.decisions.selectors import DecisionFilter, count_decisions
from compliance.ledger.selectors import entry_by_leaf_hash
from compliance.tenants.models import Psp
from compliance.web.access import SeatedRequest, page
from compliance.web.confirmation import is_freshly_confirmed, require_fresh_confirmation
from compliance.web.forms.privacy import (
    ErasureConfirmationForm,
    ErasureForm,
    RetentionConfirmationForm,
    RetentionForm,
)
from compliance.web.permissions import Permission

LISTED: Final = 20
COUNTED_TO: Final = 100_000


@page(Permission.READ_FIGURES)
@require_GET
def privacy(request: SeatedRequest) -> HttpResponse:
    """Show for how long records are kept, and what was erased; never of whom."""
    psp, now = request.seat.psp, timezone.now()
    retention = retention_of(psp)
    days = None if retention is None else retention.days
    context = {
        "retention": retention,
        "days": days,
        "bound": None if days is None else now - timedelta(days=days),
        "due": count_expired(psp, days=days, now=now, at_most=COUNTED_TO),
        "counted_to": COUNTED_TO,
        "by_cause": erased_by_cause(psp),
        "erasures": _erasures(psp),
        "listed": LISTED,
    }
    return render(request, "web/privacy/privacy.html", context)


@sensitive_post_parameters("payer_ref")
@page(Permission.ERASE_RECORDS)
@require_http_methods(["GET", "POST"])
def erasure(request: SeatedRequest) -> HttpResponse:
    """Ask for a payer, show what would be erased, and once that is understood, erase it.

    The confirmation comes first: a request that waits for one is kept in the session, and the
    payer's reference is not to be kept anywhere.
    """
    if request.method == "GET" and "confirm" in request.GET:
        require_fresh_confirmation(request)
    if not is_freshly_confirmed(request):
        if request.method == "POST":
            messages.warning(request, _("Confirm that it is you, then begin again."))
            return redirect("erasure")
        return render(request, "web/privacy/erasure.html", {"must_confirm": True})
    is_last_step = "is_last_step" in request.POST
    form_class = ErasureConfirmationForm if is_last_step else ErasureForm
    form = form_class(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        if is_last_step:
            return _erase(request, form.cleaned_data["payer_ref"])
        context = {"confirmation": _confirmation(form.cleaned_data["payer_ref"])}
    elif is_last_step:
        context = {"confirmation": form}
    if "confirmation" in context and request.POST.get("payer_ref"):
        filters = DecisionFilter(payer_ref=request.POST["payer_ref"])
        context |= {
            "found": count_decisions(request.seat.psp, filters=filters, at_most=COUNTED_TO),
            "counted_to": COUNTED_TO,
        }
    return render(request, "web/privacy/erasure.html", context)


@page(Permission.ERASE_RECORDS)
@require_http_methods(["GET", "POST"])
def retention(request: SeatedRequest) -> HttpResponse:
    """Ask for how long records are kept, show what that erases, and once understood, set it."""
    psp, now = request.seat.psp, timezone.now()
    is_last_step = "is_last_step" in request.POST
    form_class = RetentionConfirmationForm if is_last_step else RetentionForm
    form = form_class(request.POST or None, initial=_as_set(psp))
    if form.is_valid() and is_last_step:
        require_fresh_confirmation(request)
        set_retention(psp=psp, days=form.asked(), by=request.seat.user, now=now)
        messages.success(request, _("Set. The ledger has an entry about it."))
        return redirect("privacy")
    context: dict[str, Any] = {"form": form}
    if form.is_bound and not form.has_error("keep") and not form.has_error("days"):
        days = form.asked()
        context = {
            "confirmation": form if is_last_step else _retention_confirmation(form),
            "days": days,
            "bound": None if days is None else now - timedelta(days=days),
            "due": count_expired(psp, days=days, now=now, at_most=COUNTED_TO),
            "counted_to": COUNTED_TO,
        }
    return render(request, "web/privacy/retention.html", context)


def _erase(request: SeatedRequest, payer_ref: str) -> HttpResponse:
    """Erase, and say how much it was."""
    erased = erase_payer(
        psp=request.seat.psp, payer_ref=payer_ref, by=request.seat.user, now=timezone.now()
    )
    count = erased.decisions
    if count:
        said = ngettext(
            "Erased: %(count)d decision leads to nobody any more.",
            "Erased: %(count)d decisions lead to nobody any more.",
            count,
        )
        messages.success(request, said % {"count": count})
    else:
        messages.warning(request, _("There was nothing to erase."))
    return redirect("privacy")


def _confirmation(payer_ref: str) -> ErasureConfirmationForm:
    """Return the form of the last step."""
    return ErasureConfirmationForm(initial={"payer_ref": payer_ref})


def _retention_confirmation(form: RetentionForm) -> RetentionConfirmationForm:
    """Return the form of the last step."""
    return RetentionConfirmationForm(
        initial={"keep": form.cleaned_data["keep"], "days": form.asked()}
    )


def _as_set(psp: Psp) -> dict[str, Any]:
    """Return what the form shows first: what is set."""
    newest = retention_of(psp)
    if newest is None or newest.days is None:
        return {"keep": "no_end"}
    return {"keep": "days", "days": newest.days}


def _erasures(psp: Psp) -> list[dict[str, Any]]:
    """Return the newest erasures, each with its entry once that is in the tree."""
    return [
        {"row": row, "entry": entry_by_leaf_hash(psp, bytes(row.leaf_hash))}
        for row in erasures_of(psp, limit=LISTED)
    ]
