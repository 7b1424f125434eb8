"""Whatever happens to the web process: what was answered is stored, in the ledger, and can be decided again."""
# SPDX-License-Identifier: Apache-2.0

import os
import signal
from datetime import UTC, datetime

import pytest

from compliance.decisions.models import Decision
from compliance.decisions.replay import replay_all
from compliance.ledger.fsck import fsck
from compliance.ledger.models import Entry
from compliance.ledger.sequencer import sequence_log
from compliance.tenants.models import Psp
from tests.faults.back_end import asking
from tests.support.factories import (
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.server import running_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return psp


@pytest.mark.parametrize("workers", [1, 2])
def test_a_kill_under_load_loses_nothing_that_was_answered(psp: Psp, workers: int) -> None:
    key = make_api_key(psp)
    with running_server(workers=workers) as server, asking(server.port, key) as back_end:
        back_end.wait_for(300)
        server.kill()
        answers = list(back_end.answers)

    assert not back_end.refusals
    require_all_there(psp, answers=[answer["ref"] for answer in answers])


def test_after_a_kill_a_new_process_goes_on(psp: Psp) -> None:
    key = make_api_key(psp)
    refs = []
    for _ in range(2):
        with running_server() as server, asking(server.port, key) as back_end:
            back_end.wait_for(50)
            server.kill()
            refs += [answer["ref"] for answer in back_end.answers]

    assert len(set(refs)) == len(refs)
    require_all_there(psp, answers=refs)


def test_a_polite_stop_answers_every_request_that_was_taken(psp: Psp) -> None:
    key = make_api_key(psp)
    with running_server() as server, asking(server.port, key) as back_end:
        back_end.wait_for(100)
        os.killpg(server.process.pid, signal.SIGTERM)
        server.process.wait(30)
        back_end.stop.set()

    refs = [answer["ref"] for answer in back_end.answers]
    assert set(back_end.refusals) <= {503}
    require_all_there(psp, answers=refs)
    # Nothing was stored that nobody was told of.
    assert Decision.objects.filter(psp=psp).count() == len(refs)


def require_all_there(psp: Psp, *, answers: list[str]) -> None:
    """Every answered decision is in the tables and the ledger, and all of them can be decided again."""
    sequence_log(psp=psp, now=datetime.now(UTC))
    stored = set(Decision.objects.filter(psp=psp).values_list("ref", flat=True))
    assert set(answers) <= stored
    entries = Entry.objects.filter(psp=psp, kind="decision").values_list("ref", flat=True)
    assert sorted(entries) == sorted(stored)
    assert fsck(psp=psp).problems == ()
    results = list(replay_all(psp))
    assert len(results) == len(stored)
    assert [result for result in results if not result.agrees] == []
