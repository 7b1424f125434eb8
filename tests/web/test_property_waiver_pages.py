"""Waivers of properties: asked for beside what is not proved, approved by another person, revoked."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from compliance.ledger.sequencer import sequence_log
from compliance.policysets.analyses import request_analysis
from compliance.policysets.models import PolicySetVersion, PropertyWaiver
from compliance.policysets.property_waivers import approve_property_waiver, revoke_property_waiver
from compliance.policysets.services import activate_version, approve_version
from compliance.tenants.models import Membership, Psp, Role, User
from policies.packs import load_pack
from tests.support.analysed import mark_analysed
from tests.support.factories import PASSWORD, make_person, put_design_in_force
from tests.support.unproved import ask_for_property_waiver, submit_and_analyse
from tests.support.waived import ask_for_waiver
from tests.web.confirming import confirmed
from tests.web.conftest import SignIn
from tests.web.html import links_of, text_of


@pytest.fixture
def author(psp: Psp) -> User:
    return make_person(psp, name="Anna Author")


@pytest.fixture
def approver(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Amy Approver")


@pytest.fixture
def refuted(psp: Psp, author: User, now: datetime) -> PolicySetVersion:
    """A version of which P5 and P8 do not hold."""
    return submit_and_analyse(psp, author, now=now)


@pytest.fixture
def asked(refuted: PolicySetVersion, now: datetime) -> PropertyWaiver:
    by = make_person(refuted.psp, Role.ENGINEER, name="Eve Engineer")
    return ask_for_property_waiver(refuted, by, now=now)


def form(now: datetime, **changes: str) -> dict[str, str]:
    return {
        "reason": "The vendor adds the probe in December.",
        "compensating_control": "Payments over EUR 30 are called back.",
        "last_day": (now + timedelta(days=20)).strftime("%Y-%m-%d"),
    } | changes


def changed_design() -> bytes:
    return load_pack("design-demo").replace(b"name: ", b"name: Another ", 1)


def page_of(client: Client, address: str) -> str:
    page = client.get(address).content.decode()
    assert "!! missing" not in page
    return page


def test_a_waiver_is_asked_for_beside_what_is_not_proved_and_waits(
    refuted: PolicySetVersion, officer: Client, now: datetime
) -> None:
    address = f"/policies/{refuted.number}/properties/P5/waiver"
    before = page_of(officer, f"/policies/{refuted.number}")

    answer = officer.post(address, form(now))
    waiver = PropertyWaiver.objects.get(version=refuted)
    after = page_of(officer, f"/policies/{refuted.number}")
    page = text_of(page_of(officer, answer["Location"]))

    assert f'action="{address}"' in before
    assert f'action="{address}"' not in after
    assert f"/waivers/properties/{waiver.ref}" in after
    assert (waiver.property_id, waiver.approved_by) == ("P5", None)
    assert waiver.expires_at.date() == (now + timedelta(days=21)).date()
    assert "Waits for approval" in page
    assert "which is weaker" in page
    assert "another person approves it" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": ""}, "This field is required"),
        ({"compensating_control": "x" * 1001}, "at most 1000 characters"),
        ({"last_day": "2000-01-01"}, "Expected a time after the start"),
        ({"last_day": "2999-01-01"}, "Expected at most 180 days"),
        ({"last_day": "9999-12-31"}, "Expected at most 180 days"),
        ({"last_day": "soon"}, "Enter a valid date"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(
    refuted: PolicySetVersion, officer: Client, now: datetime, changes: dict[str, str], said: str
) -> None:
    typed = form(now, **{"compensating_control": "Kept as it was."} | changes)
    address = f"/policies/{refuted.number}/properties/P5/waiver"

    page = officer.post(address, typed).content.decode()

    assert said in page
    assert "!! missing" not in page
    assert "<details open>" in page
    assert ("Kept as it was." in page) == ("compensating_control" not in changes)
    assert not PropertyWaiver.objects.filter(version=refuted).exists()


@pytest.mark.parametrize("property_id", ["P1", "P9", "P99", "all"])
def test_what_does_not_stand_in_the_way_cannot_be_waived(
    refuted: PolicySetVersion, officer: Client, now: datetime, property_id: str
) -> None:
    address = f"/policies/{refuted.number}/properties/{property_id}/waiver"

    assert officer.post(address, form(now)).status_code == 404
    assert not PropertyWaiver.objects.filter(version=refuted).exists()


def test_another_person_approves_with_a_fresh_confirmation(
    asked: PropertyWaiver, approver: User
) -> None:
    client = Client()
    client.force_login(approver)

    sent = client.post(f"/waivers/properties/{asked.ref}/approve")
    asked.refresh_from_db()
    before = asked.approved_by
    client.post(sent["Location"], {"password": PASSWORD}, follow=True)
    asked.refresh_from_db()

    assert "/accounts/reauthenticate/" in sent["Location"]
    assert before is None
    assert asked.approved_by == approver


def test_a_waiver_lets_its_property_pass_on_the_page_of_the_version(
    asked: PropertyWaiver, approver: User, officer: Client
) -> None:
    confirmed(approver).post(f"/waivers/properties/{asked.ref}/approve")

    text = text_of(page_of(officer, f"/policies/{asked.version.number}"))

    assert "A waiver lets this pass until" in text
    assert "Eve Engineer / Amy Approver" in text
    assert "Not proved and not waived: P8" in text


def test_who_asked_or_wrote_the_version_cannot_approve(
    psp: Psp, now: datetime, approver: User
) -> None:
    version = submit_and_analyse(psp, approver, now=now)
    waiver = ask_for_property_waiver(version, make_person(psp), now=now)
    client = confirmed(approver)

    page = page_of(client, f"/waivers/properties/{waiver.ref}")
    answer = client.post(f"/waivers/properties/{waiver.ref}/approve")
    waiver.refresh_from_db()

    assert "another person approves it" in page
    assert f"/waivers/properties/{waiver.ref}/approve" not in page
    assert answer.status_code == 409
    assert waiver.approved_by is None


def test_a_waiver_is_revoked_and_listed_with_its_state(
    asked: PropertyWaiver, officer: Client
) -> None:
    waiting = text_of(page_of(officer, "/waivers"))
    page = officer.post(f"/waivers/properties/{asked.ref}/revoke", follow=True).content.decode()
    listed = page_of(officer, "/waivers")

    assert "P5 " + asked.ref in waiting
    assert "Waits for approval" in waiting
    assert "Revoked by" in page
    assert f"/waivers/properties/{asked.ref}" in listed
    assert "Waits for approval" not in listed


def test_whoever_asked_may_take_it_back_and_another_engineer_may_not(
    asked: PropertyWaiver, psp: Psp
) -> None:
    address = f"/waivers/properties/{asked.ref}"
    other = confirmed(make_person(psp, Role.ENGINEER))
    assert asked.requested_by is not None
    own = confirmed(asked.requested_by)

    offered = f"{address}/revoke" in page_of(other, address)
    refused = other.post(f"{address}/revoke")
    done = own.post(f"{address}/revoke")

    assert not offered
    assert f"{address}/revoke" not in page_of(own, address)
    assert (refused.status_code, done.status_code) == (403, 302)


def test_the_ledger_leads_to_waivers_of_both_kinds(
    asked: PropertyWaiver, psp: Psp, officer: Client, now: datetime
) -> None:
    waiver = ask_for_waiver(psp, now=now)
    sequence_log(psp=psp, now=now)

    links = links_of(page_of(officer, "/ledger"))

    assert f"/waivers/properties/{asked.ref}" in links
    assert f"/waivers/{waiver.ref}" in links


@pytest.mark.parametrize(
    ("step", "allowed"),
    [("approve", {Role.APPROVER}), ("revoke", {Role.OFFICER, Role.APPROVER})],
)
def test_a_role_that_is_too_small_is_refused(
    psp: Psp, asked: PropertyWaiver, step: str, allowed: set[Role]
) -> None:
    answers = {
        confirmed(make_person(psp, role))
        .post(f"/waivers/properties/{asked.ref}/{step}")
        .status_code
        for role in Role
        if role not in allowed
    }
    asked.refresh_from_db()

    assert answers == {403}
    assert (asked.approved_by, asked.revoked_at) == (None, None)


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.INTERNAL_AUDITOR, Role.ADMINISTRATOR])
def test_who_only_looks_does_not_ask(
    refuted: PolicySetVersion, sign_in: SignIn, now: datetime, role: Role
) -> None:
    address = f"/policies/{refuted.number}/properties/P5/waiver"

    assert sign_in(refuted.psp, role).post(address, form(now)).status_code == 403
    assert Client().post(address, form(now))["Location"].startswith("/accounts/login/")
    assert not PropertyWaiver.objects.filter(version=refuted).exists()


def test_a_waiver_of_another_psp_is_not_found(
    asked: PropertyWaiver, other_psp: Psp, now: datetime
) -> None:
    stranger = confirmed(make_person(other_psp, Role.APPROVER))
    number = asked.version.number

    assert stranger.get(f"/waivers/properties/{asked.ref}").status_code == 404
    for step in ("approve", "revoke"):
        assert stranger.post(f"/waivers/properties/{asked.ref}/{step}").status_code == 404
    answer = stranger.post(f"/policies/{number}/properties/P8/waiver", form(now))
    assert answer.status_code == 404
    assert asked.ref not in stranger.get("/waivers").content.decode()


def test_no_step_goes_without_the_form_s_token(
    asked: PropertyWaiver, approver: User, author: User, now: datetime
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(approver)
    number = asked.version.number

    assert client.post(f"/waivers/properties/{asked.ref}/approve").status_code == 403
    client.force_login(author)
    answer = client.post(f"/policies/{number}/properties/P8/waiver", form(now))
    assert answer.status_code == 403
    assert PropertyWaiver.objects.filter(approved_by=None).count() == 1


def test_an_unknown_step_is_not_found_and_no_step_is_a_link(
    officer: Client, asked: PropertyWaiver
) -> None:
    assert officer.post(f"/waivers/properties/{asked.ref}/praise").status_code == 404
    assert officer.get(f"/waivers/properties/{asked.ref}/revoke").status_code == 405


def test_today_names_a_waiver_for_an_approver_who_has_no_part_in_it(
    asked: PropertyWaiver, approver: User, author: User, officer: Client
) -> None:
    address = f"/waivers/properties/{asked.ref}"

    assert address in page_of(confirmed(approver), "/")
    assert address not in page_of(officer, "/")
    Membership.objects.filter(user=author).update(role=Role.APPROVER)
    assert address not in page_of(confirmed(author), "/")


@pytest.fixture
def by_waiver(refuted: PolicySetVersion, approver: User) -> list[PropertyWaiver]:
    """The waivers by which the version is in force."""
    psp, later = refuted.psp, timezone.now()
    waivers = [
        ask_for_property_waiver(
            refuted, make_person(psp), id_, now=later, expires_at=later + timedelta(days=days)
        )
        for id_, days in (("P5", 10), ("P8", 30))
    ]
    for waiver in waivers:
        approve_property_waiver(psp=psp, ref=waiver.ref, approver=approver, now=later)
    approve_version(psp=psp, ref=refuted.ref, digest=refuted.digest, approver=approver, now=later)
    activate_version(psp=psp, ref=refuted.ref, person=approver, active_from=later, now=later)
    return waivers


def test_today_names_the_version_in_force_once_its_waiver_has_ended(
    by_waiver: list[PropertyWaiver], psp: Psp, officer: Client, author: User, sign_in: SignIn
) -> None:
    before = text_of(page_of(officer, "/"))
    revoke_property_waiver(psp=psp, ref=by_waiver[1].ref, by=author, now=timezone.now())

    after = text_of(page_of(officer, "/"))

    assert "not waived" not in before
    assert "version 2 is in force; not waived: P8" in after
    assert "not waived" not in text_of(page_of(sign_in(psp, Role.REGULATOR), "/"))


def test_today_names_waivers_that_soon_expire(
    by_waiver: list[PropertyWaiver], officer: Client
) -> None:
    page = page_of(officer, "/")

    assert by_waiver[0].ref in page
    assert by_waiver[1].ref not in page


def test_today_names_the_version_in_force_that_a_new_design_refutes(
    psp: Psp, officer: Client
) -> None:
    version = PolicySetVersion.objects.get(psp=psp)
    before = text_of(page_of(officer, "/"))
    put_design_in_force(psp, changed_design(), now=timezone.now())

    mark_analysed(version, now=timezone.now(), blocking=["P4"], failed_cases=2)
    after = text_of(page_of(officer, "/"))

    assert "is in force" not in before
    assert "not waived: P4" in after
    assert "test cases failed: 2" in after


def test_today_names_the_version_in_force_whose_analysis_was_not_finished(
    psp: Psp, officer: Client
) -> None:
    version = PolicySetVersion.objects.get(psp=psp)
    put_design_in_force(psp, changed_design(), now=timezone.now())
    analysis = request_analysis(version=version, now=timezone.now())
    version.analyses.filter(pk=analysis.pk).update(state="failed", failure="out of luck")

    assert "its analysis was not finished" in text_of(page_of(officer, "/"))
