"""A report from request to sealed file: a function of PSP, period and checkpoint."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pikepdf
import pytest
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker, Settings

from compliance.core.errors import NotFoundError
from compliance.ledger.errors import NotYetPublishedError
from compliance.ledger.models import Entry
from compliance.ledger.selectors import vkey_of
from compliance.ledger.sequencer import sequence_log
from compliance.ledger.tlog_proof import parse_tlog_proof
from compliance.reports.bundle import BundleError, read_bundle
from compliance.reports.checkpoint import pin_checkpoint
from compliance.reports.errors import InvalidPeriodError
from compliance.reports.models import Report, ReportFile, ReportState
from compliance.reports.production import make_document
from compliance.reports.queue import MOST_ATTEMPTS, REPORTS, tell
from compliance.reports.selectors import (
    report_bundle,
    report_by_ref,
    report_content,
    report_proof,
    reports_of,
)
from compliance.reports.services import (
    give_up,
    produce_report,
    request_report,
    work_on_report,
)
from compliance.reports.trust import deployment_trust
from compliance.reports.verification import verify_report
from compliance.tenants.models import Psp
from tests.support.decided import put_breach, put_decision, put_outcome, put_quarter
from tests.support.factories import make_psp, put_design_in_force, put_policy_in_force

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
# Were it not escaped, the document would ask for the file and be refused.
HOSTILE_NAME = 'Bank <img src="file:///etc/hostname"> & \\ Co'


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def psp() -> Psp:
    return put_psp()


def put_psp() -> Psp:
    psp = make_psp(HOSTILE_NAME, now=START - timedelta(days=9))
    policy = put_policy_in_force(psp, now=START - timedelta(days=9))
    put_design_in_force(psp, now=START - timedelta(days=8))
    put_quarter(psp, start=START, days=31, count=80, policy_digest=policy.digest)
    return psp


def request(psp: Psp, now: datetime) -> Report:
    return request_report(
        psp=psp, period_start=START, period_end=END, requested_by="Olivia", now=now
    )


def produced(psp: Psp, now: datetime) -> Report:
    report = request(psp, now)
    times = iter([now - timedelta(minutes=5)])  # taken then, worked on now
    produce_report(report_id=report.pk, clock=lambda: next(times, datetime.now(UTC)))
    return report_by_ref(psp, report.ref)


@pytest.fixture(scope="module")
def issued(
    django_db_setup: None,  # noqa: ARG001 - asked for so that the database exists
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Report]:
    """A finished report whose proof is published; shared, since setting the pages takes long."""
    now = datetime.now(UTC)
    around_the_module = transaction.atomic()
    # As Django marks its own test cases: durable blocks may stand inside.
    setattr(around_the_module, "_from_testcase", True)  # noqa: B010 - not in the stubs
    with django_db_blocker.unblock(), around_the_module:
        report = produced(put_psp(), now)
        sequence_log(psp=report.psp, now=now)
        yield report
        transaction.set_rollback(True)


def text_of(pdf: bytes) -> str:
    """Return the lines of the attached data."""
    with pikepdf.open(BytesIO(pdf)) as file:
        return bytes(file.Root.AF[0].EF.F.read_bytes()).decode()


def test_a_report_is_sealed_and_entered_in_the_ledger(issued: Report) -> None:
    content = report_content(issued.psp, issued.ref)
    proof = report_proof(issued.psp, issued.ref)
    entry = json.loads(parse_tlog_proof(proof).extra)

    assert (issued.state, issued.progress, issued.failure) == (ReportState.READY, 100, "")
    assert issued.file_digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert (entry["type"], entry["ref"]) == ("report_issued", issued.ref)
    assert entry["file_digest"] == issued.file_digest
    assert entry["checkpoint_size"] == issued.checkpoint_size
    assert verify_report(content, proof=proof, trust=deployment_trust()).holds


def test_a_report_is_dated_by_its_end_not_by_its_start(issued: Report) -> None:
    assert issued.started_at is not None
    assert issued.finished_at is not None
    proof = report_proof(issued.psp, issued.ref)
    entry = json.loads(parse_tlog_proof(proof).extra)
    content = report_content(issued.psp, issued.ref)
    facts = verify_report(content, proof=proof, trust=deployment_trust()).facts

    assert issued.finished_at > issued.started_at
    assert entry["at"] == issued.finished_at.isoformat()
    stamped_at = datetime.fromisoformat(facts["sealed_at"])
    assert issued.started_at < stamped_at <= issued.finished_at


def test_the_same_psp_period_and_checkpoint_give_the_same_bytes(psp: Psp, now: datetime) -> None:
    first = pin_checkpoint(request(psp, now), now=now)
    once = make_document(first, say=lambda _progress, _step: None)
    put_breach(psp, decided_at=START + timedelta(days=3))
    put_outcome(
        put_decision(psp, decided_at=START + timedelta(days=4)),
        "ob_1",
        at=START + timedelta(days=5),
    )
    sequence_log(psp=psp, now=now + timedelta(hours=1))
    second = request(psp, now + timedelta(hours=2))
    second.checkpoint = first.checkpoint
    second.checkpoint_size = first.checkpoint_size
    second.checkpoint_root = first.checkpoint_root
    second.save()

    again = make_document(second, say=lambda _progress, _step: None)

    assert again.reference == once.reference
    assert again.pdf == once.pdf


def test_everything_staged_is_sequenced_first_and_listed_in_the_attached_data(
    psp: Psp, now: datetime
) -> None:
    sequence_log(psp=psp, now=now)
    size = Entry.objects.filter(psp=psp).count()
    late = put_breach(psp, decided_at=START + timedelta(days=3))
    beyond = put_breach(psp, decided_at=END)
    foreign = put_breach(make_psp("Other", now=START), decided_at=START + timedelta(days=1))

    report = produced(psp, now)
    text = text_of(report_content(psp, report.ref))
    lines = [json.loads(line) for line in text.splitlines()]

    assert report.checkpoint_size == size + 2
    assert (lines[0]["kind"], lines[0]["decisions"]) == ("report", 81)
    assert sum(line["kind"] == "decision" for line in lines) == 81
    assert late.ref in {line["decision"] for line in lines if line["kind"] == "deviation"}
    assert beyond.ref not in text
    assert foreign.ref not in text
    assert not {"device_hash", "payer_hash", "facts"} & lines[1].keys()
    with pytest.raises(NotYetPublishedError):
        report_proof(psp, report.ref)


def test_a_finished_report_is_left_alone(issued: Report, now: datetime) -> None:
    produce_report(report_id=issued.pk, clock=lambda: now + timedelta(days=1))
    give_up(report=issued, failure="too late", now=now)

    again = report_by_ref(issued.psp, issued.ref)
    assert (again.state, again.attempts) == (ReportState.READY, 1)
    assert ReportFile.objects.filter(report=issued).count() == 1


def test_a_report_whose_worker_died_is_taken_over_at_its_checkpoint(
    psp: Psp, now: datetime
) -> None:
    report = pin_checkpoint(request(psp, now), now=now)
    Report.objects.filter(pk=report.pk).update(
        state=ReportState.RUNNING, started_at=now, attempts=1
    )
    put_breach(psp, decided_at=START + timedelta(days=3))

    produce_report(report_id=report.pk, clock=lambda: now + timedelta(minutes=9))
    assert report_by_ref(psp, report.ref).state == ReportState.RUNNING
    assert REPORTS.waiting_ids(now=now + timedelta(minutes=9)) == []
    assert REPORTS.waiting_ids(now=now + timedelta(minutes=11)) == [report.pk]
    produce_report(report_id=report.pk, clock=lambda: now + timedelta(minutes=11))

    finished = report_by_ref(psp, report.ref)
    assert (finished.state, finished.attempts) == (ReportState.READY, 2)
    assert finished.checkpoint_size == report.checkpoint_size


@pytest.mark.parametrize("attempt", [1, MOST_ATTEMPTS])
def test_a_late_failure_of_an_older_attempt_leaves_the_running_one_alone(
    psp: Psp, now: datetime, settings: Settings, tmp_path: Path, attempt: int
) -> None:
    report = request(psp, now)
    Report.objects.filter(pk=report.pk).update(attempts=attempt - 1)
    older = REPORTS.take(report.pk, now=now)
    newer = REPORTS.take(report.pk, now=now + timedelta(minutes=11))
    assert older is not None
    assert newer is not None
    tell(newer, 40, "Writing the attached data")
    settings.TIMESTAMP_URL = "http://tsa.example/"
    settings.KEYS_DIR = tmp_path

    tell(older, 85, "Sealing the document")
    work_on_report(report=older, clock=lambda: now)
    give_up(report=older, failure="too late", now=now)

    current = report_by_ref(psp, report.ref)
    assert (current.state, current.attempts) == (ReportState.RUNNING, attempt + 1)
    assert (current.progress, current.step) == (40, "Writing the attached data")
    assert (current.failure, current.finished_at) == ("", None)


def test_two_workers_on_one_report_have_the_checkpoint_first_pinned(
    psp: Psp, now: datetime
) -> None:
    report = request(psp, now)
    slow = report_by_ref(psp, report.ref)
    pinned = pin_checkpoint(report, now=now)
    put_breach(psp, decided_at=START + timedelta(days=3))

    late = pin_checkpoint(slow, now=now + timedelta(minutes=11))

    assert late.checkpoint == report_by_ref(psp, report.ref).checkpoint == pinned.checkpoint
    assert late.checkpoint_size == pinned.checkpoint_size


def test_a_lost_message_loses_nothing(psp: Psp, now: datetime) -> None:
    report = request(psp, now)

    assert REPORTS.waiting_ids(now=now) == []
    assert REPORTS.waiting_ids(now=now + timedelta(seconds=30)) == [report.pk]


def test_a_seal_that_fails_is_tried_again_and_then_given_up_with_a_reason(
    psp: Psp, now: datetime, settings: Settings, tmp_path: Path
) -> None:
    report = pin_checkpoint(request(psp, now), now=now)
    settings.TIMESTAMP_URL = "http://tsa.example/"
    settings.KEYS_DIR = tmp_path

    for attempt in range(1, MOST_ATTEMPTS + 1):
        produce_report(report_id=report.pk, clock=lambda: now)
        state = report_by_ref(psp, report.ref).state
        assert state == (ReportState.REQUESTED if attempt < MOST_ATTEMPTS else ReportState.FAILED)

    failed = report_by_ref(psp, report.ref)
    assert "no sealing key" in failed.failure
    assert failed.finished_at == now
    with pytest.raises(NotFoundError):
        report_content(psp, report.ref)


def test_a_psp_to_which_nothing_ever_happened_gets_a_reason(now: datetime) -> None:
    report = produced(make_psp("Empty", now=START), now)

    assert report.state == ReportState.FAILED
    assert "nothing to report on" in report.failure


def test_a_period_without_decisions_is_reported_as_such(psp: Psp, now: datetime) -> None:
    report = request_report(
        psp=psp,
        period_start=START - timedelta(days=5),
        period_end=START - timedelta(days=4),
        requested_by="Olivia",
        now=now,
    )

    produce_report(report_id=report.pk, clock=lambda: now)

    assert report_by_ref(psp, report.ref).state == ReportState.READY


@pytest.mark.parametrize(
    ("start", "end", "because"),
    [
        (START, START, "empty"),
        (END, START, "empty"),
        (START, START + timedelta(days=401), "longer than 400 days"),
        (datetime(2999, 1, 1, tzinfo=UTC), datetime(2999, 2, 1, tzinfo=UTC), "in the future"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(
    now: datetime, start: datetime, end: datetime, because: str
) -> None:
    psp = make_psp()

    with pytest.raises(InvalidPeriodError, match=because):
        request_report(psp=psp, period_start=start, period_end=end, requested_by="O", now=now)


def test_another_psp_sees_neither_row_nor_file(issued: Report) -> None:
    other = make_psp("Other")

    assert reports_of(other) == []
    assert reports_of(issued.psp) == [issued]
    for read in (report_by_ref, report_content, report_proof, report_bundle):
        with pytest.raises(NotFoundError):
            read(other, issued.ref)


def test_the_bundle_holds_what_an_authority_needs(issued: Report) -> None:
    bundle = report_bundle(issued.psp, issued.ref)

    with ZipFile(BytesIO(bundle)) as archive:
        names = {name.split("/", 1)[1] for name in archive.namelist()}
        (readme,) = (archive.read(name).decode() for name in archive.namelist() if "README" in name)
    content, proof = read_bundle(bundle)

    assert names == {
        issued.file_name,
        f"{issued.file_name}.tlog-proof",
        "README.txt",
        "trust/seal-root.pem",
        "trust/tsa-root.pem",
        "trust/log.vkey",
    }
    assert bundle == report_bundle(issued.psp, issued.ref)
    assert vkey_of(issued.psp) in readme
    assert issued.file_digest.removeprefix("sha256:") in readme
    assert verify_report(content, proof=proof, trust=deployment_trust()).holds
    with pytest.raises(BundleError, match="no readable bundle"):
        read_bundle(bundle[:200])


def test_the_commands_produce_and_verify(
    psp: Psp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path
    call_command("report", "--psp", psp.ref, "--from", "2026-10-01", "--to", "2026-10-31", "--out", str(folder))  # fmt: skip
    path = Path(capsys.readouterr().out.strip())

    call_command("verify", str(path))
    assert "HOLDS" in capsys.readouterr().out

    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(SystemExit) as refusal:
        call_command("verify", "--json", str(path))
    assert refusal.value.code == 1
    (result,) = json.loads(capsys.readouterr().out)
    assert not result["holds"]
