"""Somebody who has just shown again that it is they."""
# SPDX-License-Identifier: Apache-2.0

import time

from django.test import Client

from compliance.tenants.models import User

_RECORDS = "account_authentication_methods"
"""Where allauth keeps how and when somebody showed who they are."""


def confirmed(person: User) -> Client:
    """Return a browser of the person's, signed in and freshly confirmed.

    The form itself takes few tries a minute from one address, so not every test can use it.
    """
    client = Client(raise_request_exception=True)
    client.force_login(person)
    session = client.session
    session[_RECORDS] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session[f"{_RECORDS}_user"] = str(person.pk)
    session.save()
    return client
