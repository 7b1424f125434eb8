"""Evidence as it was received: shown to few, by a button, and each look is told."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from django.test import Client
from django.urls import reverse

from compliance.decisions.looking import READERS
from compliance.tenants.models import Psp, Role
from compliance.web.permissions import Permission, roles_with
from tests.support.erasing import entries
from tests.web.conftest import SignIn
from tests.web.data import Furnished
from tests.web.pages import ref_with_raw_evidence


@pytest.fixture
def ref(furnished: Furnished) -> str:
    return ref_with_raw_evidence(furnished)


def address(ref: str) -> str:
    return reverse("raw_evidence", kwargs={"ref": ref})


def test_the_page_and_the_service_let_the_same_roles_look() -> None:
    assert set(roles_with(Permission.READ_RAW_EVIDENCE)) == set(READERS)


def test_an_auditor_sees_what_was_received_and_the_ledger_is_told(
    psp: Psp, sign_in: SignIn, ref: str
) -> None:
    auditor = sign_in(psp, Role.EXTERNAL_AUDITOR)

    page = auditor.get(reverse("decision", kwargs={"ref": ref})).content.decode()
    response = auditor.post(address(ref))

    assert "Show raw evidence" in page
    assert "privilegedAccess" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    (entry,) = entries(psp, "raw_evidence_read")
    assert entry["decision"] == ref


def test_it_is_not_looked_at_by_following_a_link(officer: Client, psp: Psp, ref: str) -> None:
    assert officer.get(address(ref)).status_code == 405
    assert entries(psp, "raw_evidence_read") == []


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ENGINEER, Role.REGULATOR])
def test_who_may_not_look_is_not_offered_it(
    psp: Psp, sign_in: SignIn, ref: str, role: Role
) -> None:
    person = sign_in(psp, role)

    page = person.get(reverse("decision", kwargs={"ref": ref})).content.decode()

    assert "Show raw evidence" not in page
    assert person.post(address(ref)).status_code == 403
    assert entries(psp, "raw_evidence_read") == []


def test_another_psp_and_who_is_signed_out_see_nothing(
    psp: Psp, other_psp: Psp, sign_in: SignIn, client: Client, ref: str
) -> None:
    assert sign_in(other_psp).post(address(ref)).status_code == 404
    assert client.post(address(ref)).url.startswith("/accounts/login/")  # type: ignore[attr-defined]
    assert entries(psp, "raw_evidence_read") == []


def test_a_decision_of_which_nothing_is_kept_has_no_button(
    officer: Client, furnished: Furnished
) -> None:
    ref = furnished.ref_of("permit")

    page = officer.get(reverse("decision", kwargs={"ref": ref})).content.decode()

    assert "Show raw evidence" not in page
    assert officer.post(address(ref)).status_code == 404
