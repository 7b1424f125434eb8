"""Back-tests: the form, the progress, the matrix, and what changes."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from compliance.backtests.models import BackTest
from compliance.backtests.services import produce_back_test, request_back_test
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp, Role
from policies.packs import load_pack
from tests.support.factories import make_person
from tests.web.conftest import SignIn
from tests.web.html import text_of

STRICTER = load_pack("balanced").replace(
    b"rules:\n",
    b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
    1,
)


@pytest.fixture
def candidate(psp: Psp, now: datetime) -> PolicySetVersion:
    return create_version(psp=psp, source=STRICTER, author=make_person(psp), now=now)


@pytest.fixture
def requested(psp: Psp, candidate: PolicySetVersion, now: datetime) -> BackTest:
    return request_back_test(
        psp=psp,
        version_ref=candidate.ref,
        period_start=now - timedelta(days=30),
        period_end=now,
        requested_by="Olivia Officer",
        now=now,
    )


def words_on(client: Client, address: str) -> str:
    return text_of(client.get(address).content.decode())


def test_asking_leads_to_the_back_test(
    officer: Client, psp: Psp, candidate: PolicySetVersion
) -> None:
    response = officer.post("/back-tests", {"version": candidate.ref, "days": 7})

    row = BackTest.objects.get(psp=psp)
    assert response["Location"] == f"/back-tests/{row.ref}"
    assert (row.version, row.ends_at - row.starts_at) == (candidate, timedelta(days=7))
    assert row.ends_at <= timezone.now()
    assert row.requested_by == "Olivia Officer"


def test_what_is_no_version_of_this_psp_is_refused(officer: Client, psp: Psp) -> None:
    response = officer.post("/back-tests", {"version": "pol_" + "0" * 26, "days": 7})

    assert response.status_code == 200
    assert not BackTest.objects.filter(psp=psp).exists()


def test_who_only_reads_does_not_ask(
    psp: Psp, candidate: PolicySetVersion, sign_in: SignIn
) -> None:
    auditor = sign_in(psp, Role.INTERNAL_AUDITOR)

    assert "New back-test" not in words_on(auditor, "/back-tests")
    answer = auditor.post("/back-tests", {"version": candidate.ref, "days": 7})
    assert answer.status_code == 403


def test_a_back_test_shows_how_far_it_is_and_loads_anew_when_it_is_ready(
    officer: Client, requested: BackTest
) -> None:
    BackTest.objects.filter(pk=requested.pk).update(state="running", total=400, done=100)
    assert "100 / 400, 25" in words_on(officer, f"/back-tests/{requested.ref}")
    address = f"/back-tests/{requested.ref}/progress"
    assert "100 / 400, 25" in words_on(officer, address)

    BackTest.objects.filter(pk=requested.pk).update(state="ready")

    assert officer.get(address)["HX-Refresh"] == "true"


def test_a_ready_back_test_shows_the_matrix_and_links_to_what_changes(
    officer: Client, requested: BackTest
) -> None:
    produce_back_test(back_test_id=requested.pk, clock=timezone.now)

    response = officer.get(f"/back-tests/{requested.ref}")

    text = text_of(response.content.decode())
    assert "Added step-ups per 100 000" in text
    assert "nobody" in text
    change = requested.changes.earliest("number")
    assert f"/decisions/{change.decision_ref}" in response.content.decode()


def test_a_failed_back_test_says_why(officer: Client, requested: BackTest) -> None:
    BackTest.objects.filter(pk=requested.pk).update(state="failed", failure="out of luck")

    assert "out of luck" in words_on(officer, f"/back-tests/{requested.ref}")
