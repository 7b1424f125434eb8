"""The page of designs: what is shared, what still protects, and which algorithms to look at."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from html import escape

import pytest
from django.test import Client

from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.support.factories import make_psp, put_design_in_force
from tests.web.conftest import SignIn
from tests.web.html import links_of, text_of

ONE_PHONE = load_pack("design-one-phone")
PIN_ENTRY = b"class: input, title: PIN entry, technology: keypad drawn by the app, rests_on: [app]"
SEPARATED = b"class: execution_environment, title: PIN entry, technology: separated environment"
SHARED = "Shared by two elements or more:"


def shown(client: Client, path: str = "/designs") -> str:
    page = client.get(path).content.decode()
    assert "!! missing" not in page
    return page


def test_what_two_elements_share_is_named_and_marked(
    officer: Client, psp: Psp, now: datetime
) -> None:
    put_design_in_force(psp, ONE_PHONE, now=now)

    page = shown(officer)

    named = text_of(page).partition(SHARED)[2]
    assert named.startswith(
        " The phone's operating system, The operating system's key store, The PSP's app"
    )
    assert "3 single points of compromise" in text_of(page)
    assert page.count('class="is-single"') == 3
    assert page.count("Single point of compromise</span>") == 3


def test_a_pin_entry_of_its_own_takes_the_mark_from_the_app(
    officer: Client, psp: Psp, now: datetime
) -> None:
    put_design_in_force(psp, ONE_PHONE.replace(PIN_ENTRY, SEPARATED), now=now)

    named = text_of(shown(officer)).partition(SHARED)[2]

    assert named.startswith(" The phone's operating system, The operating system's key store Which")


def test_a_component_leads_to_what_its_breach_leaves(
    officer: Client, psp: Psp, now: datetime
) -> None:
    put_design_in_force(psp, ONE_PHONE, now=now)
    assert "?component=app#breached" in links_of(shown(officer))

    text = text_of(shown(officer, "/designs?component=app"))

    assert "If “The PSP's app” is breached" in text
    assert "SCA does not stand Strong customer authentication needs two elements; 1 stands." in text
    assert "Knowledge Lost PIN entry → The PSP's app" in text
    assert "Untouched: The phone's operating system, Comparison of the PIN" in text
    assert "Inherence Stands The phone's operating system" in text


def test_a_breach_that_leaves_two_elements_says_so(officer: Client) -> None:
    text = text_of(shown(officer, "/designs?component=letter"))

    assert "SCA stands Strong customer authentication needs two elements; 2 stand." in text


@pytest.mark.parametrize("asked", ["nothing", "%00", "<script>", "x" * 300])
def test_an_unknown_component_is_not_found(officer: Client, asked: str) -> None:
    response = officer.get("/designs", {"component": asked})

    assert response.status_code == 404
    assert escape(asked) == asked or asked not in response.content.decode()


def test_pairs_that_cost_more_together_are_told(officer: Client, psp: Psp, now: datetime) -> None:
    put_design_in_force(psp, ONE_PHONE, now=now)

    text = text_of(shown(officer))

    assert "The operating system's key store PIN entry, Comparison of the PIN knowledge," in text


def test_algorithms_to_look_at_are_marked_with_their_source(
    officer: Client, psp: Psp, now: datetime
) -> None:
    weak = ONE_PHONE.replace(b"ECDSA, parameters: P-256 with SHA-256", b"RSA, parameters: PKCS 1")
    weak = weak.replace(b"algorithm: AES-GCM", b"algorithm: 3DES").replace(b"PBKDF2", b"ACME")
    put_design_in_force(psp, weak, now=now)

    page = shown(officer)

    text = text_of(page)
    assert "1 algorithm or key length to look at" in text
    assert "Triple DES Look at this is not allowed for encryption since 2024" in text
    assert "https://doi.org/10.6028/NIST.SP.800-131Ar2" in links_of(page)
    assert "RSA Length not stated" in text
    assert "Not in the list of algorithms" in text


def test_a_design_without_warnings_has_none_and_is_not_praised(officer: Client) -> None:
    text = text_of(shown(officer))

    assert "to look at" not in text
    assert "No warning is no approval" in text


@pytest.mark.django_db
def test_without_a_design_nothing_is_asked(sign_in: SignIn) -> None:
    client = sign_in(make_psp("New PSP"))

    assert "No design is registered" in shown(client, "/designs?component=app")
