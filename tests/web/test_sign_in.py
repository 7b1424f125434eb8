"""Signing in and out, and the second factor."""
# SPDX-License-Identifier: Apache-2.0

import re
from datetime import datetime

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client

from compliance.tenants.models import Psp, User
from tests.support.factories import PASSWORD, make_person, make_psp


@pytest.fixture(autouse=True)
def _no_rate_limit_from_another_test() -> None:
    cache.clear()


@pytest.fixture
def bare_psp(db: None, now: datetime) -> Psp:  # noqa: ARG001
    return make_psp(now=now)


@pytest.fixture
def person(bare_psp: Psp) -> User:
    return make_person(bare_psp)


def sign_in(client: Client, person: User, password: str = PASSWORD, **more: str) -> str:
    """Post the form and return where it leads; empty when it is shown again."""
    form = {"login": person.email, "password": password} | more
    response = client.post("/accounts/login/", form)
    assert "!! missing" not in response.content.decode()
    return response.get("Location", "")


def page_with_secret(client: Client, person: User) -> str:
    """Sign in, confirm the password once more, and return the page that shows the secret."""
    sign_in(client, person)
    asked = client.get("/accounts/2fa/totp/activate/", follow=True)
    assert "Confirm that it is you" in asked.content.decode()
    assert "!! missing" not in asked.content.decode()
    form = {"password": PASSWORD, "next": "/accounts/2fa/totp/activate/"}
    page: str = client.post("/accounts/reauthenticate/", form, follow=True).content.decode()
    return page


def code_for(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def test_a_person_signs_in_and_lands_on_today(client: Client, person: User) -> None:
    assert sign_in(client, person) == "/"
    assert client.get("/").status_code == 200


def test_a_person_lands_where_they_wanted_to_go(client: Client, person: User) -> None:
    assert sign_in(client, person, next="/ledger") == "/ledger"


def test_a_person_is_not_led_to_another_site(client: Client, person: User) -> None:
    assert sign_in(client, person, next="https://evil.example/") == "/"


def test_a_wrong_password_is_told_without_telling_whether_the_person_exists(
    client: Client, person: User
) -> None:
    wrong = client.post("/accounts/login/", {"login": person.email, "password": "wrong"})
    unknown = client.post("/accounts/login/", {"login": "nobody@psp.example", "password": "wrong"})

    errors = [
        re.findall(r'class="errorlist[^"]*"[^>]*>(.*?)</ul>', page.content.decode(), re.DOTALL)
        for page in (wrong, unknown)
    ]
    assert errors[0]
    assert errors[0] == errors[1]


def test_nobody_registers_themselves(db: None, client: Client) -> None:  # noqa: ARG001
    form = {"email": "x@y.example", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post("/accounts/signup/", form)

    assert "made by an administrator" in response.content.decode()
    assert not User.objects.exists()


def test_signing_out_takes_a_post_and_ends_the_session(client: Client, person: User) -> None:
    sign_in(client, person)

    client.get("/accounts/logout/")
    still_here = client.get("/").status_code
    client.post("/accounts/logout/")

    assert still_here == 200
    assert client.get("/").status_code == 302


def test_a_password_is_changed(client: Client, person: User) -> None:
    sign_in(client, person)
    fresh = "another long password 7"
    form = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}

    response = client.post("/accounts/password/change/", form)

    assert response.status_code == 302
    assert sign_in(Client(), person, fresh) == "/"


def test_a_short_password_is_refused_on_the_form(client: Client, person: User) -> None:
    sign_in(client, person)
    form = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}

    text = client.post("/accounts/password/change/", form).content.decode()

    assert "at least 12 characters" in text
    assert "!! missing" not in text


def test_the_second_factor_is_set_up_asked_for_and_removed(client: Client, person: User) -> None:
    page = page_with_secret(client, person)
    secret = re.search(r'<p class="mono">([A-Z2-7]+)</p>', page)
    assert secret is not None
    done = client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret[1])})
    codes = client.get("/accounts/2fa/recovery-codes/").content.decode()
    recovery = re.findall(r"<li>(\w+)</li>", codes)

    again = Client()
    asked = sign_in(again, person)
    shown = again.get(asked).content.decode()
    refused = again.post(asked, {"code": "000000"}).content.decode()
    let_in = again.post(asked, {"code": recovery[0]})

    assert done.status_code == 302
    assert asked == "/accounts/2fa/authenticate/"
    assert "Second factor" in shown
    assert 'aria-invalid="true"' in refused
    assert let_in["Location"] == "/"
    assert "Set up" in again.get("/accounts/2fa/").content.decode()
    again.get("/accounts/2fa/totp/deactivate/")
    again.post("/accounts/reauthenticate/", {"password": PASSWORD})
    again.post("/accounts/2fa/totp/deactivate/")
    assert "Not set up" in again.get("/accounts/2fa/", follow=True).content.decode()
    for text in (page, codes, shown, refused):
        assert "!! missing" not in text


def test_new_recovery_codes_replace_the_old_ones(client: Client, person: User) -> None:
    page = page_with_secret(client, person)
    secret = re.search(r'<p class="mono">([A-Z2-7]+)</p>', page)
    assert secret is not None
    client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret[1])})
    before = client.get("/accounts/2fa/recovery-codes/").content.decode()

    asked = client.get("/accounts/2fa/recovery-codes/generate/").content.decode()
    client.post("/accounts/2fa/recovery-codes/generate/")
    after = client.get("/accounts/2fa/recovery-codes/").content.decode()

    assert "stop working" in asked
    assert "!! missing" not in asked
    assert re.findall(r"<li>(\w+)</li>", before) != re.findall(r"<li>(\w+)</li>", after)
