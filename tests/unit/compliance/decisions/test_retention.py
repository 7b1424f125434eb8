"""Records are kept for as long as the PSP says, and no longer."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from compliance.decisions import erasing
from compliance.decisions.erasing import erase_expired
from compliance.decisions.errors import InvalidRetentionError
from compliance.decisions.models import Decision, RetentionPeriod
from compliance.decisions.retention import LONGEST_DAYS, retention_days, set_retention
from compliance.decisions.tasks import erase_expired_task
from compliance.tenants.models import Psp
from tests.support.erasing import entries, put_recorded, records
from tests.support.factories import NOW, make_person, make_psp

pytestmark = pytest.mark.django_db


@pytest.fixture
def psp() -> Psp:
    return make_psp()


def test_records_are_kept_until_it_is_said_for_how_long(psp: Psp) -> None:
    old = put_recorded(psp, decided_at=NOW - timedelta(days=5000))

    assert retention_days(psp) is None
    assert erase_expired(psp=psp, now=NOW).erasures == ()
    assert records(psp) == {old.ref}


def test_what_is_older_than_it_is_kept_is_erased(psp: Psp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "CHUNK", 2)
    moments = [timedelta(days=90), timedelta(days=31), timedelta(days=30, seconds=1)]
    old = [put_recorded(psp, decided_at=NOW - each) for each in moments]
    young = [
        put_recorded(psp, decided_at=NOW - each) for each in (timedelta(days=30), timedelta(0))
    ]
    other = make_psp("Other PSP")
    kept = put_recorded(other, decided_at=NOW - timedelta(days=90))
    set_retention(psp=psp, days=30, by=make_person(psp), now=NOW)

    erased = erase_expired(psp=psp, now=NOW)

    assert erased.decisions == 3
    assert records(psp) == {each.ref for each in young}
    assert records(other) == {kept.ref}
    emptied = Decision.objects.filter(ref__in=[each.ref for each in old])
    assert {(each.payer_hash, each.device_hash) for each in emptied} == {("", "")}
    assert [(entry["cause"], entry["records"]) for entry in entries(psp)] == [
        ("retention", 2),
        ("retention", 1),
    ]
    assert entries(psp)[0]["decided_before"] == "2026-10-24T10:15:05.000Z"
    assert not {"person", "key"} & entries(psp)[0].keys()
    assert erase_expired(psp=psp, now=NOW).erasures == ()


def test_the_newest_word_on_how_long_counts(psp: Psp) -> None:
    person = make_person(psp)
    for days in (30, 400, None):
        set_retention(psp=psp, days=days, by=person, now=NOW)
        assert retention_days(psp) == days

    assert [entry["days"] for entry in entries(psp, "retention_changed")] == [30, 400, None]
    assert RetentionPeriod.objects.filter(psp=psp).count() == 3


@pytest.mark.parametrize("days", [0, -1, LONGEST_DAYS + 1])
def test_no_records_are_kept_for_no_time(psp: Psp, days: int) -> None:
    with pytest.raises(InvalidRetentionError):
        set_retention(psp=psp, days=days, by=make_person(psp), now=NOW)


def test_the_command_says_for_how_long_records_are_kept(psp: Psp) -> None:
    person, out = make_person(psp), StringIO()
    by = ["--by", person.email]

    for arguments in ([], ["--days", "30", *by], [], ["--no-end", *by]):
        call_command("retention", "--psp", psp.ref, *arguments, stdout=out)

    assert out.getvalue().splitlines() == ["no end", "30 days", "30 days", "no end"]
    with pytest.raises(CommandError):
        call_command("retention", "--psp", psp.ref, "--days", "30")
    with pytest.raises(CommandError):
        call_command("retention", "--psp", psp.ref, "--days", "0", *by)


def test_the_task_erases_for_every_psp(psp: Psp) -> None:
    kept = put_recorded(make_psp("Keeps"), decided_at=NOW - timedelta(days=9000))
    put_recorded(psp, decided_at=NOW - timedelta(days=9000))
    set_retention(psp=psp, days=3000, by=make_person(psp), now=NOW)

    erase_expired_task()

    assert records(psp) == set()
    assert records(kept.psp) == {kept.ref}
