"""The page of a design's version: the difference, what becomes of the policy set, and who takes which step."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.designs.models import DesignVersion
from compliance.designs.selectors import design_version_of_number
from compliance.designs.services import submit_design_version
from compliance.policysets.analyses import analysis_ahead, request_due_analyses
from compliance.policysets.models import Analysis, AnalysisState
from compliance.policysets.selectors import version_in_force
from compliance.policysets.standing import standing_of
from compliance.tenants.models import Psp, Role, User
from policies.packs import load_pack
from tests.support.factories import PASSWORD, make_person, submit_design
from tests.web.confirming import confirmed
from tests.web.conftest import SignIn
from tests.web.html import text_of

ONE_PHONE = load_pack("design-one-phone")
PAGE = "/designs/2"


@pytest.fixture
def candidate(psp: Psp) -> DesignVersion:
    return submit_design(psp, ONE_PHONE, now=timezone.now())


@pytest.fixture
def approver(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Adam Approver")


def shown(client: Client, path: str = PAGE) -> str:
    page = client.get(path).content.decode()
    assert "!! missing" not in page
    return text_of(page)


def take(client: Client, step: str, **fields: Any) -> str:
    return text_of(client.post(f"{PAGE}/{step}", fields, follow=True).content.decode())


def state(psp: Psp) -> str:
    return design_version_of_number(psp, 2, now=timezone.now()).state.value


def test_the_approver_sees_what_changes(candidate: DesignVersion, approver: User) -> None:
    text = shown(confirmed(approver))

    assert "Waits for approval" in text
    assert "Difference against version 1, which is in force" in text
    assert "New single point of compromise The operating system's key store" in text
    assert "PIN entry pin-entry Added Class: input" in text
    assert "Code letter by post letter Removed" in text
    assert "The policy set in force under this design" in text
    assert candidate.digest in text


def test_the_matrix_in_force_stands_beside_the_new_one(psp: Psp, officer: Client) -> None:
    changed = load_pack("design-demo").replace(b"[see, pin-server]", b"[see, app]")
    submit_design(psp, changed, now=timezone.now())

    text = shown(officer)

    assert "As it is in force now" in text
    assert "New single point of compromise The PSP's app, PIN in the app" in text


def test_what_becomes_of_the_policy_set_is_known_before_the_approval(
    psp: Psp, candidate: DesignVersion, approver: User
) -> None:
    now = timezone.now()
    (ahead,) = [a for a in request_due_analyses(psp=psp, now=now) if a.version.number == 1][-1:]
    assert ahead.design_digest == candidate.digest
    assert "It is being analysed under this design" in shown(confirmed(approver))

    sentence = "A step-up to `letter-code` goes nowhere."
    result = {"id": "P4", "title": "Step-ups", "status": "violated", "sentence": sentence}
    Analysis.objects.filter(pk=ahead.pk).update(
        state=AnalysisState.READY,
        blocking=["P4"],
        results={"properties": [result | {"blocks_activation": True}]},
    )

    text = shown(confirmed(approver))
    assert "0 of 1 properties proved" in text
    assert "could not be activated anew without a waiver: P4" in text
    assert "goes nowhere" in text
    # Of how things stand it says nothing until the design is in force.
    version = version_in_force(psp, at=now)
    assert standing_of(version, now=now).blocking == ()
    assert "P4" not in shown(confirmed(approver), "/policies").partition("Proofs")[2][:200]


def test_it_counts_from_the_moment_the_design_is_in_force(
    psp: Psp, candidate: DesignVersion, approver: User
) -> None:
    request_due_analyses(psp=psp, now=timezone.now())
    ahead = analysis_ahead(psp=psp, design_digest=candidate.digest, now=timezone.now())
    assert ahead is not None
    Analysis.objects.filter(pk=ahead.pk).update(state=AnalysisState.READY, blocking=["P4"])
    client = confirmed(approver)
    take(client, "approve", digest=candidate.digest, not_mine="on")
    assert "Proved" in shown(client, "/policies") or state(psp) == "approved"
    take(client, "activate")

    now = timezone.now()
    standing = standing_of(version_in_force(psp, at=now), now=now)
    assert (standing.analysis, standing.blocking) == (ahead, ("P4",))
    assert request_due_analyses(psp=psp, now=now) == []


def test_it_is_approved_and_put_in_force(
    psp: Psp, candidate: DesignVersion, approver: User
) -> None:
    client = confirmed(approver)

    assert "Nothing was changed" in take(client, "approve", digest=candidate.digest)
    assert "Approved. It counts" in take(client, "approve", digest=candidate.digest, not_mine="on")
    assert "In force as of the moment shown" in take(client, "activate")
    assert state(psp) == "active"
    assert "PIN, key and fingerprint on one phone, version 2 In force" in shown(client, "/designs")
    assert "Replaced" in shown(client, "/designs/1")


def test_it_is_scheduled_and_the_schedule_taken_back(
    psp: Psp, candidate: DesignVersion, approver: User
) -> None:
    client = confirmed(approver)
    take(client, "approve", digest=candidate.digest, not_mine="on")

    take(client, "activate", active_from="2090-01-01T00:00")
    assert state(psp) == "scheduled"
    assert "Take back the schedule" in shown(client)
    take(client, "unschedule")
    assert state(psp) == "approved"
    take(client, "withdraw")
    assert state(psp) == "approved"


def test_an_approver_cannot_approve_their_own(psp: Psp, approver: User) -> None:
    own = confirmed(approver)
    digest = submit_design_version(
        psp=psp, source=ONE_PHONE, person=approver, now=timezone.now()
    ).digest

    assert "another person approves it" in shown(own)
    text = take(own, "approve", digest=digest, not_mine="on")
    assert "this is approved by another person" in text
    assert state(psp) == "submitted"
    take(own, "withdraw")
    assert state(psp) == "withdrawn"


def test_a_refusal_needs_a_reason(psp: Psp, candidate: DesignVersion, approver: User) -> None:
    client = confirmed(approver)

    assert "This field is required" in take(client, "refuse", reason=" ")
    assert state(psp) == "submitted"
    assert "Why it is refused The letter is gone." in take(
        client, "refuse", reason="The letter is gone."
    )
    assert (state(psp), candidate.number) == ("refused", 2)


@pytest.mark.parametrize("step", ["approve", "refuse", "activate", "unschedule"])
def test_what_counts_wants_a_fresh_confirmation(
    psp: Psp, candidate: DesignVersion, approver: User, step: str
) -> None:
    client = Client()
    client.force_login(approver)

    answer = client.post(f"{PAGE}/{step}", {"digest": candidate.digest, "not_mine": "on"})

    assert "/accounts/reauthenticate/" in answer["Location"]
    assert state(psp) == "submitted"


def test_the_approval_goes_on_by_itself_after_the_confirmation(
    psp: Psp, candidate: DesignVersion, approver: User
) -> None:
    client = Client()
    client.force_login(approver)
    fields = {"digest": candidate.digest, "not_mine": "on"}
    asked = client.post(f"{PAGE}/approve", fields)

    client.post(asked["Location"], {"password": PASSWORD}, follow=True)

    assert state(psp) == "approved"


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ENGINEER, Role.REGULATOR, Role.ADMINISTRATOR])
def test_a_role_too_small_is_offered_nothing_and_refused(
    psp: Psp, candidate: DesignVersion, role: Role
) -> None:
    client = confirmed(make_person(psp, role))

    assert "I have read the difference" not in shown(client)
    fields = {"digest": candidate.digest, "not_mine": "on", "reason": "x"}
    for step in ("approve", "refuse"):
        assert client.post(f"{PAGE}/{step}", fields).status_code == 403
    assert state(psp) == "submitted"


def test_another_psp_and_nobody_find_nothing(
    psp: Psp, other_psp: Psp, candidate: DesignVersion, sign_in: SignIn
) -> None:
    stranger = confirmed(make_person(other_psp, Role.APPROVER))

    assert stranger.get(PAGE).status_code == 404
    assert stranger.post(f"{PAGE}/approve", {"digest": candidate.digest}).status_code == 404
    assert "/accounts/login/" in Client().get(PAGE)["Location"]
    assert sign_in(psp).post(f"{PAGE}/nonsense").status_code == 404
    assert sign_in(psp).get(f"{PAGE}/approve").status_code == 405
    assert state(psp) == "submitted"


def test_the_first_page_says_what_waits(
    candidate: DesignVersion, approver: User, officer: Client
) -> None:
    assert candidate.name in shown(confirmed(approver), "/?figures=now")
    assert candidate.name not in shown(officer, "/?figures=now")
