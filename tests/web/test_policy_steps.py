"""The life of a version in the web interface: who may take which step, and with whose confirmation."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import cast

import pytest
from django.http import HttpResponse
from django.test import Client

from compliance.policysets.models import PolicySetVersion
from compliance.policysets.selectors import version_in_force, version_of_number
from compliance.policysets.services import create_version, submit_version
from compliance.tenants.models import Psp, Role, User
from policies.packs import load_pack
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import PASSWORD, make_person, put_design_in_force
from tests.web.confirming import confirmed
from tests.web.conftest import SignIn

SOURCE = policy(rule())


@pytest.fixture
def author(psp: Psp) -> User:
    return make_person(psp, name="Anna Author")


@pytest.fixture
def draft(psp: Psp, author: User, now: datetime) -> PolicySetVersion:
    return create_version(psp=psp, source=SOURCE, author=author, now=now)


@pytest.fixture
def submitted(draft: PolicySetVersion, author: User, now: datetime) -> PolicySetVersion:
    version = submit_version(psp=draft.psp, ref=draft.ref, person=author, now=now)
    mark_analysed(version, now=now)
    return version


@pytest.fixture
def approver(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Amy Approver")


def approve(client: Client, version: PolicySetVersion, **changes: str) -> HttpResponse:
    form = {"digest": version.digest, "not_mine": "on"} | changes
    return cast("HttpResponse", client.post(f"/policies/{version.number}/approve", form))


def state_of(version: PolicySetVersion, now: datetime) -> str:
    return str(version_of_number(version.psp, version.number, now=now).state)


def test_a_draft_is_submitted_approved_by_another_and_put_in_force(
    draft: PolicySetVersion, author: User, approver: User, now: datetime
) -> None:
    number = draft.number
    confirmed(author).post(f"/policies/{number}/submit")
    mark_analysed(draft, now=now)
    client = confirmed(approver)
    shown = client.get(f"/policies/{number}").content.decode()
    approved = approve(client, draft)
    done = client.post(f"/policies/{number}/activate", follow=True).content.decode()

    assert "You did not write this" in shown
    assert "Anna Author" in shown
    assert "Removed" in shown
    assert "Added" in shown
    assert approved["Location"] == f"/policies/{number}"
    assert "In force as of the moment shown" in done
    assert "!! missing" not in shown + done


def test_an_earlier_version_comes_back_at_once(
    submitted: PolicySetVersion, approver: User, psp: Psp
) -> None:
    client = confirmed(approver)
    approve(client, submitted)
    client.post(f"/policies/{submitted.number}/activate")
    page = client.get("/policies/1").content.decode()

    client.post("/policies/1/activate")

    assert "Return to this version now" in page
    assert version_in_force(psp, at=datetime.now().astimezone()).number == 1


def test_who_wrote_a_version_cannot_approve_it(psp: Psp, now: datetime) -> None:
    person = make_person(psp, Role.APPROVER)
    version = create_version(psp=psp, source=SOURCE, author=person, now=now)
    submit_version(psp=psp, ref=version.ref, person=person, now=now)
    client = confirmed(person)

    page = client.get(f"/policies/{version.number}").content.decode()
    answer = approve(client, version)

    assert "another person approves it" in page
    assert 'name="not_mine"' not in page
    assert answer.status_code == 409
    assert state_of(version, now) == "submitted"


def test_an_approval_wants_a_fresh_confirmation_and_goes_on_by_itself(
    submitted: PolicySetVersion, approver: User, now: datetime
) -> None:
    client = Client()
    client.force_login(approver)

    asked = approve(client, submitted)
    before = state_of(submitted, now)
    client.post(asked["Location"], {"password": PASSWORD}, follow=True)

    assert "/accounts/reauthenticate/" in asked["Location"]
    assert before == "submitted"
    assert state_of(submitted, now) == "approved"


@pytest.mark.parametrize("changes", [{"not_mine": ""}, {"digest": ""}])
def test_an_incomplete_approval_changes_nothing(
    submitted: PolicySetVersion, approver: User, now: datetime, changes: dict[str, str]
) -> None:
    answer = approve(confirmed(approver), submitted, **changes)

    assert answer.status_code == 302
    assert state_of(submitted, now) == "submitted"


def test_an_approval_of_another_text_is_refused(
    submitted: PolicySetVersion, approver: User, now: datetime
) -> None:
    assert approve(confirmed(approver), submitted, digest="sha256:other").status_code == 409
    assert state_of(submitted, now) == "submitted"


def test_a_version_is_scheduled_and_the_schedule_taken_back(
    submitted: PolicySetVersion, approver: User, now: datetime
) -> None:
    client = confirmed(approver)
    approve(client, submitted)
    number = submitted.number
    later = (now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")

    client.post(f"/policies/{number}/activate", {"active_from": later})
    scheduled = state_of(submitted, now)
    page = client.get(f"/policies/{number}").content.decode()
    client.post(f"/policies/{number}/unschedule")

    assert scheduled == "scheduled"
    assert "Take back the schedule" in page
    assert state_of(submitted, now) == "approved"
    nonsense = client.post(f"/policies/{number}/activate", {"active_from": "soon"})
    assert nonsense.status_code == 302
    assert state_of(submitted, now) == "approved"


def test_a_changed_design_makes_the_approval_stale(
    submitted: PolicySetVersion, approver: User
) -> None:
    client = confirmed(approver)
    approve(client, submitted)
    before = client.get(f"/policies/{submitted.number}").content.decode()
    changed = load_pack("design-demo").replace(b"name: ", b"name: Another ", 1)
    put_design_in_force(submitted.psp, changed, now=datetime.now().astimezone())

    after = client.get(f"/policies/{submitted.number}").content.decode()

    assert "approval is stale" not in before
    assert "approval is stale" in after


ALLOWED = {
    "submit": {Role.OFFICER},
    "withdraw": {Role.OFFICER},
    "approve": {Role.APPROVER},
    "activate": {Role.OFFICER, Role.APPROVER},
    "unschedule": {Role.OFFICER, Role.APPROVER},
    "retire": {Role.OFFICER, Role.APPROVER},
}


@pytest.mark.parametrize("step", ALLOWED)
def test_a_role_that_is_too_small_is_refused(
    submitted: PolicySetVersion, psp: Psp, now: datetime, step: str
) -> None:
    small = [role for role in Role if role not in ALLOWED[step]]

    answers = {
        role: confirmed(make_person(psp, role)).post(f"/policies/{submitted.number}/{step}")
        for role in small
    }

    assert {answer.status_code for answer in answers.values()} == {403}
    assert state_of(submitted, now) == "submitted"


@pytest.mark.parametrize("step", ALLOWED)
def test_a_version_of_another_psp_is_out_of_reach(
    submitted: PolicySetVersion, other_psp: Psp, now: datetime, step: str
) -> None:
    stranger = confirmed(make_person(other_psp, Role.APPROVER))

    answer = stranger.post(f"/policies/{submitted.number}/{step}", {"digest": submitted.digest})

    assert answer.status_code in {403, 404}
    assert state_of(submitted, now) == "submitted"


def test_an_unknown_step_is_not_found_and_no_step_is_a_link(officer: Client) -> None:
    assert officer.post("/policies/1/praise").status_code == 404
    assert officer.get("/policies/1/retire").status_code == 405


def test_today_names_what_waits_for_an_approver_and_not_for_the_author(
    submitted: PolicySetVersion, author: User, approver: User, sign_in: SignIn
) -> None:
    address = f'href="/policies/{submitted.number}"'

    assert address in confirmed(approver).get("/").content.decode()
    assert address not in confirmed(author).get("/").content.decode()
    assert address not in sign_in(submitted.psp, Role.REGULATOR).get("/").content.decode()
