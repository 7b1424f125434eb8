"""Every past row can be decided again, and what was tampered with shows."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from compliance.decisions.models import Decision, DecisionRecord
from compliance.decisions.replay import replay, replay_all
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.integration.decision_point import Caller, running
from tests.support.factories import (
    decision_body,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db(transaction=True)

BODIES: list[dict[str, Any]] = [
    {},
    {"evidence": []},
    {"environment": {"class": "none", "instance": "see-7d1c"}},
    {"device": {"platform": "android", "os_version": "14.0.0", "app_version": "7.3.1-beta"}},
    {"attributes": {"amount_eur": "0.0000000001", "device_age_days": 10**30 - 1}},
    {
        "evidence": [
            {
                "provider": "freerasp",
                "mode": "reported",
                "payload": {"threats": [threat], "all_checks_finished": False},
                "observed_at": "2026-11-23T10:15:04.123456+02:00",
            }
            for threat in ("privilegedAccess", "hooks")
        ]
    },
]


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


@pytest.fixture
def refs(caller: Caller) -> list[str]:
    return [caller.decide(**changes)["ref"] for changes in BODIES]


def test_replay_agrees_with_every_row(psp: Psp, refs: list[str]) -> None:
    results = {result.ref: result for result in replay_all(psp)}

    assert sorted(results) == sorted(refs)
    assert {result.differences for result in results.values()} == {()}
    assert all(result.agrees for result in results.values())


def test_replay_uses_the_versions_of_then(psp: Psp, refs: list[str]) -> None:
    put_policy_in_force(psp, load_pack("balanced").replace(b"notify_fraud_desk", b"end_session"))
    design = load_pack("design-demo").replace(b"[device-key, app, push-channel]", b"[letter]")
    put_design_in_force(psp, design)

    assert all(replay(psp, ref).agrees for ref in refs)


@pytest.mark.parametrize(
    ("table", "change", "complaint"),
    [
        ("decision", "effect = 'permit'", "effect: `permit` is recorded"),
        ("decision", "reliable_elements = 3", "reliable_elements"),
        ("decision", "device_answer = 'please_continue'", "device_answer"),
        ("decision", "app_version = '9.9.9'", "app_version: `(9, 9, 9)` is recorded"),
        ("decision", "app_version = ''", "app_version"),
        ("decision", "os_version = '9'", "os_version"),
        ("decision", "device_hash = 'someone else'", "leaf hash"),
        ("decision", "evidence = '[]'", "leaf hash"),
        ("decision", "policy_number = 9", "leaf hash"),
        ("decisionrecord", "transaction_ref = 'tx-1'", "leaf hash"),
        ("obligation", "action = 'record_only'", "obligations"),
        ("presentfinding", "code = 'app.debugger'", "present findings"),
    ],
)
def test_a_row_changed_behind_our_back_shows(
    psp: Psp, caller: Caller, table: str, change: str, complaint: str
) -> None:
    ref = caller.decide(**BODIES[-1])["ref"]
    with _without_triggers(f"decisions_{table}") as cursor:
        cursor.execute(f"UPDATE decisions_{table} SET {change}")  # noqa: S608 - our own names

    result = replay(psp, ref)

    assert not result.agrees
    assert any(complaint in difference for difference in result.differences)


def test_facts_changed_behind_our_back_show(psp: Psp, caller: Caller) -> None:
    ref = caller.decide()["ref"]
    record = DecisionRecord.objects.get(psp=psp, decision_ref=ref)
    facts = bytes(record.facts).replace(b"29.90", b"29.91")
    with _without_triggers("decisions_decisionrecord"):
        DecisionRecord.objects.filter(pk=record.pk).update(facts=facts)

    assert any("leaf hash" in difference for difference in replay(psp, ref).differences)


def test_the_database_refuses_changes_to_what_was_decided(psp: Psp, caller: Caller) -> None:
    caller.decide()

    with pytest.raises(Exception, match="append-only"):
        Decision.objects.filter(psp=psp).update(effect="permit")


def test_an_erased_record_neither_agrees_nor_differs(psp: Psp, caller: Caller) -> None:
    ref = caller.decide()["ref"]
    DecisionRecord.objects.filter(psp=psp, decision_ref=ref).delete()

    result = replay(psp, ref)

    assert (result.agrees, result.differences, result.is_erased) == (False, (), True)


def test_the_command_counts_and_says_what_differs(psp: Psp, refs: list[str]) -> None:
    out = StringIO()
    call_command("replay", stdout=out)
    assert out.getvalue() == f"{len(refs)} agree, 0 do not, 0 were erased\n"
    with _without_triggers("decisions_decision"):
        Decision.objects.filter(psp=psp, ref=refs[0]).update(effect="deny")

    errors = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("replay", "--psp", psp.ref, refs[0], refs[1], stdout=out, stderr=errors)

    assert stopped.value.code == 1
    assert errors.getvalue().startswith(f"{refs[0]}: effect")


def test_the_command_refuses_refs_without_a_psp() -> None:
    with pytest.raises(CommandError, match="--psp"):
        call_command("replay", "dec_1")


def test_deciding_on_a_file_explains_and_records_nothing(psp: Psp, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(decision_body(**BODIES[-1])), encoding="utf-8")

    people, machines = StringIO(), StringIO()
    call_command("decide", str(file), stdout=people)
    call_command("decide", str(file), "--psp", psp.ref, "--json", stdout=machines)

    assert people.getvalue().startswith("deny (enforced), not recorded")
    assert "rule app-altered: When " in people.getvalue()
    assert json.loads(machines.getvalue())["effect"] == "deny"
    assert not Decision.objects.exists()


def test_deciding_on_a_bad_file_names_the_place(psp: Psp, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(decision_body(nonsense=1)), encoding="utf-8")
    errors = StringIO()

    with pytest.raises(CommandError, match="not a decision request"):
        call_command("decide", str(file), "--psp", psp.ref, stderr=errors)

    assert errors.getvalue() == "/nonsense: unknown field\n"


@contextlib.contextmanager
def _without_triggers(table: str) -> Iterator[CursorWrapper]:
    """Do what a person with the database's own rights could."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield cursor
            cursor.execute("SET session_replication_role = origin")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
        )
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield cursor
        for _name, sql in triggers:
            cursor.execute(sql)
