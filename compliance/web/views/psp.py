"""The choice of a PSP, for people who belong to several."""
# SPDX-License-Identifier: Apache-2.0

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from compliance.tenants.models import User
from compliance.tenants.selectors import memberships_of
from compliance.web.access import SESSION_KEY


@login_required
@require_http_methods(["GET", "POST"])
def choose_psp(request: HttpRequest) -> HttpResponse:
    """Show the person's PSPs; a POST sits them at one of them."""
    memberships = memberships_of(cast("User", request.user))
    going_on = _local_address(request)
    if request.method == "POST":
        ref = request.POST.get("psp", "")
        if ref not in {membership.psp.ref for membership in memberships}:
            raise Http404
        request.session[SESSION_KEY] = ref
        return redirect(going_on)
    context = {"memberships": memberships, "next": going_on}
    return render(request, "web/psp/choose.html", context)


def _local_address(request: HttpRequest) -> str:
    """Return where the person wanted to go, if that is a page of ours (no open redirect)."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"
