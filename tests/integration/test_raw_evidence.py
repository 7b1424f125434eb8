"""Raw evidence is kept only where the PSP says so, encrypted, and each look at it is told to the ledger."""
# SPDX-License-Identifier: Apache-2.0

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from compliance.core.errors import NotFoundError
from compliance.decisions import stores
from compliance.decisions.contexts import load_context
from compliance.decisions.deciding import decide_request
from compliance.decisions.erasing import erase_expired, erase_payer
from compliance.decisions.keeping import set_evidence_keeping
from compliance.decisions.looking import look_at_raw_evidence
from compliance.decisions.models import Decision, RawEvidence, SubjectKey
from compliance.decisions.raw_evidence import encrypted_rows
from compliance.decisions.records import NewDecision, record_of
from compliance.decisions.replay import replay
from compliance.decisions.retention import set_retention
from compliance.decisions.stores import default_store
from compliance.decisions.wire import read_request
from compliance.evidence.errors import VaultError
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.integration.erasing import ROOTED
from tests.support.erasing import entries
from tests.support.factories import (
    NOW,
    decision_body,
    make_api_key,
    make_person,
    make_psp,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db(transaction=True)
DEVICE_BITS = {
    "provider": "apple_devicecheck",
    "mode": "decoded",
    "payload": {"bit0": True, "bit1": False, "last_update_time": "2026-11"},
}
AT = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    return psp


def keep(psp: Psp, *providers: str) -> None:
    set_evidence_keeping(psp=psp, providers=providers, by=make_person(psp), now=NOW)


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    keep(psp, "freerasp")
    with running(make_api_key(psp)) as caller:
        yield caller


def look(psp: Psp, ref: str) -> list[tuple[int, bool]]:
    items = look_at_raw_evidence(psp=psp, decision_ref=ref, by=make_person(psp), now=AT)
    return [(each.position, each.agrees) for each in items]


def made(psp: Psp, payer: str, *, at: datetime = AT) -> NewDecision:
    """A decision that is ready to be stored."""
    context = load_context(psp, now=at)
    body = decision_body(subject={"payer_ref": payer}, evidence=[ROOTED])
    request = read_request(json.dumps(body).encode())
    decided = decide_request(request, context=context, now=at)
    return record_of(request, decided, context=context)[0]


def store(*decisions: NewDecision) -> None:
    """Store decisions in one transaction, on a thread and connection of its own, as the writer does."""
    failed: list[BaseException] = []

    def write() -> None:
        opened = default_store()
        try:
            opened.write(decisions)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)
        finally:
            opened.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(30)
    assert failed == []


def test_nothing_is_kept_until_the_psp_says_so(psp: Psp) -> None:
    with running(make_api_key(psp)) as caller:
        ref = caller.decide(evidence=[ROOTED])["ref"]

    assert (RawEvidence.objects.count(), SubjectKey.objects.count()) == (0, 0)
    with pytest.raises(NotFoundError):
        look(psp, ref)
    assert entries(psp, "raw_evidence_read") == []


def test_what_is_kept_is_the_item_as_received_of_the_named_providers_alone(
    psp: Psp, caller: Caller
) -> None:
    ref = caller.decide(evidence=[DEVICE_BITS, ROOTED])["ref"]
    officer = make_person(psp)

    (item,) = look_at_raw_evidence(psp=psp, decision_ref=ref, by=officer, now=AT)

    assert (item.position, item.agrees) == (1, True)
    assert item.item == {**ROOTED, "expected": {}}
    (entry,) = entries(psp, "raw_evidence_read")
    assert (entry["decision"], entry["items"], entry["person"]) == (ref, 1, officer.pk)
    assert b"privilegedAccess" not in bytes(RawEvidence.objects.get().sealed)
    assert replay(psp, ref).agrees


def test_a_payer_has_one_data_key_and_each_attempt_without_a_payer_its_own(
    caller: Caller,
) -> None:
    for payer in ("c-1", "c-1", "c-2", "", ""):
        caller.decide(subject={"payer_ref": payer}, evidence=[ROOTED])

    rows = RawEvidence.objects.order_by("pk").values_list("key_ref", flat=True)
    first, second, other, *nobodys = rows
    assert first == second
    assert len({first, other, *nobodys}) == 4
    subjects = set(SubjectKey.objects.values_list("subject", flat=True))
    payers = set(Decision.objects.exclude(payer_hash="").values_list("payer_hash", flat=True))
    without = set(Decision.objects.filter(payer_hash="").values_list("ref", flat=True))
    assert subjects == payers | without


