"""Versions and waivers on the command line: the same steps, refused to the same people."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from compliance.cli.command_line import (
    take_version_step,
    take_waiver_step,
    version_documents,
    version_line,
    waiver_documents,
)
from compliance.core.errors import NotFoundError
from compliance.policysets.models import Waiver
from compliance.policysets.property_waivers import request_property_waiver
from compliance.policysets.selectors import version_of_number, versions_of
from compliance.policysets.services import create_version
from compliance.policysets.waivers import request_waiver
from compliance.tenants.errors import SelfApprovalError, StaleApprovalError
from compliance.tenants.models import Psp, Role, User
from compliance.tenants.services import create_api_key
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import NOW, make_person, make_psp, put_policy_in_force
from tests.support.waived import (
    ask_for_waiver,
    property_terms,
    put_waiver_in_force,
    waiver_terms,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def psp() -> Psp:
    return make_psp()


@pytest.fixture
def author(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Anna Author")


@pytest.fixture
def digest(psp: Psp, author: User) -> str:
    return create_version(psp=psp, source=policy(rule()), author=author, now=NOW).digest


def step(psp: Psp, name: str, person: User, **more: Any) -> str:
    stated = take_version_step(
        psp=psp, step=name, number=1, person=person.email.upper(), now=NOW, **more
    )
    return str(stated.state)


def test_a_version_goes_through_its_life_by_two_people(psp: Psp, author: User, digest: str) -> None:
    other = make_person(psp, Role.APPROVER)
    later = NOW + timedelta(days=1)

    states = [
        step(psp, "submit", author),
        step(psp, "withdraw", author),
        step(psp, "submit", author),
    ]
    mark_analysed(version_of_number(psp, 1, now=NOW).version, now=NOW)
    states += [
        step(psp, "approve", other, digest=digest),
        step(psp, "activate", other, active_from=later),
        step(psp, "unschedule", other),
        step(psp, "retire", other),
    ]

    assert states == [
        *("submitted", "draft", "submitted", "approved", "scheduled", "approved", "retired"),
    ]


def test_nobody_approves_their_own_version(psp: Psp, author: User, digest: str) -> None:
    step(psp, "submit", author)

    with pytest.raises(SelfApprovalError):
        step(psp, "approve", author, digest=digest)


def test_an_approval_names_what_was_looked_at(psp: Psp, author: User, digest: str) -> None:
    step(psp, "submit", author)

    with pytest.raises(StaleApprovalError, match=digest):
        step(psp, "approve", make_person(psp, Role.APPROVER))


def test_who_is_nobody_of_the_psp_takes_no_step(psp: Psp, digest: str) -> None:
    stranger = make_person(make_psp("Other PSP"), Role.APPROVER)

    with pytest.raises(NotFoundError, match="no person"):
        step(psp, "approve", stranger, digest=digest)


def test_an_unknown_step_is_none(psp: Psp, author: User, digest: str) -> None:
    assert digest
    with pytest.raises(KeyError):
        step(psp, "praise", author)


def test_versions_are_listed_for_people_and_machines(psp: Psp) -> None:
    version = put_policy_in_force(psp)

    (line,) = [version_line(each) for each in versions_of(psp, now=NOW)]

    assert line.startswith(f"1  active  from {NOW.isoformat()}")
    assert line.endswith("written by Anna Author")
    assert version_documents(psp, now=NOW) == [
        {
            "ref": version.ref,
            "number": 1,
            "digest": version.digest,
            "state": "active",
            "active_from": NOW.isoformat(),
        }
    ]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("waiver", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def asked(psp: Psp, now: datetime) -> Waiver:
    put_policy_in_force(psp)
    return ask_for_waiver(psp, now=now)


def test_another_person_approves_a_waiver_and_ends_it(psp: Psp, asked: Waiver) -> None:
    person = make_person(psp, Role.APPROVER)
    who = ("--psp", psp.ref, "--person", person.email)

    assert "  in_force  rooted  7.3.1  until " in run("approve", asked.ref, *who)
    assert json.loads(run("list", "--psp", psp.ref, "--json"))[0]["state"] == "in_force"
    assert json.loads(run("revoke", asked.ref, *who, "--json"))["state"] == "revoked"
    assert run("list", "--psp", psp.ref).startswith(f"{asked.ref}  revoked")


def test_a_waiver_of_a_property_is_approved_by_another_person_and_ended(
    psp: Psp, author: User, now: datetime
) -> None:
    version = create_version(psp=psp, source=policy(rule()), author=author, now=now)
    mark_analysed(version, now=now, blocking=["P2"])
    by = make_person(psp, Role.APPROVER)
    waiver = request_property_waiver(
        psp=psp, terms=property_terms(version, "P2", now=now), by=by, now=now
    )
    own, who = (
        ("--psp", psp.ref, "--person", each.email) for each in (by, make_person(psp, Role.APPROVER))
    )

    with pytest.raises(CommandError, match="another person"):
        run("approve", waiver.ref, *own)
    with pytest.raises(CommandError, match="nothing to take over"):
        run("take-over", waiver.ref, *who)
    number = version.number
    assert f"{waiver.ref}  in_force  P2  version {number}  until" in run(
        "approve", waiver.ref, *who
    )
    assert json.loads(run("list", "--psp", psp.ref, "--json"))[-1]["property_id"] == "P2"
    assert json.loads(run("revoke", waiver.ref, *who, "--json"))["state"] == "revoked"


def test_nobody_approves_what_they_asked_for(psp: Psp, asked: Waiver, now: datetime) -> None:
    person = make_person(psp, Role.APPROVER)
    own = ask_for_waiver(psp, person, now=now)

    with pytest.raises(CommandError, match="another person"):
        run("approve", own.ref, "--psp", psp.ref, "--person", person.email)
    with pytest.raises(SystemExit) as caught:
        run("approve", own.ref, "--psp", psp.ref, "--person", person.email, "--json")
    asked.refresh_from_db()
    own.refresh_from_db()

    assert caught.value.code == 1
    assert (asked.approved_by, own.approved_by) == (None, None)


def test_a_person_takes_over_what_a_key_asked_for(psp: Psp, now: datetime) -> None:
    put_policy_in_force(psp)
    key, _text = create_api_key(psp=psp, name="pipeline", scopes=["policies:write"], now=now)
    waiver = request_waiver(psp=psp, terms=waiver_terms(now=now), by=key, now=now)
    officer = make_person(psp)

    run("take-over", waiver.ref, "--psp", psp.ref, "--person", officer.email)

    waiver.refresh_from_db()
    assert waiver.requested_by == officer


def test_a_step_needs_a_waiver_and_a_person(psp: Psp) -> None:
    with pytest.raises(CommandError, match="needs a waiver") as caught:
        run("approve", "--psp", psp.ref)
    assert caught.value.returncode == 2


def test_waivers_of_another_psp_are_not_listed(psp: Psp, now: datetime) -> None:
    other = make_psp("Other PSP")
    put_policy_in_force(other)
    put_waiver_in_force(other, now=now)

    assert waiver_documents(psp, now=now) == []
    with pytest.raises(KeyError):
        take_waiver_step(
            psp=psp, step="praise", ref="wai_1", person=make_person(psp).email, now=now
        )
