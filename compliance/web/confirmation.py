"""A fresh confirmation: before what counts, the person shows again that it is they."""
# SPDX-License-Identifier: Apache-2.0

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest


def require_fresh_confirmation(request: HttpRequest) -> None:
    """Send the browser to the page that asks for password or second factor, unless that was just now.

    The request goes on from there by itself once the person has confirmed (allauth's middleware).
    """
    reauthentication_required(lambda _request: None)(request)