def test_processes_that_store_at_once_share_the_key_of_a_payer(psp: Psp) -> None:
    keep(psp, "freerasp")
    batches = [[made(psp, f"c-{number % 3}") for number in range(6)] for _ in range(4)]
    begin, failed = threading.Barrier(len(batches)), list[BaseException]()

    def run(batch: list[NewDecision]) -> None:
        try:
            begin.wait(10)
            store(*batch)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    threads = [threading.Thread(target=run, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failed == []
    assert (SubjectKey.objects.count(), RawEvidence.objects.count()) == (3, 24)
    assert all(look(psp, each.ref) == [(0, True)] for batch in batches for each in batch)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")
def test_an_erasure_waits_for_who_stores_under_the_key_it_would_destroy(psp: Psp) -> None:
    """Retention of an old decision while a new one of the same payer is being stored."""
    keep(psp, "freerasp")
    set_retention(psp=psp, days=30, by=make_person(psp), now=NOW)
    store(made(psp, "c-1", at=datetime(2026, 11, 23, 10, 30, tzinfo=UTC)))
    new = made(psp, "c-1", at=datetime(2027, 1, 1, tzinfo=UTC))
    has_key, go_on = threading.Event(), threading.Event()

    def slow(*given: object, **named: object) -> object:
        rows = encrypted_rows(*given, **named)  # type: ignore[arg-type]
        has_key.set()
        go_on.wait(10)
        return rows

    def erase() -> None:
        try:
            erase_expired(psp=psp, now=datetime(2027, 1, 1, tzinfo=UTC))
        finally:
            connections.close_all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stores, "encrypted_rows", slow)
        writer, eraser = (threading.Thread(target=run) for run in (lambda: store(new), erase))
        writer.start()
        assert has_key.wait(10)
        eraser.start()
        eraser.join(0.5)
        assert eraser.is_alive()
        go_on.set()
        writer.join(20)
        eraser.join(20)

    assert SubjectKey.objects.count() == 1
    assert look(psp, new.ref) == [(0, True)]
    assert RawEvidence.objects.count() == 1


def test_an_erased_payer_takes_key_and_rows_and_nobody_elses(psp: Psp, caller: Caller) -> None:
    gone, stays = (
        caller.decide(subject={"payer_ref": payer}, evidence=[ROOTED])["ref"]
        for payer in ("c-gone", "c-stays")
    )

    erase_payer(psp=psp, payer_ref="c-gone", by=make_person(psp), now=AT)

    with pytest.raises(NotFoundError):
        look(psp, gone)
    assert look(psp, stays) == [(0, True)]
    assert (SubjectKey.objects.count(), RawEvidence.objects.count()) == (1, 1)


def test_by_retention_a_key_stays_as_long_as_something_is_under_it(psp: Psp) -> None:
    keep(psp, "freerasp")
    old, new = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 23, tzinfo=UTC)
    put_policy_in_force(psp, now=datetime(2026, 11, 22, tzinfo=UTC))
    store(made(psp, "c-1", at=old), made(psp, "", at=old), later := made(psp, "c-1", at=new))
    set_retention(psp=psp, days=30, by=make_person(psp), now=NOW)

    erase_expired(psp=psp, now=datetime(2026, 12, 24, tzinfo=UTC))
    assert SubjectKey.objects.count() == 1
    assert look(psp, later.ref) == [(0, True)]

    erase_expired(psp=psp, now=datetime(2027, 2, 1, tzinfo=UTC))
    assert (SubjectKey.objects.count(), RawEvidence.objects.count()) == (0, 0)


def test_what_was_moved_to_another_decision_is_not_shown(psp: Psp, caller: Caller) -> None:
    one, two = (caller.decide(evidence=[ROOTED])["ref"] for _ in range(2))
    row = RawEvidence.objects.get(decision_ref=one)
    RawEvidence.objects.all().delete()
    RawEvidence.objects.create(
        psp=psp, decision_ref=two, position=0, key_ref=row.key_ref, sealed=row.sealed
    )

    with pytest.raises(VaultError):
        look(psp, two)
    assert entries(psp, "raw_evidence_read") == []


def test_a_wrapping_key_that_is_gone_is_not_made_again_in_silence(psp: Psp) -> None:
    keep(psp, "freerasp")
    path = Path(settings.KEYS_DIR) / "wrapping" / psp.ref
    kept = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600

    for content in (None, b"short", bytes(32)):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(VaultError):
            load_context(psp, now=AT)
        with pytest.raises(VaultError):
            keep(psp, "freerasp")
    path.write_bytes(kept)
    assert load_context(psp, now=AT).keeping is not None
