"""Several sequencers and writers at once: every entry gets exactly one index."""
# SPDX-License-Identifier: Apache-2.0

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest
from django.db import connection, transaction

from compliance.ledger.fsck import fsck
from compliance.ledger.models import Log, StagedEntry
from compliance.ledger.sequencer import sequence_all, sequence_log
from compliance.ledger.services import create_log
from compliance.tenants.models import Psp
from tests.integration.ledger_logs import entries, entry, stage
from tests.support.factories import NOW, make_psp

pytestmark = pytest.mark.django_db(transaction=True)


T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> T:
    """Do `work` with a connection of the thread's own, closed afterwards."""
    try:
        return work()
    finally:
        connection.close()


def test_two_sequencers_and_two_writers_lose_and_double_nothing() -> None:
    psp, other = make_psp(), make_psp()
    done = threading.Event()

    def write(first: int) -> None:
        for start in range(first, first + 1_000, 50):
            stage(psp if first < 2_000 else other, 50, start=start)

    def sequence() -> int:
        count = 0
        while not done.is_set():
            count += sequence_all(now=NOW)
        return count

    with ThreadPoolExecutor(max_workers=5) as pool:
        sequencers = [pool.submit(in_thread, sequence) for _ in range(2)]
        writers = [pool.submit(in_thread, partial(write, at)) for at in (0, 1_000, 2_000)]
        for writer in writers:
            writer.result()
        done.set()
        counts = [sequencer.result() for sequencer in sequencers]

    rest = sequence_all(now=NOW)
    assert sum(counts) + rest == 3_000
    assert sorted(entries(psp)) == sorted(entry(number) for number in range(2_000))
    assert entries(other) == [entry(number) for number in range(2_000, 3_000)]
    for each in (psp, other):
        assert fsck(psp=each).problems == ()


def test_sequencers_of_one_log_take_turns() -> None:
    psp = make_psp()
    stage(psp, 3_000)

    with ThreadPoolExecutor(max_workers=3) as pool:
        work = [pool.submit(in_thread, partial(sequence_log, psp=psp, now=NOW)) for _ in range(3)]
        assert sum(each.result() for each in work) == 3_000

    assert entries(psp) == [entry(number) for number in range(3_000)]
    assert fsck(psp=psp).problems == ()


def test_two_processes_that_make_a_log_at_once_make_one() -> None:
    psp = make_psp()
    together = threading.Barrier(4)

    def make() -> Log:
        together.wait()
        return create_log(psp=psp, now=NOW)

    with ThreadPoolExecutor(max_workers=4) as pool:
        logs = [each.result() for each in [pool.submit(in_thread, make) for _ in range(4)]]

    assert len({(log.pk, log.vkey) for log in logs}) == 1


@pytest.mark.postgresql
def test_a_lower_id_that_commits_later_is_sequenced_later() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite commits one writer after another")
    psp = make_psp()
    inserted, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            stage(psp, 1)
            inserted.set()
            may_commit.wait(20)

    with ThreadPoolExecutor(max_workers=1) as pool:
        slow = pool.submit(in_thread, write_slowly)
        assert inserted.wait(20)
        stage(psp, 1, start=1)
        assert sequence_log(psp=psp, now=NOW) == 1
        may_commit.set()
        slow.result()

    assert sequence_log(psp=psp, now=NOW) == 1
    assert entries(psp) == [entry(1), entry(0)]
    assert not StagedEntry.objects.exists()


def test_a_check_beside_a_running_sequencer_finds_nothing_wrong() -> None:
    psp: Psp = make_psp()
    stage(psp, 10)
    sequence_log(psp=psp, now=NOW)
    done = threading.Event()

    def work() -> None:
        number = 10
        while not done.is_set():
            stage(psp, 60, start=number)
            number += 60
            sequence_log(psp=psp, now=NOW)

    with ThreadPoolExecutor(max_workers=1) as pool:
        working = pool.submit(in_thread, work)
        try:
            for _ in range(15):
                assert fsck(psp=psp).problems == ()
        finally:
            done.set()
            working.result()
