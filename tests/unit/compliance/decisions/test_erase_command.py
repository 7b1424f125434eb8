"""`manage.py erase`."""
# SPDX-License-Identifier: Apache-2.0

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from compliance.tenants.models import Psp, Role
from tests.support.erasing import PAYER, put_recorded, records
from tests.support.factories import make_person, make_psp

pytestmark = pytest.mark.django_db


@pytest.fixture
def psp() -> Psp:
    return make_psp()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{PAYER}\n"))


@pytest.mark.usefixtures("typed")
def test_the_command_takes_the_payer_from_standard_input(psp: Psp) -> None:
    put_recorded(psp)
    person, out = make_person(psp), StringIO()

    call_command("erase", "--psp", psp.ref, "--payer", "-", "--by", person.email, stdout=out)

    assert "1 decisions no longer lead to the payer" in out.getvalue()
    assert PAYER not in out.getvalue()
    assert records(psp) == set()


def test_the_command_tells_machines(psp: Psp) -> None:
    put_recorded(psp)
    person, out = make_person(psp), StringIO()
    arguments = ["--psp", psp.ref, "--payer", PAYER, "--by", person.email, "--json"]

    call_command("erase", *arguments, stdout=out)

    shown = json.loads(out.getvalue())
    assert (shown["decisions"], shown["erasures"][0]["records"]) == (1, 1)


def test_the_command_refuses_who_may_not(psp: Psp) -> None:
    engineer = make_person(psp, Role.ENGINEER)
    stranger = make_person(make_psp("Other PSP"))

    for email in (engineer.email, stranger.email, "nobody@psp.example"):
        with pytest.raises(CommandError) as refused:
            call_command("erase", "--psp", psp.ref, "--payer", PAYER, "--by", email)
        assert refused.value.returncode == 1
    for payer in ("", "x" * 129):
        with pytest.raises(CommandError) as refused:
            call_command("erase", "--psp", psp.ref, "--payer", payer, "--by", engineer.email)
        assert refused.value.returncode == 2
