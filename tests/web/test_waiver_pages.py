"""Waivers in the web interface: asked for, approved by another person, revoked, and near their end."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from compliance.policysets.models import Waiver
from compliance.policysets.waivers import request_waiver
from compliance.tenants.models import Psp, Role, User
from compliance.tenants.services import create_api_key
from tests.api.recorded import threatened
from tests.support.factories import PASSWORD, decision_body, make_person
from tests.support.waived import ask_for_waiver, put_waiver_in_force, waiver_terms
from tests.web.confirming import confirmed
from tests.web.conftest import SignIn
from tests.web.data import decide


@pytest.fixture
def approver(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Amy Approver")


@pytest.fixture
def asked(psp: Psp, now: datetime) -> Waiver:
    return ask_for_waiver(psp, now=now)


def form(now: datetime, **changes: Any) -> dict[str, str]:
    return {
        "rule_id": "rooted",
        "app_version": "7.3.1",
        "reason": "The vendor's update reports every phone as rooted.",
        "compensating_control": "Payments over EUR 30 are called back.",
        "last_day": (now + timedelta(days=20)).strftime("%Y-%m-%d"),
    } | changes


def test_a_waiver_is_asked_for_and_waits(officer: Client, now: datetime) -> None:
    answer = officer.post("/waivers", form(now))
    page = officer.get(answer["Location"]).content.decode()

    assert "Waits for approval" in page
    assert "another person approves it" in page
    assert "Payments over EUR 30" in page
    assert "!! missing" not in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"app_version": ""}, "not waived at large"),
        ({"app_version": "7.x"}, "Expected a version"),
        ({"last_day": "2000-01-01"}, "Expected a time after the start"),
        ({"last_day": "2999-01-01"}, "Expected at most 180 days"),
        ({"last_day": "9999-12-31"}, "Expected at most 180 days"),
        ({"reason": ""}, "This field is required"),
        ({"rule_id": "no-such-rule"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    officer: Client, now: datetime, changes: dict[str, str], said: str
) -> None:
    before = Waiver.objects.count()

    page = officer.post("/waivers", form(now, **changes)).content.decode()

    assert said in page
    assert "!! missing" not in page
    assert Waiver.objects.count() == before


def test_another_person_approves_with_a_fresh_confirmation(asked: Waiver, approver: User) -> None:
    client = Client()
    client.force_login(approver)
    address = f"/waivers/{asked.ref}/approve"

    sent = client.post(address)
    asked.refresh_from_db()
    before = asked.approved_by
    client.post(sent["Location"], {"password": PASSWORD}, follow=True)
    asked.refresh_from_db()

    assert "/accounts/reauthenticate/" in sent["Location"]
    assert before is None
    assert asked.approved_by == approver


def test_who_asked_cannot_approve(psp: Psp, now: datetime, approver: User) -> None:
    own = ask_for_waiver(psp, approver, now=now)
    client = confirmed(approver)

    page = client.get(f"/waivers/{own.ref}").content.decode()
    answer = client.post(f"/waivers/{own.ref}/approve")
    own.refresh_from_db()

    assert f"/waivers/{own.ref}/approve" not in page
    assert answer.status_code == 409
    assert own.approved_by is None


def test_what_a_key_asked_for_is_taken_over_first(
    psp: Psp, now: datetime, officer: Client, approver: User
) -> None:
    key, _text = create_api_key(psp=psp, name="pipeline", scopes=["policies:write"], now=now)
    asked = request_waiver(psp=psp, terms=waiver_terms(now=now), by=key, now=now)
    page = officer.get(f"/waivers/{asked.ref}").content.decode()

    too_soon = confirmed(approver).post(f"/waivers/{asked.ref}/approve")
    taken = officer.post(f"/waivers/{asked.ref}/take-over", follow=True).content.decode()

    assert "API key pipeline" in page
    assert "Take it over as mine" in page
    assert too_soon.status_code == 409
    assert "You answer for this waiver now" in taken


def test_a_waiver_is_revoked(officer: Client, psp: Psp, now: datetime) -> None:
    waiver = put_waiver_in_force(psp, now=now)

    page = officer.post(f"/waivers/{waiver.ref}/revoke", follow=True).content.decode()

    assert "Revoked by" in page
    assert "!! missing" not in page


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        ("approve", {Role.APPROVER}),
        ("take-over", {Role.OFFICER, Role.ENGINEER, Role.APPROVER}),
        ("revoke", {Role.OFFICER, Role.APPROVER}),
    ],
)
def test_a_role_that_is_too_small_is_refused(
    psp: Psp, asked: Waiver, step: str, allowed: set[Role]
) -> None:
    answers = {
        confirmed(make_person(psp, role)).post(f"/waivers/{asked.ref}/{step}").status_code
        for role in Role
        if role not in allowed
    }
    asked.refresh_from_db()

    assert answers == {403}
    assert (asked.approved_by, asked.revoked_at) == (None, None)


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.INTERNAL_AUDITOR, Role.ADMINISTRATOR])
def test_who_only_looks_does_not_ask(psp: Psp, sign_in: SignIn, now: datetime, role: Role) -> None:
    assert sign_in(psp, role).post("/waivers", form(now)).status_code == 403


@pytest.mark.parametrize("step", ["approve", "take-over", "revoke"])
def test_a_waiver_of_another_psp_is_not_found(asked: Waiver, other_psp: Psp, step: str) -> None:
    stranger = confirmed(make_person(other_psp, Role.APPROVER))

    assert stranger.get(f"/waivers/{asked.ref}").status_code == 404
    assert stranger.post(f"/waivers/{asked.ref}/{step}").status_code == 404
    assert asked.ref not in stranger.get("/waivers").content.decode()


def test_an_unknown_step_is_not_found_and_no_step_is_a_link(officer: Client, asked: Waiver) -> None:
    assert officer.post(f"/waivers/{asked.ref}/praise").status_code == 404
    assert officer.get(f"/waivers/{asked.ref}/revoke").status_code == 405


def test_today_names_waivers_that_wait_or_soon_expire(
    psp: Psp, now: datetime, asked: Waiver, approver: User, officer: Client
) -> None:
    soon = put_waiver_in_force(psp, now=now, expires_at=now + timedelta(days=13))
    later = put_waiver_in_force(psp, now=now, expires_at=now + timedelta(days=15))

    for_approver = confirmed(approver).get("/").content.decode()
    for_officer = officer.get("/").content.decode()

    assert asked.ref in for_approver
    assert asked.ref not in for_officer
    assert soon.ref in for_officer
    assert later.ref not in for_officer + for_approver


def test_a_decision_names_the_waiver_that_it_rests_on(
    officer: Client, psp: Psp, now: datetime
) -> None:
    waiver = put_waiver_in_force(psp, now=now)
    answer = decide(psp, decision_body(**threatened("privilegedAccess")), now=now)

    page = officer.get(f"/decisions/{answer.ref}").content.decode()

    assert "Tolerated" in page
    assert f"/waivers/{waiver.ref}" in page
