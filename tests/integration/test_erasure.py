"""After an erasure nothing in the database leads to the payer, and every proof still verifies."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.management import call_command
from django.db import connection

from compliance.backtests.reading import Place, read_chunk
from compliance.decisions.erasing import Erased, erase_payer
from compliance.decisions.keeping import set_evidence_keeping
from compliance.decisions.models import Decision, Obligation, Outcome
from compliance.decisions.replay import replay_all
from compliance.decisions.selectors import DecisionFilter, decision_detail, decisions_page
from compliance.decisions.services import record_outcome
from compliance.ledger.fsck import fsck
from compliance.ledger.models import Entry, StagedEntry
from compliance.ledger.selectors import tlog_proof_of, vkey_of
from compliance.ledger.sequencer import sequence_log
from compliance.ledger.tlog_proof import verify_tlog_proof
from compliance.reports.models import Report
from compliance.reports.selectors import report_by_ref, report_content, report_proof
from compliance.reports.services import produce_report, request_report
from compliance.reports.trust import deployment_trust
from compliance.reports.verification import verify_report
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.integration.erasing import (
    PHONE,
    decide_for,
    dumped,
    kept_of,
    occurring,
    pg_dump,
    secrets_of,
)
from tests.support.factories import (
    NOW,
    make_api_key,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.sealing import put_sealing_key

pytestmark = pytest.mark.django_db(transaction=True)
GONE, STAYS = "customer-gone-7141", "customer-stays-2029"
WORDS = "desk-of-7141"


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    put_sealing_key(psp)
    set_evidence_keeping(psp=psp, providers=["freerasp"], by=make_person(psp), now=NOW)
    return psp


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


@pytest.fixture
def decided(psp: Psp, caller: Caller) -> dict[str, list[str]]:
    """Six decisions, in turn on the one payer and on the other; of each a first duty was done."""
    refs: dict[str, list[str]] = {GONE: [], STAYS: []}
    for number, payer in enumerate((GONE, STAYS) * 3):
        ref = decide_for(caller, payer, number)
        refs[payer].append(ref)
        first = Obligation.objects.filter(psp=psp, decision_ref=ref).order_by("pk")[0]
        record_outcome(
            psp=psp,
            decision_ref=ref,
            obligation=first.obligation_id,
            status="done",
            enforced_at=now(),
            enforced_by=WORDS if payer == GONE else "core-auth",
            detail=f"called {payer}",
            now=now(),
        )
    return refs


def now() -> datetime:
    return datetime.now(UTC)


def erase(psp: Psp, payer: str = GONE) -> Erased:
    return erase_payer(psp=psp, payer_ref=payer, by=make_person(psp), now=now())


def sequence(psp: Psp) -> None:
    while StagedEntry.objects.filter(psp=psp).exists():
        sequence_log(psp=psp, now=now())


def test_after_an_erasure_nothing_leads_to_the_payer_and_every_proof_verifies(
    psp: Psp, decided: dict[str, list[str]]
) -> None:
    if connection.vendor == "postgresql" and pg_dump() is None:
        pytest.skip("pg_dump is not installed")
    gone, stays = (
        secrets_of(psp, payer, decided[payer]) | kept_of(psp, decided[payer])
        for payer in (GONE, STAYS)
    )
    gone["words of the back-end"] = WORDS.encode()
    sequence(psp)
    # The look-out is no blind one; of the name, the back-end's own words alone told.
    assert occurring(gone, dumped()) == list(gone)
    assert (
        len([what for what in gone if what.startswith(("raw", "sealed", "data key"))]) == 3 + 3 + 1
    )
    # What is kept is in no dump as it was sent, erased or not.
    assert occurring({"phone": PHONE.encode(), "app": b"app-of-"}, dumped()) == []

    erased = erase(psp)
    sequence(psp)

    assert [(each.decisions, each.records) for each in erased.erasures] == [(3, 3)]
    dump = dumped()
    assert occurring(gone, dump) == []
    assert occurring(stays, dump) == list(stays)
    assert fsck(psp=psp).problems == ()
    entries = list(Entry.objects.filter(psp=psp))
    assert len(entries) > 2 * 6
    for entry in entries:
        leaf_hash = bytes(entry.leaf_hash)
        proof = tlog_proof_of(psp, leaf_hash)
        assert (
            verify_tlog_proof(proof, leaf_hash=leaf_hash, vkeys=[vkey_of(psp)]).size > entry.index
        )


def test_reports_of_before_verify_and_those_of_after_can_be_made(
    psp: Psp, decided: dict[str, list[str]]
) -> None:
    gone = secrets_of(psp, GONE, decided[GONE])
    until = now()
    before = _report(psp, until)

    erase(psp)
    after = _report(psp, until)
    sequence(psp)

    for report in (before, after):
        content, proof = report_content(psp, report.ref), report_proof(psp, report.ref)
        assert verify_report(content, proof=proof, trust=deployment_trust()).holds
        data = _attached(content)
        assert data.count(b'"kind":"decision"') == 6
        assert occurring(gone, data) == []


def _attached(pdf: bytes) -> bytes:
    """Return the data of the decisions, which is attached to a report."""
    with pikepdf.open(BytesIO(pdf)) as file:
        return bytes(file.Root.AF[0].EF.F.read_bytes())


def _report(psp: Psp, until: datetime) -> Report:
    start = until - timedelta(days=2)
    report = request_report(
        psp=psp, period_start=start, period_end=until, requested_by="Olivia", now=now()
    )
    produce_report(report_id=report.pk, clock=now)
    return report_by_ref(psp, report.ref)


def test_what_reads_decisions_says_that_they_were_erased(
    psp: Psp, decided: dict[str, list[str]]
) -> None:
    erase(psp)

    for ref in decided[GONE]:
        detail = decision_detail(psp, ref, now=now())
        assert detail.is_erased
        assert (detail.facts, detail.transaction_ref, detail.explanations) == (None, "", ())
        assert detail.obligations
    assert {each.ref for each in replay_all(psp) if each.is_erased} == set(decided[GONE])
    assert all(each.agrees for each in replay_all(psp) if not each.is_erased)
    chunk = read_chunk(psp, start=now() - timedelta(days=1), end=now(), after=Place(None, 0))
    assert chunk is not None
    assert {each.ref for each in chunk.decisions if each.facts is None} == set(decided[GONE])
    for payer, count in ((GONE, 0), (STAYS, 3)):
        found = decisions_page(psp, filters=DecisionFilter(payer_ref=payer))
        assert len(found.items) == count


def test_what_figures_are_made_of_stays(psp: Psp, decided: dict[str, list[str]]) -> None:
    names = ("effect", "findings", "elements", "os_version", "leaf_hash", "decided_at")
    rows = Decision.objects.filter(psp=psp).order_by("pk")
    before, evidence = list(rows.values(*names)), [each.evidence for each in rows]

    erase(psp)

    assert list(rows.values(*names)) == before
    for row, items in zip(rows.all(), evidence, strict=True):
        expected = items
        if row.ref in decided[GONE]:
            expected = [item | {"digest": "", "details": {}} for item in items]
        assert row.evidence == expected
        assert items[0]["digest"]
    words = Outcome.objects.filter(psp=psp).values_list("status", "enforced_by", "detail")
    assert set(words) == {("done", "", ""), ("done", "core-auth", f"called {STAYS}")}


@pytest.mark.usefixtures("decided")
def test_another_psp_keeps_its_payer_of_the_same_name(
    psp: Psp,
) -> None:
    other = make_psp("Other PSP")
    put_policy_in_force(other)
    put_design_in_force(other)
    put_sealing_key(other)
    with running(make_api_key(other)) as caller:
        ref = decide_for(caller, GONE, 9)

    assert erase(psp).decisions == 3

    assert decision_detail(other, ref, now=now()).transaction_ref == f"tx-of-{GONE}-9"
    assert erase(other).decisions == 1


@pytest.mark.usefixtures("decided")
def test_the_replay_of_all_accepts_what_the_ledger_tells_of(psp: Psp) -> None:
    erase(psp)

    call_command("replay", "--psp", psp.ref)
