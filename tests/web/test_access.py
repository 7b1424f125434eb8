"""Who may open which page: by role, by PSP, and signed in at all."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from compliance.reports.models import Report
from compliance.reports.services import request_report
from compliance.tenants.models import Psp, Role
from compliance.tenants.services import create_person
from compliance.web.permissions import GRANTED, Permission, roles_with
from tests.support.factories import make_person
from tests.web.conftest import SignIn
from tests.web.data import Furnished
from tests.web.pages import ABOUT_ROWS, FILES_OF_REPORT, PAGES, STEPS, Page

PUBLIC = {"verify", "choose_psp"}
ALL_PAGES = (*PAGES, *FILES_OF_REPORT, *STEPS)


@pytest.fixture
def report(psp: Psp, now: datetime) -> Report:
    return request_report(
        psp=psp,
        period_start=now - timedelta(days=2),
        period_end=now - timedelta(days=1),
        requested_by="Olivia Officer",
        now=now,
    )


def open_page(client: Client, page: Page, address: str) -> HttpResponse:
    response: HttpResponse = getattr(client, page.method)(address)
    return response


def test_no_page_is_missing_from_these_tests() -> None:
    own = {
        str(pattern.name)
        for pattern in get_resolver("compliance.web.urls").url_patterns
        if hasattr(pattern, "name")
    }

    assert own - PUBLIC == {page.name for page in ALL_PAGES}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_opens_for_the_roles_that_the_table_grants_and_for_no_other(
    furnished: Furnished, report: Report, sign_in: SignIn, page: Page
) -> None:
    address = page.address(furnished, report)

    answers = {
        role: open_page(sign_in(furnished.psp, role), page, address).status_code for role in Role
    }

    granted = roles_with(page.permission)
    assert answers == {role: 200 if role in granted else 403 for role in Role}


@pytest.mark.parametrize("page", ABOUT_ROWS, ids=str)
def test_what_belongs_to_another_psp_is_not_found(
    furnished: Furnished, report: Report, other_psp: Psp, sign_in: SignIn, page: Page
) -> None:
    client = sign_in(other_psp)
    address = page.address(furnished, report)

    response = open_page(client, page, address)

    if page.about in {
        "entry",
        "version",
        "provider",
        "settings",
    }:  # what the other PSP may have of its own
        assert furnished.psp.name not in response.content.decode()
    else:
        assert response.status_code == 404
        assert report.ref not in response.content.decode()


@pytest.mark.parametrize("page", ALL_PAGES, ids=str)
def test_signed_out_leads_to_the_sign_in_page(
    client: Client, furnished: Furnished, report: Report, page: Page
) -> None:
    address = page.address(furnished, report)

    response = open_page(client, page, address)

    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={address}"


def test_lists_hold_nothing_of_another_psp(
    furnished: Furnished, report: Report, other_psp: Psp, sign_in: SignIn
) -> None:
    client = sign_in(other_psp)

    bodies = [
        client.get(page.address(furnished, report)).content.decode()
        for page in PAGES
        if not page.about and page.method == "get"
    ]

    seen = "".join(bodies)
    assert not [answer.ref for answer in furnished.answers if answer.ref[-8:] in seen]
    assert report.ref not in seen


def test_every_role_is_in_the_table() -> None:
    assert set(GRANTED) == set(Role)


def test_an_administrator_reads_no_single_decision() -> None:
    assert Permission.READ_DECISIONS not in GRANTED[Role.ADMINISTRATOR]
    assert Permission.READ_LEDGER not in GRANTED[Role.ADMINISTRATOR]


def test_only_officers_and_approvers_request_reports(psp: Psp, sign_in: SignIn) -> None:
    answers = {
        role: sign_in(psp, role).post("/reports", {"period": "this_quarter"}).status_code
        for role in Role
    }

    assert {role for role, status in answers.items() if status == 302} == {
        Role.OFFICER,
        Role.APPROVER,
    }
    assert set(answers.values()) == {302, 403}


def test_a_role_that_was_taken_away_is_gone_at_once(psp: Psp, client: Client) -> None:
    person = make_person(psp)
    client.force_login(person)
    assert client.get("/decisions").status_code == 200

    create_person(
        psp=psp, email=person.email, name=person.name, role=Role.ADMINISTRATOR, password=None
    )

    assert client.get("/decisions").status_code == 403


def test_a_person_of_no_psp_is_told_so(psp: Psp, client: Client) -> None:
    person = make_person(psp)
    person.memberships.all().delete()
    client.force_login(person)

    response = client.get("/")

    assert response.status_code == 403
    assert "belongs to no PSP" in response.content.decode()


def test_a_person_of_two_psps_chooses_one_and_sees_that_one(
    psp: Psp, other_psp: Psp, client: Client
) -> None:
    person = make_person(psp)
    create_person(
        psp=other_psp, email=person.email, name=person.name, role=Role.REGULATOR, password=None
    )
    client.force_login(person)

    asked = client.get("/decisions")
    chosen = client.post("/psp", {"psp": other_psp.ref, "next": "/decisions"})
    page = client.get("/decisions").content.decode()

    assert asked["Location"] == "/psp?next=%2Fdecisions"
    assert chosen["Location"] == "/decisions"
    assert "<strong>Other PSP</strong>" in page
    assert "Competent authority" in page
    assert "Another PSP" in page


def test_a_psp_that_one_does_not_belong_to_cannot_be_chosen(
    psp: Psp, other_psp: Psp, client: Client
) -> None:
    client.force_login(make_person(psp))

    response = client.post("/psp", {"psp": other_psp.ref})

    assert response.status_code == 404


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_the_choice_leads_to_no_other_site(psp: Psp, client: Client, elsewhere: str) -> None:
    client.force_login(make_person(psp))

    response = client.post("/psp", {"psp": psp.ref, "next": elsewhere})

    assert response["Location"] == "/"


def test_a_part_of_a_page_asked_for_signed_out_sends_the_whole_browser(
    client: Client, furnished: Furnished
) -> None:
    address = f"/decisions/{furnished.ref_of('deny')}/again"

    response = client.post(address, headers={"HX-Request": "true"})

    assert response.status_code == 200
    assert response["HX-Redirect"].startswith("/accounts/login/")


def test_pages_that_change_nothing_refuse_to_be_posted_to(officer: Client) -> None:
    assert officer.post("/decisions").status_code == 405


def test_decide_again_is_not_done_by_following_a_link(
    officer: Client, furnished: Furnished
) -> None:
    address = f"/decisions/{furnished.ref_of('deny')}/again"

    assert officer.get(address).status_code == 405


def test_a_form_without_its_token_is_refused(psp: Psp) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_person(psp))

    response = client.post("/reports", {"period": "this_quarter"})

    assert response.status_code == 403
    assert "expired" in response.content.decode()
