"""Evidence: providers side by side, one provider's scorecard, outages."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from compliance.assessments.definitions import DEFINITIONS
from compliance.tenants.models import Psp, Role
from tests.support.decided import EVIDENCE, put_decision
from tests.support.factories import make_psp
from tests.web.conftest import SignIn
from tests.web.html import text_of

START = datetime(2026, 1, 10, 12, tzinfo=UTC)
PERIOD = "period=custom&first_day=2026-01-10&last_day=2026-01-20"
STALE = [("attestation.stale", "present", "D", "freerasp")]


@pytest.fixture
def psp(db: None) -> Psp:  # noqa: ARG001 - opens the database
    """A PSP with an hour of decisions, half of it without evidence."""
    psp = make_psp(now=START)
    for number in range(60):
        put_decision(
            psp,
            decided_at=START + number * timedelta(minutes=1),
            evidence=EVIDENCE if not 15 <= number < 45 else (),
            findings=STALE if number < 3 else (),
        )
    return psp


def words(client: Client, address: str) -> str:
    return text_of(client.get(address).content.decode())


def test_providers_stand_side_by_side_with_their_outages(officer: Client) -> None:
    text = words(officer, f"/evidence?{PERIOD}")

    assert "10 January 2026 – 20 January 2026" in text
    assert "freeRASP 50.0" in text
    assert "2026-01-10 12:14:00 2026-01-10 12:45:00 31" in text
    assert "No evidence came" in text


def test_a_provider_has_each_figure_with_its_definition(officer: Client) -> None:
    response = officer.get(f"/evidence/providers/freerasp?{PERIOD}")
    text = text_of(response.content.decode())

    titles = [each.title for key, each in DEFINITIONS.items() if key not in {"age", "outages"}]
    assert [title for title in titles if title not in text] == []
    assert "Stale 3 30 10.0" in text
    assert "27 3 30 60" in text  # the table beside the picture
    assert "data:image/svg+xml;base64," in response.content.decode()
    rows = "/decisions?finding=attestation.stale&amp;start=2026-01-10T00%3A00&amp;end=2026-01-21T00%3A00"
    assert rows in response.content.decode()


def test_links_to_decisions_are_for_those_who_may_read_them(psp: Psp, sign_in: SignIn) -> None:
    body = sign_in(psp, Role.ADMINISTRATOR).get(f"/evidence/providers/freerasp?{PERIOD}")

    assert "/decisions?" not in body.content.decode()


def test_a_provider_without_evidence_says_so_and_an_unknown_one_is_not_found(
    officer: Client,
) -> None:
    assert "None of its evidence came" in words(officer, f"/evidence/providers/ear?{PERIOD}")
    assert officer.get(f"/evidence/providers/nobody?{PERIOD}").status_code == 404


def test_a_period_that_makes_no_sense_is_said_beside_the_form(officer: Client) -> None:
    response = officer.get("/evidence?period=custom&first_day=2026-02-01&last_day=2026-01-01")

    assert response.status_code == 200
    assert "The last day is before the first." in text_of(response.content.decode())


def test_a_period_that_is_too_long_is_refused(officer: Client) -> None:
    text = words(officer, "/evidence?period=custom&first_day=2019-09-14&last_day=2026-01-01")

    assert "days at most" in text


def test_figures_that_take_long_are_counted_when_asked_for(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.web.counting.SMALL", -1)

    first = officer.get(f"/evidence?{PERIOD}")
    counted = officer.get(f"/evidence?{PERIOD}&figures=now")
    kept = officer.get(f"/evidence?{PERIOD}")

    assert "freeRASP" not in text_of(first.content.decode())
    assert "figures=now" in first.content.decode()
    assert "freeRASP" in text_of(counted.content.decode())
    assert "freeRASP" in text_of(kept.content.decode())


def test_another_psp_sees_nothing_of_it(sign_in: SignIn, psp: Psp) -> None:
    client = sign_in(make_psp("Other PSP"))

    assert "No evidence came in this period" in words(client, f"/evidence?{PERIOD}")
    assert psp.name not in client.get(f"/evidence/providers/freerasp?{PERIOD}").content.decode()
