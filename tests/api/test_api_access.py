"""Who may call what: keys, scopes, and that nothing else opens the door."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from compliance.api.urls import urlpatterns
from compliance.api.views import ApiView, PublicView
from compliance.tenants.keys import SCOPES
from compliance.tenants.models import Psp
from compliance.tenants.selectors import api_keys_of
from compliance.tenants.services import revoke_api_key
from tests.api.caller import Caller, problem_of
from tests.support.factories import PASSWORD, make_api_key, make_person

PATH = "/v1/policy-sets"


def test_a_key_opens_the_door(api: Caller) -> None:
    assert api.get(PATH).status_code == 200


def test_the_scheme_is_read_without_regard_to_case(psp: Psp) -> None:
    key = make_api_key(psp)

    response = Client().get(PATH, headers={"Authorization": f"bearer {key}"})

    assert response.status_code == 200


def bodies_of_refused(psp: Psp) -> dict[str, Any]:
    """Return the answers to keys that are no use, each for its own reason."""
    expired = make_api_key(psp, expires_at=timezone.now() - timedelta(seconds=1))
    revoked = make_api_key(psp)
    revoke_api_key(psp=psp, ref=api_keys_of(psp)[0].ref, now=timezone.now())
    headers = {
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {revoked}",
        "unknown": "Bearer nf_live_" + "A" * 43,
        "malformed": "Bearer ",
        "two": f"Bearer {expired} {revoked}",
        "basic": "Basic dXNlcjpwYXNz",
        "not ascii": "Bearer ключ",
        "long": "Bearer " + "A" * 5000,
        "nul": "Bearer nf_\0",
    }
    answers = {
        name: Client().get(PATH, headers={"Authorization": h}) for name, h in headers.items()
    }
    return answers | {"absent": Client().get(PATH)}


def test_every_key_that_is_no_use_is_answered_the_same(psp: Psp) -> None:
    answers = bodies_of_refused(psp)

    assert {answer.status_code for answer in answers.values()} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in answers.values()} == {
        'Bearer realm="ninefold"'
    }
    assert len({answer.content for answer in answers.values()}) == 1
    assert problem_of(answers["absent"])["code"] == "unauthenticated"


def test_a_key_that_expires_later_works_until_then(psp: Psp) -> None:
    key = make_api_key(psp, expires_at=timezone.now() + timedelta(minutes=1))

    assert Caller(key).get(PATH).status_code == 200


def test_a_session_does_not_open_the_door(psp: Psp) -> None:
    person = make_person(psp)
    client = Client()
    assert client.login(email=person.email, password=PASSWORD)

    assert client.get(PATH).status_code == 401


def test_a_scope_that_is_too_small_is_named(psp: Psp) -> None:
    response = Caller(make_api_key(psp, ("decide",))).get(PATH)

    assert response.status_code == 403
    assert problem_of(response)["code"] == "scope-too-small"
    assert "`read`" in problem_of(response)["detail"]


def views() -> list[type[ApiView]]:
    """Return every view of the interface."""
    patterns = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)]
    return [pattern.callback.cls for pattern in patterns]  # type: ignore[attr-defined]


@pytest.mark.parametrize("view", views(), ids=lambda view: view.__name__)
def test_every_view_is_public_or_declares_known_scopes_for_each_method(view: type[ApiView]) -> None:
    methods = {name.upper() for name in view.http_method_names if hasattr(view, name)} - {"HEAD"}

    assert issubclass(view, PublicView) or set(view.scopes) == methods
    assert all(scope in SCOPES for scopes in view.scopes.values() for scope in scopes)
    assert all(view.scopes.values())
