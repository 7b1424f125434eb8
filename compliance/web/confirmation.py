"""A fresh confirmation: before what counts, the person shows again that it is they."""
# SPDX-License-Identifier: Apache-2.0

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest


def require_fresh_confirmation(request: HttpRequest) -> None:
    """Send the browser to the page that asks for password or second factor, unless that was just now.

    The request goes on from there by itself once the person has confirmed (allauth's middleware),
    which until then keeps it in the session: not for requests that must leave nothing behind.
    """
    reauthentication_required(lambda _request: None)(request)


def is_freshly_confirmed(request: HttpRequest) -> bool:
    """Return whether the person has shown just now that it is they; nothing is kept of the request."""
    try:
        require_fresh_confirmation(request)
    except ReauthenticationRequired:
        return False
    return True
