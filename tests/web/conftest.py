"""People who look at pages: each with a browser of their own, signed in."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from compliance.tenants.models import Psp, Role
from tests.support.factories import make_person
from tests.web.data import Furnished, furnish, ready_psp

SignIn = Callable[..., Client]


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def furnished(db: None, now: datetime) -> Furnished:  # noqa: ARG001 - opens the database
    """A PSP with decisions of every kind, an hour old and older."""
    return furnish(ready_psp(now=now), now=now)


@pytest.fixture
def psp(furnished: Furnished) -> Psp:
    return furnished.psp


@pytest.fixture
def other_psp(db: None, now: datetime) -> Psp:  # noqa: ARG001
    """A PSP that shares nothing with the first one."""
    return ready_psp("Other PSP", now=now)


@pytest.fixture
def sign_in() -> SignIn:
    """Return how somebody with a role signs in: with a browser of their own."""

    def sign_in(psp: Psp, role: Role = Role.OFFICER) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(make_person(psp, role))
        return client

    return sign_in


@pytest.fixture
def officer(psp: Psp, sign_in: SignIn) -> Client:
    return sign_in(psp)
