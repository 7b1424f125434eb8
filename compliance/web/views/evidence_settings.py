"""What is set up for providers of evidence: since when, by whom; and a new document in its place."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from compliance.evidence.errors import InvalidProviderSettingsError
from compliance.evidence.selectors import provider_settings_of, settings_history_of
from compliance.evidence.setting_up import providers_to_set_up, require_sound, set_up_provider
from compliance.web.access import SeatedRequest, page
from compliance.web.confirmation import is_freshly_confirmed
from compliance.web.excerpts import Line, excerpt
from compliance.web.forms.evidence import ProviderDocumentForm
from compliance.web.permissions import Permission
from policies.documents import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """A provider and the newest of what is set up for it, if anything is."""

    provider: str
    row: Any


@page(Permission.READ_POLICIES)
@require_GET
def evidence_settings(request: SeatedRequest) -> HttpResponse:
    """Show what is set up; keys and secrets are never shown."""
    newest = {row.provider: row for row in provider_settings_of(request.seat.psp)}
    rows = [SetUp(provider=name, row=newest.get(name)) for name in providers_to_set_up()]
    return render(request, "web/evidence_setup/settings.html", {"rows": rows})


@page(Permission.READ_POLICIES)
@require_http_methods(["GET", "POST"])
def provider_settings(request: SeatedRequest, name: str) -> HttpResponse:
    """Show what was set up for a provider when; a POST sets up a new document."""
    if name not in providers_to_set_up():
        raise Http404
    if request.method != "POST":
        return _answer(request, name, ProviderDocumentForm())
    if not request.seat.is_allowed(Permission.ACTIVATE_POLICIES):
        raise PermissionDenied
    form = ProviderDocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, name, form)
    source = form.source()
    text = source.decode("utf-8-sig", errors="replace")
    again = ProviderDocumentForm(initial={"text": text})
    try:
        require_sound(name, source)
    except InvalidProviderSettingsError as error:
        lines = excerpt(text, {each.line for each in error.problems if each.line})
        return _answer(request, name, again, problems=error.problems, lines=lines)
    if not is_freshly_confirmed(request):
        # The document may hold secrets: it waits in the answer, not in the session.
        return _answer(request, name, again, must_confirm=True)
    row = set_up_provider(
        psp=request.seat.psp,
        provider=name,
        source=source,
        set_by=str(request.seat.user),
        now=timezone.now(),
    )
    messages.success(request, _("Set up as number %(number)s.") % {"number": row.number})
    return redirect("provider_settings", name=name)


def _answer(
    request: SeatedRequest,
    name: str,
    form: ProviderDocumentForm,
    *,
    problems: Sequence[Problem] = (),
    lines: Sequence[Line] = (),
    must_confirm: bool = False,
) -> HttpResponse:
    """Return the page of one provider."""
    context = {
        "provider": name,
        "history": settings_history_of(request.seat.psp, name),
        "form": form,
        "problems": problems,
        "lines": lines,
        "must_confirm": must_confirm,
    }
    return render(request, "web/evidence_setup/provider.html", context)
