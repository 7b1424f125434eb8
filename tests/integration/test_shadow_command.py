"""`manage.py shadow`: start, stop, list, show; refused to the same people as everywhere."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from compliance.backtests.models import Shadow
from compliance.backtests.selectors import shadow_running
from compliance.backtests.shadows import follow_shadows
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp, Role, User
from policies.packs import load_pack
from tests.integration.recorded_decisions import record_many
from tests.support.factories import make_person, make_psp, put_policy_in_force

pytestmark = pytest.mark.django_db

STRICTER = load_pack("balanced").replace(
    b"rules:\n",
    b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
    1,
)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def psp(now: datetime) -> Psp:
    psp = make_psp()
    put_policy_in_force(psp, now=now - timedelta(days=1))
    return psp


@pytest.fixture
def officer(psp: Psp) -> User:
    return make_person(psp)


@pytest.fixture
def version(psp: Psp, officer: User, now: datetime) -> PolicySetVersion:
    return create_version(psp=psp, source=STRICTER, author=officer, now=now)


def run(*arguments: str) -> tuple[int, str]:
    """Return the exit code, and what was written: the error if one was raised."""
    out = io.StringIO()
    try:
        call_command("shadow", *arguments, stdout=out)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def start(version: PolicySetVersion, person: User, *more: str) -> tuple[int, str]:
    who = ("--psp", version.psp.ref, "--person", person.email)
    return run("start", str(version.number), *who, *more)


def printed(*arguments: str) -> Any:
    """Return what is printed for machines."""
    code, out = run(*arguments, "--json")
    assert code == 0, out
    return json.loads(out)


def test_a_shadow_is_started_for_as_long_as_was_asked(
    version: PolicySetVersion, officer: User
) -> None:
    code, out = start(version, officer, "--days", "3")

    row = shadow_running(version.psp)
    assert row is not None
    assert code == 0
    assert out.startswith(f"{row.ref}  running  version {version.number}  ")
    assert row.ends_at - row.starts_at == timedelta(days=3)
    assert row.requested_by == "Olivia Officer"


def test_without_a_number_of_days_it_runs_for_two_weeks(
    version: PolicySetVersion, officer: User
) -> None:
    start(version, officer)

    row = Shadow.objects.get()
    assert row.ends_at - row.starts_at == timedelta(days=14)


def test_what_it_counts_is_shown_to_people_and_machines(
    version: PolicySetVersion, officer: User, now: datetime
) -> None:
    start(version, officer)
    row = Shadow.objects.get()
    record_many(version.psp, 3, start=row.starts_at + timedelta(seconds=1))
    follow_shadows(now=now + timedelta(minutes=5))

    code, out = run("show", row.ref, "--psp", version.psp.ref)
    document = printed("show", row.ref, "--psp", version.psp.ref)

    assert code == 0
    assert "of 3 decisions change" in out
    assert (document["ref"], document["done"]) == (row.ref, 3)
    assert sum(cell["count"] for cell in document["result"]["matrix"]) == 3


def test_a_shadow_is_stopped_once(version: PolicySetVersion, officer: User) -> None:
    start(version, officer)
    ref = Shadow.objects.get().ref
    who = ("--psp", version.psp.ref, "--person", officer.email)

    document = printed("stop", ref, *who)
    code, error = run("stop", ref, *who)

    assert (document["ending"], document["stopped_by"]) == ("stopped", "Olivia Officer")
    assert (code, error) == (1, f"shadow `{ref}` does not run")
    assert f"{ref}  stopped by Olivia Officer  " in run("list", "--psp", version.psp.ref)[1]


def test_shadows_are_listed_newest_first(version: PolicySetVersion, officer: User) -> None:
    who = ("--psp", version.psp.ref, "--person", officer.email)
    for _ in range(2):
        start(version, officer)
        running = shadow_running(version.psp)
        assert running is not None
        run("stop", running.ref, *who)

    listed = printed("list", "--psp", version.psp.ref)

    by_time = Shadow.objects.order_by("-requested_at", "-pk")
    assert [each["ref"] for each in listed] == [row.ref for row in by_time]
    assert len(listed) == 2
    assert printed("list", "--psp", make_psp("Other PSP").ref) == []


def test_a_failed_shadow_says_why(version: PolicySetVersion, officer: User, now: datetime) -> None:
    start(version, officer)
    Shadow.objects.update(state="failed", failure="out of luck", finished_at=now)

    _code, out = run("show", Shadow.objects.get().ref, "--psp", version.psp.ref)

    assert "  failed  " in out
    assert "out of luck" in out


def test_who_only_reads_is_refused(version: PolicySetVersion) -> None:
    auditor = make_person(version.psp, Role.INTERNAL_AUDITOR)

    code, error = start(version, auditor)
    _code, for_machines = start(version, auditor, "--json")

    assert code == 1
    assert "role" in error
    assert json.loads(for_machines)["error"] == "role-too-small"
    assert not Shadow.objects.exists()


def test_who_is_nobody_of_the_psp_is_not_found(version: PolicySetVersion) -> None:
    stranger = make_person(make_psp("Other PSP"))

    assert start(version, stranger)[0] == 1
    assert not Shadow.objects.exists()


def test_another_psp_neither_shows_nor_stops_it(version: PolicySetVersion, officer: User) -> None:
    start(version, officer)
    ref = Shadow.objects.get().ref
    other = make_psp("Other PSP")
    stranger = make_person(other)

    showing = run("show", ref, "--psp", other.ref)
    stopping = run("stop", ref, "--psp", other.ref, "--person", stranger.email)

    assert showing == stopping == (1, f"no shadow `{ref}`")
    assert shadow_running(version.psp) is not None


def test_a_version_that_does_not_exist_has_no_shadow(psp: Psp, officer: User) -> None:
    code, error = run("start", "99", "--psp", psp.ref, "--person", officer.email)

    assert code == 1
    assert "99" in error


@pytest.mark.parametrize("days", ["0", "91", "-1", "many", "9" * 30])
def test_days_out_of_reach_are_wrong_usage(
    version: PolicySetVersion, officer: User, days: str
) -> None:
    code, error = start(version, officer, "--days", days)

    assert code != 0
    assert "days" in error
    assert not Shadow.objects.exists()


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_who_does_it_is_always_named(version: PolicySetVersion, verb: str) -> None:
    code, error = run(verb, "1", "--psp", version.psp.ref)

    assert code != 0
    assert "--person" in error
