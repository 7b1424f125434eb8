"""`manage.py policy_version`: a version's whole life by two people, and what is refused."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from compliance.policysets.models import PolicySetVersion
from compliance.policysets.selectors import version_in_force
from compliance.policysets.services import create_version, draft_version
from compliance.tenants.models import Psp, Role, User
from compliance.tenants.services import create_api_key
from policies.packs import load_pack
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import (
    NOW,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def psp() -> Psp:
    return make_psp()


@pytest.fixture
def author(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Anna Author")


@pytest.fixture
def other(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Adam Approver")


@pytest.fixture
def version(psp: Psp, author: User) -> PolicySetVersion:
    return create_version(psp=psp, source=policy(rule()), author=author, now=NOW)


def run(*arguments: str) -> tuple[int, str]:
    """Return the exit code, and what was written: the error if one was raised."""
    out = io.StringIO()
    try:
        call_command("policy_version", *arguments, stdout=out)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def step(version: PolicySetVersion, name: str, person: User, *more: str) -> dict[str, Any]:
    """Take a step; return what is printed for machines."""
    who = ("--psp", version.psp.ref, "--person", person.email, "--json")
    _code, out = run(name, str(version.number), *who, *more)
    printed: dict[str, Any] = json.loads(out)
    return printed


def test_a_version_is_approved_and_activated_by_another_person(
    version: PolicySetVersion, author: User, other: User
) -> None:
    psp = version.psp
    later = (timezone.now() + timedelta(days=1)).isoformat()
    printed = [
        step(version, "submit", author),
        step(version, "withdraw", author),
        step(version, "submit", author),
    ]
    mark_analysed(version, now=timezone.now())
    printed += [
        step(version, "approve", other, "--digest", version.digest),
        step(version, "activate", other, "--from", later),
        step(version, "unschedule", other),
        step(version, "activate", other),
    ]

    states = [each["state"] for each in printed]
    assert states == [
        *("submitted", "draft", "submitted", "approved", "scheduled", "approved", "active")
    ]
    assert printed[4]["active_from"] == later
    assert version_in_force(psp, at=timezone.now()) == version
    listed = json.loads(run("list", "--psp", psp.ref, "--json")[1])
    assert listed == [printed[-1]]
    assert listed[0]["digest"] == version.digest


def test_the_analysis_of_a_version_is_told_and_done_here_if_waited_for(
    version: PolicySetVersion,
) -> None:
    arguments = ("analysis", "1", "--psp", version.psp.ref)

    asked = run(*arguments)
    code, told = run(*arguments, "--wait")
    machine = json.loads(run(*arguments, "--json")[1])

    assert asked[0] == 1
    assert "requested" in asked[1]
    assert code == 1
    assert "violated  P2" in told
    assert "in the way of activation: P1, P2" in told
    assert machine["is_current"]
    assert machine["blocking"] == version.analyses.get().blocking


def test_nothing_stands_in_the_way_of_a_ready_policy_set(psp: Psp, author: User) -> None:
    put_design_in_force(psp)
    create_version(psp=psp, source=load_pack("balanced"), author=author, now=NOW)

    code, told = run("analysis", "1", "--psp", psp.ref, "--wait")

    assert code == 0
    assert told.count("proved  ") == 10
    assert "nothing stands in the way" in told


def test_a_draft_is_retired_and_listed_so(version: PolicySetVersion, author: User) -> None:
    code, out = run("retire", "1", "--psp", version.psp.ref, "--person", author.email)

    assert (code, out) == (0, run("list", "--psp", version.psp.ref)[1])
    assert out == f"1  retired  {version.name}  {version.digest}  written by Anna Author\n"


def test_nobody_approves_their_own_at_the_command_line(
    version: PolicySetVersion, author: User
) -> None:
    step(version, "submit", author)
    own = ("--psp", version.psp.ref, "--person", author.email, "--digest", version.digest)

    code, words = run("approve", "1", *own)
    assert code == 1
    assert "another person" in words
    code, words = run("approve", "1", *own, "--json")
    assert (code, json.loads(words)["error"]) == (1, "self-approval")
    version.refresh_from_db()
    assert version.approver is None


def test_who_submitted_what_a_key_wrote_does_not_approve_it(psp: Psp, other: User) -> None:
    key, _text = create_api_key(psp=psp, name="pipeline", scopes=["policies:write"], now=NOW)
    version = draft_version(psp=psp, source=policy(rule()), key=key, now=NOW)
    step(version, "submit", other)

    refused = step(version, "approve", other, "--digest", version.digest)

    assert refused["error"] == "self-approval"


def test_an_approval_of_another_text_is_refused(
    version: PolicySetVersion, author: User, other: User
) -> None:
    step(version, "submit", author)

    assert step(version, "approve", other, "--digest", "sha256:0")["error"] == "stale-approval"


def test_what_is_not_there_is_refused(version: PolicySetVersion, author: User) -> None:
    who = ("--psp", version.psp.ref, "--person", author.email)

    assert run("submit", "9", *who) == (1, "no policy set version `9`")
    assert run("list", "--psp", "psp_x") == (1, "no PSP `psp_x`")
    assert step(version, "submit", make_person(make_psp("Other PSP")))["error"] == "not-found"


def test_versions_of_another_psp_are_not_listed(psp: Psp) -> None:
    put_policy_in_force(make_psp("Other PSP"))

    assert run("list", "--psp", psp.ref) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("submit",), "needs a version's number"),
        (("submit", "1"), "submit needs --person"),
        (("submit", "1", "--person", "a@psp.example", "--wait"), "only analysis has --wait"),
        (("approve", "1", "--person", "a@psp.example"), "approve needs --digest"),
        (("submit", "1", "--person", "a@psp.example", "--digest", "x"), "nothing else has it"),
        (
            ("submit", "1", "--person", "a@psp.example", "--from", "2027-01-01T00:00:00+00:00"),
            "only activate has --from",
        ),
    ],
)
def test_wrong_usage_of_a_step_ends_with_two(
    psp: Psp, arguments: tuple[str, ...], words: str
) -> None:
    code, written = run(*arguments, "--psp", psp.ref)

    assert code == 2
    assert words in written


@pytest.mark.parametrize(
    ("moment", "words"), [("soon", "is no time"), ("2027-01-01T00:00:00", "names no time zone")]
)
def test_a_version_comes_into_force_at_a_moment_that_everybody_understands(
    psp: Psp, moment: str, words: str
) -> None:
    arguments = ("activate", "1", "--person", "a@psp.example", "--from", moment)

    assert words in run(*arguments, "--psp", psp.ref)[1]
