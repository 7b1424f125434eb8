"""Trust anchors and settings of providers in the web interface."""
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from compliance.evidence.models import AnchorState, ProviderSettings, TrustAnchor
from compliance.evidence.revocation_lists import (
    load_revocation_list,
    refresh_revocation_lists,
    set_revocation_source,
)
from compliance.evidence.selectors import trust_anchor_by_ref
from compliance.tenants.models import Psp, Role, User
from tests.support.anchored import propose_root
from tests.support.attestation import authority
from tests.support.factories import NOW, PASSWORD, make_person, make_psp
from tests.web.confirming import confirmed
from tests.web.html import text_of

pytestmark = pytest.mark.django_db
SECRET = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
DOCUMENT = f'secrets:\n  - {{kid: "2026", secret: {SECRET}}}\n'


@pytest.fixture
def psp() -> Psp:
    return make_psp()


@pytest.fixture
def officer(psp: Psp) -> User:
    return make_person(psp)


@pytest.fixture
def approver(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Amy Approver")


def form(**changes: Any) -> dict[str, str]:
    return {
        "provider": "android_key_attestation",
        "label": "our own devices",
        "pem": authority().root_pem,
    } | changes


def approval(anchor: TrustAnchor) -> dict[str, str]:
    return {"digest": anchor.public_key_digest, "not_mine": "on"}


def test_a_root_is_proposed_and_waits_for_another_person(psp: Psp, officer: User) -> None:
    client = confirmed(officer)
    answer = client.post("/evidence/anchors", form())
    page = text_of(client.get(answer["Location"]).content.decode())
    listed = text_of(client.get("/evidence/anchors").content.decode())

    assert "Waits for approval" in page
    assert "You proposed this, so another person approves it." in page
    assert "EC 256" in page or "EC 384" in page
    assert "!! missing" not in page + listed
    assert "our own devices" in listed
    assert TrustAnchor.objects.get(psp=psp).state is AnchorState.PROPOSED


def test_a_root_that_waits_needs_the_approver_on_their_first_page(
    officer: User, approver: User
) -> None:
    confirmed(officer).post("/evidence/anchors", form())
    theirs = text_of(confirmed(approver).get("/").content.decode())
    proposers = text_of(confirmed(officer).get("/").content.decode())

    assert f"Root: our own devices proposed by {officer}" in theirs
    assert "our own devices" not in proposers


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pem": "no certificate"}, "Expected a certificate in PEM form."),
        ({"pem": authority().root_pem * 2}, "Expected one certificate, found 2."),
        ({"label": ""}, "This field is required"),
        ({"provider": "freerasp"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_a_root_is_said_at_the_form(
    officer: User, changes: dict[str, str], said: str
) -> None:
    page = confirmed(officer).post("/evidence/anchors", form(**changes)).content.decode()

    assert said in text_of(page)
    assert "!! missing" not in page
    assert not TrustAnchor.objects.exists()


def test_another_person_approves_with_a_fresh_confirmation(psp: Psp, approver: User) -> None:
    anchor = propose_root(psp)
    client = Client()
    client.force_login(approver)
    address = f"/evidence/anchors/{anchor.ref}/approve"

    unread = client.post(address, {"digest": anchor.public_key_digest})
    sent = client.post(address, approval(anchor))
    before = trust_anchor_by_ref(psp, anchor.ref).state
    client.post(sent["Location"], {"password": PASSWORD}, follow=True)
    page = text_of(client.get(f"/evidence/anchors/{anchor.ref}").content.decode())

    assert unread.status_code == 200
    assert "/accounts/reauthenticate/" in sent["Location"]
    assert before is AnchorState.PROPOSED
    assert "Trusted" in page
    assert "Amy Approver" in page


def test_who_proposed_cannot_approve(psp: Psp, approver: User) -> None:
    anchor = propose_root(psp, by=approver)
    client = confirmed(approver)
    page = client.get(f"/evidence/anchors/{anchor.ref}").content.decode()
    answer = client.post(f"/evidence/anchors/{anchor.ref}/approve", approval(anchor))

    assert "/approve" not in page
    assert answer.status_code == 409
    assert trust_anchor_by_ref(psp, anchor.ref).state is AnchorState.PROPOSED


def test_a_proposal_is_refused_and_its_page_says_by_whom(psp: Psp, approver: User) -> None:
    anchor = propose_root(psp)
    page = confirmed(approver).post(f"/evidence/anchors/{anchor.ref}/remove", follow=True)

    assert "Refused by" in text_of(page.content.decode())
    assert trust_anchor_by_ref(psp, anchor.ref).state is AnchorState.REFUSED


@pytest.mark.parametrize(
    ("step", "allowed"),
    [("approve", {Role.APPROVER}), ("remove", {Role.OFFICER, Role.APPROVER})],
)
def test_a_role_that_is_too_small_is_refused(psp: Psp, step: str, allowed: set[Role]) -> None:
    anchor = propose_root(psp)
    address = f"/evidence/anchors/{anchor.ref}/{step}"
    answers = {
        confirmed(make_person(psp, role)).post(address, approval(anchor)).status_code
        for role in Role
        if role not in allowed
    }

    assert answers == {403}
    assert trust_anchor_by_ref(psp, anchor.ref).state is AnchorState.PROPOSED


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.ADMINISTRATOR])
def test_who_only_looks_sees_no_form_and_proposes_nothing(psp: Psp, role: Role) -> None:
    client = confirmed(make_person(psp, role))

    assert "<textarea" not in client.get("/evidence/anchors").content.decode()
    assert client.post("/evidence/anchors", form()).status_code == 403


def test_lists_are_shown_with_their_ages(officer: User) -> None:
    content = b'{"entries": {"ab": {"status": "REVOKED"}}}'
    client = confirmed(officer)
    before = text_of(client.get("/evidence/anchors").content.decode())
    load_revocation_list(psp=None, provider="android_key_attestation", content=content, now=NOW)
    page = text_of(client.get("/evidence/anchors").content.decode())

    assert "No list was ever loaded" in before
    assert "the operator's 1" in page


def test_where_the_operators_files_lie_is_not_shown(officer: User, tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text('{"entries": {}}')
    name = "android_key_attestation"
    set_revocation_source(psp=None, provider=name, location=str(path), set_by="x", now=NOW)
    path.unlink()
    client = confirmed(officer)
    before = client.get("/evidence/anchors").content.decode()
    refresh_revocation_lists(psp=None, now=NOW)
    page = client.get("/evidence/anchors").content.decode()

    assert "Loaded every day" in before
    assert "Not loaded" in page
    assert "status.json" not in before + page


def test_a_provider_is_set_up_and_its_secrets_are_not_shown_again(psp: Psp, officer: User) -> None:
    client = confirmed(officer)
    answer = client.post("/evidence/settings/approov", {"text": DOCUMENT})
    page = client.get("/evidence/settings/approov").content.decode()
    listed = text_of(client.get("/evidence/settings").content.decode())

    assert answer.status_code == 302
    assert "Olivia Officer" in listed
    assert "In force" in page
    assert SECRET not in page + listed
    assert "!! missing" not in page + listed
    assert ProviderSettings.objects.get(psp=psp).number == 1


def test_what_is_wrong_with_a_document_is_said_with_line_and_place(officer: User) -> None:
    text = DOCUMENT + "max_age_s: soon\n"
    page = confirmed(officer).post("/evidence/settings/approov", {"text": text})
    shown = text_of(page.content.decode())

    assert "/max_age_s" in shown
    assert 'href="#line-3"' in page.content.decode()
    assert not ProviderSettings.objects.exists()


def test_a_document_waits_for_the_confirmation_in_the_answer_and_not_in_the_session(
    officer: User,
) -> None:
    client = Client()
    client.force_login(officer)
    answer = client.post("/evidence/settings/approov", {"text": DOCUMENT})

    assert answer.status_code == 200
    assert "confirm first that it is you" in answer.content.decode()
    assert SECRET in answer.content.decode()
    assert SECRET not in repr(dict(client.session))
    assert not ProviderSettings.objects.exists()


def test_an_empty_document_is_refused(officer: User) -> None:
    page = confirmed(officer).post("/evidence/settings/approov", {"text": "  "})

    assert "Give a text or a file." in page.content.decode()


def test_roles_that_do_not_set_up_are_refused(psp: Psp) -> None:
    answers = {
        role: confirmed(make_person(psp, role))
        .post("/evidence/settings/approov", {"text": DOCUMENT})
        .status_code
        for role in Role
    }

    allowed = {Role.OFFICER, Role.APPROVER}
    assert answers == {role: 302 if role in allowed else 403 for role in Role}


def test_another_psp_sees_nothing_of_it(psp: Psp, officer: User) -> None:
    confirmed(officer).post("/evidence/settings/approov", {"text": DOCUMENT})
    anchor = propose_root(psp)
    stranger = confirmed(make_person(make_psp("Other"), Role.APPROVER, name="Sam Stranger"))

    assert "Olivia" not in stranger.get("/evidence/settings").content.decode()
    assert anchor.label not in stranger.get("/evidence/anchors").content.decode()
    assert stranger.get(f"/evidence/anchors/{anchor.ref}").status_code == 404
    step = f"/evidence/anchors/{anchor.ref}/approve"
    assert stranger.post(step, approval(anchor)).status_code == 404
    assert stranger.get("/evidence/settings/tea_leaves").status_code == 404
