"""Where a person sits: which PSP they look at and what they may do there. Every page asks here."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, Final, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from compliance.core.errors import ComplianceError, NotFoundError
from compliance.core.problems import STATUS_OF
from compliance.tenants.models import Membership, Psp, Role, User
from compliance.tenants.selectors import memberships_of
from compliance.web.permissions import GRANTED, Permission

SESSION_KEY: Final = "psp"
"""Where the session keeps the reference of the PSP that a person with several has chosen."""

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Seat:
    """One person at one PSP; `has_choice` says whether they have another one to go to."""

    user: User
    psp: Psp
    role: Role
    has_choice: bool

    @property
    def may(self) -> dict[str, bool]:
        """Return each permission's name and whether the role has it, for templates."""
        return {str(permission): self.is_allowed(permission) for permission in Permission}

    @property
    def role_name(self) -> str:
        """Return the role in words."""
        return str(self.role.label)

    def is_allowed(self, permission: Permission) -> bool:
        """Return whether the role has `permission`."""
        return permission in GRANTED.get(self.role, frozenset())


class SeatedRequest(HttpRequest):
    """A request of somebody who is signed in and sits at a PSP."""

    seat: Seat


View = Callable[Concatenate[SeatedRequest, P], HttpResponseBase]


def page(
    permission: Permission,
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Let a view answer only people who have `permission` at the PSP that they sit at.

    Signed out: to the sign-in page. No PSP chosen: to the choice. Role too small: 403.
    A domain error becomes the page of its status; what belongs to another PSP reads as 404.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _elsewhere(request, redirect_to_login(request.get_full_path()))
            seat = seat_of(request)
            if seat is None:
                query = urlencode({"next": request.get_full_path()})
                return _elsewhere(request, redirect(f"{reverse('choose_psp')}?{query}"))
            seated = cast("SeatedRequest", request)
            seated.seat = seat
            if not seat.is_allowed(permission):
                raise PermissionDenied
            try:
                return view(seated, *args, **kwargs)
            except NotFoundError as error:
                raise Http404(str(error)) from error
            except ComplianceError as error:
                return refusal(request, status=STATUS_OF[error.code], detail=str(error))

        return guarded

    return decorate


def seat_of(request: HttpRequest) -> Seat | None:
    """Return where the person sits; None while they have several PSPs and chose none.

    The membership is read anew for each request: a role that was taken away is gone at once.

    Raises:
        PermissionDenied: if they belong to no PSP.
    """
    user = cast("User", request.user)
    memberships = memberships_of(user)
    if not memberships:
        raise PermissionDenied
    chosen = request.session.get(SESSION_KEY)
    for membership in memberships:
        if len(memberships) == 1 or membership.psp.ref == chosen:
            return _seat(user, membership, has_choice=len(memberships) > 1)
    return None


def _seat(user: User, membership: Membership, *, has_choice: bool) -> Seat:
    """Return the seat that a membership gives."""
    return Seat(user=user, psp=membership.psp, role=Role(membership.role), has_choice=has_choice)


def refusal(request: HttpRequest, *, status: HTTPStatus, detail: str) -> HttpResponse:
    """Answer with the page for a request that cannot be served as it stands."""
    context = {"title": status.phrase, "detail": detail}
    return render(request, "web/refused.html", context, status=status)


def _elsewhere(request: HttpRequest, response: HttpResponseRedirect) -> HttpResponseBase:
    """Send the browser elsewhere; where htmx asked for a part, the whole page goes."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(response.url)
    return response
