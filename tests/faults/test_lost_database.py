"""The database goes away while decisions are asked for: nobody is answered what is not stored."""
# SPDX-License-Identifier: Apache-2.0

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from compliance.decisions.models import Decision
from compliance.tenants.models import Psp
from tests.faults.back_end import asking
from tests.faults.test_kill_web import require_all_there
from tests.integration.decision_point import Caller, running
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


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def test_connections_that_the_server_closes_are_opened_again(psp: Psp) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to close")
    key = make_api_key(psp)
    with running_server() as server, asking(server.port, key) as back_end:
        for _ in range(5):
            back_end.wait_for(len(back_end.answers) + 30)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        back_end.wait_for(len(back_end.answers) + 30)
        back_end.stop.set()

    assert set(back_end.refusals) <= {503}
    refs = [answer["ref"] for answer in back_end.answers]
    require_all_there(psp, answers=refs)
    assert len(set(refs)) == len(refs)


def test_a_locked_database_is_waited_for(psp: Psp, caller: Caller) -> None:
    caller.decide()
    answers: list[str] = []
    asked = threading.Thread(target=lambda: answers.append(caller.decide()["ref"]))

    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE decisions_decision IN SHARE MODE")
        asked.start()
        time.sleep(1)
        assert answers == []
        cursor.execute("ROLLBACK")
    asked.join(20)

    assert Decision.objects.filter(psp=psp, ref=answers[0]).exists()
