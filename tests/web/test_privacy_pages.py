"""Erasure and retention in the web interface: shown, understood, confirmed, done."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from compliance.decisions.erasing import erase_expired
from compliance.decisions.models import Decision, RetentionPeriod
from compliance.ledger.sequencer import sequence_log
from compliance.tenants.models import Psp, Role, User
from tests.support.erasing import PAYER, entries, put_recorded, records
from tests.support.factories import make_person, make_psp
from tests.web.confirming import confirmed
from tests.web.conftest import SignIn
from tests.web.html import text_of

LAST_STEP = {"payer_ref": PAYER, "is_last_step": "1", "is_understood": "on"}
FOR_A_YEAR = {"keep": "days", "days": "365"}


@pytest.fixture
def psp(db: None) -> Psp:  # noqa: ARG001 - opens the database
    """A PSP with two decisions on one payer and one on another, two years old."""
    psp = make_psp()
    old = datetime.now(UTC) - timedelta(days=730)
    for payer in (PAYER, PAYER, "somebody else"):
        put_recorded(psp, payer=payer, decided_at=old)
    return psp


@pytest.fixture
def person(psp: Psp) -> User:
    return make_person(psp, Role.OFFICER)


@pytest.fixture
def officer(person: User) -> Client:
    """An officer who has just shown that it is they."""
    return confirmed(person)


def words(client: Client, address: str) -> str:
    return text_of(client.get(address).content.decode())


def test_a_payer_is_erased_in_two_steps_and_the_page_says_how_many(
    officer: Client, psp: Psp
) -> None:
    asked = officer.post("/privacy/erasure", {"payer_ref": PAYER})
    still = len(records(psp))
    done = officer.post("/privacy/erasure", LAST_STEP, follow=True)
    (entry,) = entries(psp)

    assert "2 decisions on this payer will lead to nobody" in text_of(asked.content.decode())
    assert still == 3
    assert "Erased: 2 decisions lead to nobody any more." in text_of(done.content.decode())
    assert len(records(psp)) == 1
    assert (entry["cause"], entry["decisions"]) == ("payer", 2)
    assert PAYER not in json.dumps(entry)


def test_nothing_is_erased_that_is_not_understood(officer: Client, psp: Psp) -> None:
    answer = officer.post("/privacy/erasure", {**LAST_STEP, "is_understood": ""})

    assert "This field is required." in text_of(answer.content.decode())
    assert "2 decisions on this payer" in text_of(answer.content.decode())
    assert len(records(psp)) == 3


def test_without_a_fresh_confirmation_nothing_is_asked_shown_or_kept(
    psp: Psp, person: User, client: Client
) -> None:
    client.force_login(person)

    shown = words(client, "/privacy/erasure")
    answer = client.post("/privacy/erasure", LAST_STEP)
    sent_on = client.get("/privacy/erasure?confirm=1")

    assert "show first that it is you" in shown
    assert answer["Location"] == "/privacy/erasure"
    assert len(records(psp)) == 3
    assert PAYER not in str(dict(client.session))
    assert "reauthenticate" in sent_on["Location"]


def test_a_payer_of_whom_nothing_is_known_says_so(officer: Client) -> None:
    answer = officer.post("/privacy/erasure", {"payer_ref": "nobody"})

    assert "no decision on such a payer" in text_of(answer.content.decode())


def test_only_officers_and_administrators_erase_or_set_retention(psp: Psp) -> None:
    able = {Role.OFFICER, Role.ADMINISTRATOR}
    others = [role for role in Role if role not in able]

    answers = {
        client.post(address, body).status_code
        for client in (confirmed(make_person(psp, role)) for role in others)
        for address, body in (
            ("/privacy/erasure", LAST_STEP),
            ("/privacy/retention", {**FOR_A_YEAR, "is_last_step": "1", "is_understood": "on"}),
        )
    }

    assert answers == {403}
    assert len(records(psp)) == 3
    assert "Erase a payer" not in words(
        confirmed(make_person(psp, Role.REGULATOR)), "/privacy"
    ).replace("A payer asked", "")


def test_another_psps_payer_of_the_same_name_stays(psp: Psp) -> None:
    other = make_psp("Other PSP")
    client = confirmed(make_person(other, Role.OFFICER))

    client.post("/privacy/erasure", LAST_STEP)

    assert len(records(psp)) == 3
    assert "Nothing has been erased." in words(client, "/privacy")


def test_retention_is_set_once_it_was_said_what_that_erases(officer: Client, psp: Psp) -> None:
    asked = text_of(officer.post("/privacy/retention", FOR_A_YEAR).content.decode())
    before = RetentionPeriod.objects.filter(psp=psp).count()
    refused = officer.post("/privacy/retention", {**FOR_A_YEAR, "is_last_step": "1"})
    body = {**FOR_A_YEAR, "is_last_step": "1", "is_understood": "on"}
    done = officer.post("/privacy/retention", body)
    page = words(officer, "/privacy")

    assert "Records will be kept for 365 days" in asked
    assert "erased within the hour: 3 records" in asked
    assert before == 0
    assert "This field is required." in refused.content.decode()
    assert done["Location"] == "/privacy"
    assert RetentionPeriod.objects.get(psp=psp).days == 365
    assert "Records are kept 365 days" in page
    assert "3 records of decisions before" in page


@pytest.mark.parametrize(
    "body", [{"keep": "days"}, {"keep": "days", "days": "0"}, {"keep": "x"}, {"days": "5"}]
)
def test_a_retention_that_makes_no_sense_is_refused(
    officer: Client, psp: Psp, body: dict[str, str]
) -> None:
    answer = officer.post(
        "/privacy/retention", {**body, "is_last_step": "1", "is_understood": "on"}
    )

    assert answer.status_code == 200
    assert not RetentionPeriod.objects.filter(psp=psp).exists()


def test_what_a_run_removed_is_shown_with_its_ledger_entry(officer: Client, psp: Psp) -> None:
    officer.post("/privacy/retention", {**FOR_A_YEAR, "is_last_step": "1", "is_understood": "on"})
    erase_expired(psp=psp, now=datetime.now(UTC))
    sequence_log(psp=psp, now=datetime.now(UTC))

    body = officer.get("/privacy").content.decode()

    assert "Kept long enough" in text_of(body)
    assert "0 records of decisions before" in text_of(body)
    assert "/ledger/" in body.split("<tbody>")[1]
    assert not Decision.objects.filter(psp=psp).exclude(payer_hash="").exists()


def test_everybody_sees_how_many_and_nobody_whose(psp: Psp, person: User, sign_in: SignIn) -> None:
    confirmed(person).post("/privacy/erasure", LAST_STEP)

    page = sign_in(psp, Role.REGULATOR).get("/privacy").content.decode()

    assert "A payer asked" in page
    assert PAYER not in page
