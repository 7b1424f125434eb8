"""A worker is killed in the middle of a back-test: the next one goes on, to the same result."""
# SPDX-License-Identifier: Apache-2.0

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from compliance.backtests.models import BackTest, RunState
from compliance.backtests.queue import SILENT_AFTER
from compliance.backtests.selectors import back_test_by_ref
from compliance.backtests.services import produce_back_test, request_back_test
from compliance.ledger.models import StagedEntry
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.integration.recorded_decisions import record_many
from tests.support.factories import (
    NOW,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.server import ROOT, database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

COUNT = 1_500
LATER = NOW + timedelta(days=1)
WORKER = """
import sys
from datetime import datetime
import django
django.setup()
from compliance.backtests.services import produce_back_test
now = datetime.fromisoformat(sys.argv[2])
produce_back_test(back_test_id=int(sys.argv[1]), clock=lambda: now, size=5)
"""


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    record_many(psp, COUNT, start=NOW)
    return psp


def asked(psp: Psp, version: PolicySetVersion) -> BackTest:
    return request_back_test(
        psp=psp,
        version_ref=version.ref,
        period_start=NOW,
        period_end=LATER,
        requested_by="Olivia",
        now=LATER,
    )


def worker(back_test: BackTest, now: datetime) -> "subprocess.Popen[bytes]":
    variables = {
        "DJANGO_SETTINGS_MODULE": "compliance.settings.development",
        "DATABASE_URL": database_url(),
        "NINEFOLD_DATA_DIR": str(settings.DATA_DIR),
        "NINEFOLD_KEYS_DIR": str(settings.KEYS_DIR),
        "BROKER_URL": "memory://",
    }
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(back_test.pk), now.isoformat()],
        cwd=ROOT,
        env=os.environ | variables,
    )


def kill_in_the_middle(
    process: "subprocess.Popen[bytes]", back_test: BackTest, *, done: int
) -> None:
    deadline = time.monotonic() + 60
    while back_test_by_ref(back_test.psp, back_test.ref).done < done:
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()


def result_of(back_test: BackTest) -> tuple[object, ...]:
    row = back_test_by_ref(back_test.psp, back_test.ref)
    changes = row.changes.order_by("number").values_list(
        *("number", "decision_ref", "old_effect", "new_effect"),
        *("old_obligations", "new_obligations", "new_rules"),
    )
    return row.done, row.tally, list(changes)


def test_a_killed_worker_is_continued_with_the_same_result(psp: Psp) -> None:
    rule = b"rules:\n  - {id: nobody, when: {reliable_elements: {below: 2}}, effect: deny}\n"
    source = load_pack("balanced").replace(b"rules:\n", rule, 1)
    version = create_version(psp=psp, source=source, author=make_person(psp), now=NOW)
    whole, killed = asked(psp, version), asked(psp, version)
    produce_back_test(back_test_id=whole.pk, clock=lambda: LATER)

    kill_in_the_middle(worker(killed, LATER), killed, done=100)
    stopped = back_test_by_ref(psp, killed.ref)
    assert stopped.state == RunState.RUNNING
    assert 0 < stopped.done < COUNT
    # Two at once take it up when it has been silent for long enough.
    later = LATER + 2 * SILENT_AFTER
    processes = [worker(killed, later) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]

    assert back_test_by_ref(psp, killed.ref).state == RunState.READY
    assert result_of(killed) == result_of(whole)
    assert sum(result_of(whole)[1]["changed"].values()) > 0  # type: ignore[index]
    finished = StagedEntry.objects.filter(kind="back_test_finished")
    assert sorted(finished.values_list("ref", flat=True)) == sorted([whole.ref, killed.ref])
