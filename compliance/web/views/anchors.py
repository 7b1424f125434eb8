"""Trust anchors: which roots evidence is verified to, and the steps that two people take."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance.core.errors import ConflictError
from compliance.evidence.errors import InvalidTrustAnchorError
from compliance.evidence.known_roots import KNOWN_ROOTS
from compliance.evidence.presentation import certificate_facts
from compliance.evidence.selectors import (
    every_trust_anchor_of,
    revocation_lists_of,
    revocation_sources_of,
    trust_anchor_by_ref,
    trust_anchors_of,
)
from compliance.evidence.services import (
    add_trust_anchor,
    approve_trust_anchor,
    remove_trust_anchor,
)
from compliance.web.access import SeatedRequest, page
from compliance.web.confirmation import require_fresh_confirmation
from compliance.web.forms.evidence import KeyApprovalForm, RootForm
from compliance.web.permissions import Permission

APPROVE: Final = "approve"
REMOVE: Final = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key that everybody trusts."""

    provider: str
    label: str
    digest: str


@page(Permission.READ_POLICIES)
@require_http_methods(["GET", "POST"])
def anchors(request: SeatedRequest) -> HttpResponse:
    """Show the roots and the lists of revoked keys; a POST proposes a root."""
    now = timezone.now()
    form = RootForm(request.POST or None)
    if request.method == "POST":
        if not request.seat.is_allowed(Permission.WRITE_POLICIES):
            raise PermissionDenied
        if form.is_valid():
            ref = _propose(request, form, now)
            if ref:
                return redirect("anchor", ref=ref)
    psp = request.seat.psp
    own = every_trust_anchor_of(psp)
    context: dict[str, Any] = {
        "now": now,
        "current": [each for each in own if each.removed_at is None],
        "past": [each for each in reversed(own) if each.removed_at is not None],
        "of_all": [each for each in trust_anchors_of(psp) if each.psp_id is None],
        "known": _known_keys(),
        "lists": revocation_lists_of(psp),
        "sources": [*revocation_sources_of(None), *revocation_sources_of(psp)],
        "form": form,
    }
    return render(request, "web/evidence_setup/anchors.html", context)


@page(Permission.READ_POLICIES)
@require_GET
def anchor(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show one root with what can be done about it."""
    return _answer(request, ref, KeyApprovalForm())


@page(Permission.READ_POLICIES)
@require_POST
def anchor_step(request: SeatedRequest, ref: str, step: str) -> HttpResponse:
    """Approve or remove a root, if the role allows it."""
    needed = {APPROVE: Permission.APPROVE_POLICIES, REMOVE: Permission.WRITE_POLICIES}.get(step)
    if needed is None:
        raise Http404
    if not request.seat.is_allowed(needed):
        raise PermissionDenied
    psp, person, now = request.seat.psp, request.seat.user, timezone.now()
    found = trust_anchor_by_ref(psp, ref)
    if step == REMOVE:
        remove_trust_anchor(psp=psp, ref=ref, by=person, now=now)
        messages.success(request, _("Removed.") if found.was_trusted else _("Refused."))
        return redirect("anchor", ref=ref)
    form = KeyApprovalForm(request.POST)
    if not form.is_valid():
        return _answer(request, ref, form)
    require_fresh_confirmation(request)
    digest = form.cleaned_data["digest"]
    approve_trust_anchor(psp=psp, ref=ref, digest=digest, approver=person, now=now)
    messages.success(request, _("Approved. The root is trusted within a second."))
    return redirect("anchor", ref=ref)


def _answer(request: SeatedRequest, ref: str, form: KeyApprovalForm) -> HttpResponse:
    """Return the page of one root."""
    found = trust_anchor_by_ref(request.seat.psp, ref)
    is_mine = found.proposed_by_id == request.seat.user.pk
    may = request.seat.may
    may_take_back = is_mine and not found.was_trusted and may["write_policies"]
    context = {
        "anchor": found,
        "state": found.state.value,
        "facts": certificate_facts(found),
        "is_mine": is_mine,
        "form": form,
        "may_remove": found.removed_at is None and (may["activate_policies"] or may_take_back),
    }
    return render(request, "web/evidence_setup/anchor.html", context)


def _propose(request: SeatedRequest, form: RootForm, now: datetime) -> str:
    """Propose the root and return its reference; say on the form what the service objects to."""
    try:
        proposed = add_trust_anchor(
            psp=request.seat.psp, by=request.seat.user, now=now, **form.cleaned_data
        )
    except (InvalidTrustAnchorError, ConflictError) as error:
        form.add_error("pem", f"{str(error)[:1].upper()}{str(error)[1:]}.")
        return ""
    return proposed.ref


def _known_keys() -> Sequence[KnownKey]:
    """Return the keys that need no second person."""
    return [
        KnownKey(provider=provider, label=label, digest=digest)
        for provider, known in KNOWN_ROOTS.items()
        for digest, label in known.items()
    ]
