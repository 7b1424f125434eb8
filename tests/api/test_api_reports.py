"""Reports over REST: asked for, followed, fetched; periods within bounds; walls between PSPs."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from compliance.ledger.selectors import vkey_of
from compliance.ledger.sequencer import sequence_log
from compliance.ledger.staging import stage_json
from compliance.ledger.tlog_proof import verify_tlog_proof
from compliance.reports.models import Report, ReportFile
from compliance.reports.sealing.material import seal_material, tsa_material
from compliance.reports.tasks import produce_report_task
from compliance.tenants.models import Psp
from tests.api.caller import Caller, pointers_of, problem_of
from tests.support.factories import NOW, make_api_key

MISSING = "rep_" + "0" * 26
OCTOBER = {"period": {"from": "2026-10-01", "to": "2026-11-01"}}
PDF = b"%PDF-1.7 not a real one"


def request_report(api: Caller) -> str:
    """Ask for a report and return its reference."""
    ref: str = json.loads(api.post("/v1/reports", OCTOBER).content)["ref"]
    return ref


def finish(psp: Psp, ref: str) -> None:
    """Do what production does at its end, with a file that is quickly made."""
    digest = f"sha256:{hashlib.sha256(PDF).hexdigest()}"
    leaf = stage_json(
        psp=psp,
        kind="report_issued",
        ref=ref,
        body={"type": "report_issued", "ref": ref, "file_digest": digest},
        now=NOW,
    )
    seal_material(now=timezone.now())
    tsa_material(now=timezone.now())
    report = Report.objects.get(ref=ref)
    ReportFile.objects.create(report=report, content=PDF)
    Report.objects.filter(ref=ref).update(
        state="ready",
        progress=100,
        finished_at=NOW,
        file_name=f"october-{ref}.pdf",
        file_digest=digest,
        leaf_hash=leaf,
        checkpoint_size=0,
        checkpoint_root=hashlib.sha256().hexdigest(),
    )


@pytest.fixture
def ready(psp: Psp, api: Caller) -> str:
    """A report that is ready and whose entry is published."""
    ref = request_report(api)
    finish(psp, ref)
    sequence_log(psp=psp, now=NOW)
    return ref


def test_a_report_is_accepted_and_can_be_followed(api: Caller) -> None:
    response = api.post("/v1/reports", OCTOBER)
    asked = json.loads(response.content)
    shown = json.loads(api.get(response.headers["Location"]).content)

    assert response.status_code == 202
    assert shown == asked
    assert shown["state"] == "requested"
    assert shown["period"] == OCTOBER["period"]
    assert shown["links"] == {
        "self": f"/v1/reports/{shown['ref']}",
        "pdf": None,
        "proof": None,
        "bundle": None,
    }
    report = Report.objects.get(ref=shown["ref"])
    assert report.period_start == datetime(2026, 10, 1, tzinfo=UTC)
    assert report.period_end == datetime(2026, 11, 1, tzinfo=UTC)
    assert "API key" in report.requested_by


def test_an_accepted_report_is_sent_to_a_worker(
    api: Caller,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(produce_report_task, "delay", sent.append)

    with django_capture_on_commit_callbacks(execute=True):
        ref = request_report(api)

    assert sent == [Report.objects.get(ref=ref).pk]


def test_a_broker_that_is_down_delays_the_report_and_not_the_answer(
    api: Caller,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> None:
    def refuse(_report_id: int) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(produce_report_task, "delay", refuse)

    with django_capture_on_commit_callbacks(execute=True):
        response = api.post("/v1/reports", OCTOBER)

    assert response.status_code == 202


def test_the_current_day_may_be_part_of_a_report_and_the_next_may_not(api: Caller) -> None:
    today = timezone.now().date()
    start = (today - timedelta(days=3)).isoformat()
    tomorrow, later = today + timedelta(days=1), today + timedelta(days=2)

    allowed = api.post("/v1/reports", {"period": {"from": start, "to": tomorrow.isoformat()}})
    refused = api.post("/v1/reports", {"period": {"from": start, "to": later.isoformat()}})

    assert allowed.status_code == 202
    assert refused.status_code == 400
    assert pointers_of(refused) == ["/period/to"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/period"),
        ({"period": None}, "/period"),
        ({"period": "2026-10"}, "/period"),
        ({"period": {}}, "/period/from"),
        ({"period": {"from": "2026-10-01"}}, "/period/to"),
        ({"period": {"from": "2026-10-01", "to": "2026-10-01"}}, "/period/to"),
        ({"period": {"from": "2026-10-02", "to": "2026-10-01"}}, "/period/to"),
        ({"period": {"from": "2024-10-02", "to": "2026-10-01"}}, "/period/to"),
        ({"period": {"from": "2019-09-13", "to": "2019-10-01"}}, "/period/from"),
        ({"period": {"from": "2026-02-30", "to": "2026-10-01"}}, "/period/from"),
        ({"period": {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01"}}, "/period/from"),
        ({"period": {"from": "20261001", "to": "2026-11-01"}}, "/period/from"),
        ({"period": {"from": 20261001, "to": "2026-11-01"}}, "/period/from"),
        ({"period": {"from": "2026-10-01\0", "to": "2026-11-01"}}, "/period/from"),
        ({"period": {"from": "0000-00-00", "to": "9999-99-99"}}, "/period/from"),
        ({"period": {"from": "2026-10-01", "to": "9999-12-31"}}, "/period/to"),
        ({"period": OCTOBER["period"] | {"until": "2026-11-01"}}, "/period/until"),
        (OCTOBER | {"title": "x"}, "/title"),
    ],
)
def test_a_bad_period_is_refused_at_its_place(
    api: Caller, body: dict[str, Any], pointer: str
) -> None:
    response = api.post("/v1/reports", body)

    assert response.status_code == 400
    assert pointers_of(response)[0] == pointer
    assert not Report.objects.exists()


def test_reports_are_listed_newest_first_up_to_the_limit(api: Caller) -> None:
    refs = [request_report(api) for _ in range(3)]

    listed = json.loads(api.get("/v1/reports", {"limit": 2}).content)

    assert [item["ref"] for item in listed["items"]] == refs[:0:-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "state=ready"])
def test_a_bad_query_is_refused(api: Caller, query: str) -> None:
    assert api.get(f"/v1/reports?{query}").status_code == 400


def test_a_ready_report_is_fetched_with_its_digest(api: Caller, ready: str) -> None:
    shown = json.loads(api.get(f"/v1/reports/{ready}").content)

    response = api.get(shown["links"]["pdf"])

    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="october-{ready}.pdf"'
    )
    assert response.headers["Cache-Control"] == "no-store"
    assert f"sha256:{hashlib.sha256(response.content).hexdigest()}" == shown["file_digest"]


def test_the_proof_of_a_report_verifies(psp: Psp, api: Caller, ready: str) -> None:
    shown = json.loads(api.get(f"/v1/reports/{ready}").content)

    proof = api.get(shown["links"]["proof"])

    assert proof.headers["Content-Type"] == "text/plain; charset=utf-8"
    leaf_hash = bytes(Report.objects.get(ref=ready).leaf_hash or b"")
    assert verify_tlog_proof(proof.content, leaf_hash=leaf_hash, vkeys=[vkey_of(psp)]).size == 1


def test_the_bundle_holds_the_file(api: Caller, ready: str) -> None:
    response = api.get(f"/v1/reports/{ready}/bundle")

    assert response.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert PDF in [archive.read(name) for name in archive.namelist()]


@pytest.mark.parametrize("part", ["proof", "bundle"])
def test_what_needs_the_proof_waits_for_the_checkpoint(psp: Psp, api: Caller, part: str) -> None:
    ref = request_report(api)
    finish(psp, ref)

    response = api.get(f"/v1/reports/{ref}/{part}")

    assert response.status_code == 409
    assert problem_of(response)["code"] == "not-yet-published"
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("part", ["pdf", "proof", "bundle"])
def test_a_report_in_production_has_no_file_yet(api: Caller, part: str) -> None:
    ref = request_report(api)

    assert api.get(f"/v1/reports/{ref}/{part}").status_code in {404, 409}


@pytest.mark.parametrize("part", ["", "/pdf", "/proof", "/bundle"])
def test_another_psps_report_reads_like_one_that_does_not_exist(
    other_api: Caller, ready: str, part: str
) -> None:
    foreign = other_api.get(f"/v1/reports/{ready}{part}")
    missing = other_api.get(f"/v1/reports/{MISSING}{part}")

    assert foreign.status_code == missing.status_code == 404
    assert foreign.content.replace(ready.encode(), b"") == missing.content.replace(
        MISSING.encode(), b""
    )
    assert json.loads(other_api.get("/v1/reports").content)["items"] == []


@pytest.mark.parametrize("part", ["", "/pdf", "/proof", "/bundle"])
@pytest.mark.parametrize("ref", ["x", "rep_", "rep_%00", "rep_" + "0" * 300])
def test_what_is_no_reference_is_not_found(api: Caller, ref: str, part: str) -> None:
    assert api.get(f"/v1/reports/{ref}{part}").status_code == 404


@pytest.mark.parametrize("part", ["", f"/{MISSING}", f"/{MISSING}/pdf", f"/{MISSING}/bundle"])
def test_reading_reports_needs_a_key_with_the_scope(
    psp: Psp, signed_out: Caller, part: str
) -> None:
    too_small = Caller(make_api_key(psp, ("decide", "outcomes")))

    assert signed_out.get(f"/v1/reports{part}").status_code == 401
    assert too_small.get(f"/v1/reports{part}").status_code == 403


def test_a_key_that_only_reads_sees_reports_and_cannot_ask_for_one(psp: Psp) -> None:
    reader = Caller(make_api_key(psp, ("read",)))

    assert reader.get("/v1/reports").status_code == 200
    assert reader.post("/v1/reports", OCTOBER).status_code == 403
    assert not Report.objects.exists()
