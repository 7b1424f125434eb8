"""Reports: the form, the progress, the files, and their verification."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError

from compliance.core.refs import new_ref
from compliance.ledger.sequencer import sequence_log
from compliance.reports.models import Report, ReportState
from compliance.reports.services import produce_report, request_report
from compliance.reports.tasks import produce_report_task
from compliance.tenants.models import Psp, Role
from compliance.web.periods import start_of_quarter
from tests.web.conftest import SignIn
from tests.web.data import Furnished
from tests.web.html import text_of


@pytest.fixture
def requested(psp: Psp, now: datetime) -> Report:
    return request_report(
        psp=psp,
        period_start=now - timedelta(days=1),
        period_end=now,
        requested_by="Olivia Officer",
        now=now,
    )


@pytest.fixture
def ready(psp: Psp, requested: Report, now: datetime) -> Report:
    """A report as the worker makes it, with its entry in the ledger."""
    produce_report(report_id=requested.pk, clock=lambda: now)
    sequence_log(psp=psp, now=now)
    requested.refresh_from_db()
    assert requested.state == ReportState.READY, requested.failure
    return requested


def test_asking_for_the_last_quarter_asks_for_exactly_that(
    officer: Client, psp: Psp, now: datetime
) -> None:
    response = officer.post("/reports", {"period": "last_quarter"})

    report = Report.objects.get(psp=psp)
    assert response["Location"] == f"/reports/{report.ref}"
    assert report.period_start == start_of_quarter(now, quarters_back=1)
    assert report.period_end == start_of_quarter(now)
    assert report.requested_by == "Olivia Officer"


def test_the_last_day_of_own_days_belongs_to_the_period(officer: Client, psp: Psp) -> None:
    officer.post(
        "/reports", {"period": "custom", "first_day": "2026-01-10", "last_day": "2026-01-20"}
    )

    report = Report.objects.get(psp=psp)
    assert report.period_start == datetime(2026, 1, 10, tzinfo=UTC)
    assert report.period_end == datetime(2026, 1, 21, tzinfo=UTC)


def test_a_broker_that_is_down_delays_the_report_and_not_the_page(
    officer: Client,
    psp: Psp,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> None:
    def refuse(_report_id: int) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(produce_report_task, "delay", refuse)

    with django_capture_on_commit_callbacks(execute=True):
        response = officer.post("/reports", {"period": "last_quarter"})

    assert response["Location"] == f"/reports/{Report.objects.get(psp=psp).ref}"


@pytest.mark.parametrize("last_day", ["2999-12-31", "9999-12-31"])
def test_a_period_that_has_begun_ends_now_at_the_latest(
    officer: Client, psp: Psp, now: datetime, last_day: str
) -> None:
    first_day = f"{now - timedelta(days=2):%Y-%m-%d}"

    officer.post("/reports", {"period": "custom", "first_day": first_day, "last_day": last_day})

    report = Report.objects.get(psp=psp)
    assert now <= report.period_end < now + timedelta(hours=1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"period": "custom"}, "Enter a day."),
        ({"period": "custom", "first_day": "2026-02-30", "last_day": "2026-03-01"}, "valid date"),
        (
            {"period": "custom", "first_day": "2026-03-02", "last_day": "2026-03-01"},
            "last day is before the first",
        ),
        (
            {"period": "custom", "first_day": "2999-01-01", "last_day": "2999-02-01"},
            "has not begun yet",
        ),
        (
            {"period": "custom", "first_day": "9999-12-31", "last_day": "9999-12-31"},
            "has not begun yet",
        ),
        (
            {"period": "custom", "first_day": "2020-01-01", "last_day": "2022-01-01"},
            "longer than 400 days",
        ),
        ({"period": "for_ever"}, "not one of the available choices"),
        ({}, "required"),
    ],
)
def test_a_period_that_makes_no_sense_is_explained_on_the_form(
    officer: Client, psp: Psp, asked: dict[str, str], words: str
) -> None:
    response = officer.post("/reports", asked)

    assert response.status_code == 200
    assert words in text_of(response.content.decode())
    assert not Report.objects.filter(psp=psp).exists()


def test_progress_is_shown_as_a_bar_and_in_words(officer: Client, requested: Report) -> None:
    Report.objects.filter(pk=requested.pk).update(
        state=ReportState.RUNNING, progress=40, step="Rendering"
    )

    text = officer.get(f"/reports/{requested.ref}").content.decode()

    assert '<progress max="100"' in text
    assert 'value="40"' in text
    assert "Rendering" in text
    assert 'aria-live="polite"' in text


def test_progress_can_be_followed_without_script(officer: Client, requested: Report) -> None:
    text = officer.get(f"/reports/{requested.ref}").content.decode()

    assert f'<a href="/reports/{requested.ref}">' in text.partition("<noscript>")[2]


def test_the_page_loads_anew_when_the_report_is_finished(
    officer: Client, requested: Report
) -> None:
    Report.objects.filter(pk=requested.pk).update(state=ReportState.FAILED, failure="no key")

    response = officer.get(f"/reports/{requested.ref}/progress")

    assert response["HX-Refresh"] == "true"
    assert "no key" in officer.get(f"/reports/{requested.ref}").content.decode()


def test_files_of_a_report_that_is_not_ready_do_not_exist(
    officer: Client, requested: Report
) -> None:
    statuses = {
        officer.get(f"/reports/{requested.ref}/{file}").status_code
        for file in ("pdf", "proof", "bundle")
    }

    assert statuses <= {404, 409}


def test_a_ready_report_can_be_taken_home_and_verified_by_anybody(
    officer: Client, client: Client, ready: Report
) -> None:
    pdf = officer.get(f"/reports/{ready.ref}/pdf")
    proof = officer.get(f"/reports/{ready.ref}/proof")
    bundle = officer.get(f"/reports/{ready.ref}/bundle")

    assert f"sha256:{hashlib.sha256(pdf.content).hexdigest()}" == ready.file_digest
    assert pdf["Content-Type"] == "application/pdf"
    assert ready.file_name in pdf["Content-Disposition"]
    for files in (
        {"report": upload("r.pdf", pdf.content), "proof": upload("r.tlog-proof", proof.content)},
        {"report": upload("r.zip", bundle.content)},
    ):
        assert "Genuine and complete." in client.post("/verify", files).content.decode()
    assert "Genuine and complete." in officer.post(f"/reports/{ready.ref}/verify").content.decode()


def test_a_report_with_one_changed_byte_is_not_accepted(
    officer: Client, client: Client, ready: Report
) -> None:
    pdf = bytearray(officer.get(f"/reports/{ready.ref}/pdf").content)
    proof = officer.get(f"/reports/{ready.ref}/proof").content
    pdf[len(pdf) // 2] ^= 1

    files = {"report": upload("r.pdf", bytes(pdf)), "proof": upload("r.tlog-proof", proof)}
    text = client.post("/verify", files).content.decode()

    assert "Not accepted." in text
    assert "at least one byte differs" in text


def test_a_report_without_its_proof_is_not_accepted(
    officer: Client, client: Client, ready: Report
) -> None:
    pdf = officer.get(f"/reports/{ready.ref}/pdf").content

    text = client.post("/verify", {"report": upload("r.pdf", pdf)}).content.decode()

    assert "Not accepted." in text
    assert "no ledger proof" in text


def test_a_bundle_brings_no_trust_of_its_own(
    officer: Client, client: Client, ready: Report
) -> None:
    bundle = officer.get(f"/reports/{ready.ref}/bundle").content
    forged = BytesIO()
    with zipfile.ZipFile(BytesIO(bundle)) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content + b"%" if name.endswith(".pdf") else content)

    text = client.post("/verify", {"report": upload("r.zip", forged.getvalue())}).content.decode()

    assert "Not accepted." in text


def upload(name: str, content: bytes) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def test_the_list_offers_the_form_only_to_those_who_may_ask(
    psp: Psp, sign_in: SignIn, requested: Report
) -> None:
    texts = {
        role: sign_in(psp, role).get("/reports").content.decode()
        for role in (Role.OFFICER, Role.REGULATOR)
    }

    assert 'name="period"' in texts[Role.OFFICER]
    assert 'name="period"' not in texts[Role.REGULATOR]
    assert requested.ref in texts[Role.REGULATOR]


def test_a_report_of_a_made_up_reference_is_not_found(officer: Client, now: datetime) -> None:
    assert officer.get(f"/reports/{new_ref('rep', now=now)}").status_code == 404


def test_today_names_a_report_that_is_new(
    officer: Client, requested: Report, furnished: Furnished
) -> None:
    assert furnished.answers
    assert f"/reports/{requested.ref}" in officer.get("/").content.decode()
