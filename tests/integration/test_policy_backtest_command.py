"""`manage.py policy backtest`: asks for a back-test, or works on it and prints what changes."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from compliance.backtests.models import BackTest, RunState
from compliance.backtests.queue import BACK_TESTS, MOST_ATTEMPTS
from compliance.backtests.services import request_back_test
from compliance.cli import policy_backtest
from compliance.cli.management.commands.policy import Command
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.integration.recorded_decisions import record_many
from tests.support.factories import make_person, make_psp, put_design_in_force, put_policy_in_force

pytestmark = pytest.mark.django_db

COUNT = 60
STEPS_UP = b"""rules:
  - id: everybody-steps-up
    when: {reliable_elements: {at_least: 0}}
    effect: step_up
    obligations: [{action: step_up, method: letter-code, within: 10m}]
"""
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
YESTERDAY = TODAY - timedelta(days=1)
DAY = YESTERDAY.date().isoformat()


@pytest.fixture
def psp() -> Psp:
    """A PSP with decisions of yesterday, and a candidate, version 2."""
    psp = make_psp()
    put_policy_in_force(psp, now=YESTERDAY)
    put_design_in_force(psp, now=YESTERDAY)
    record_many(psp, COUNT, start=YESTERDAY)
    source = load_pack("balanced").replace(b"rules:\n", STEPS_UP, 1)
    create_version(psp=psp, source=source, author=make_person(psp), now=YESTERDAY)
    return psp


def run(*arguments: str) -> tuple[int, str, str]:
    """Return the exit code, and what was written to standard output and error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("policy", "backtest", *arguments, stdout=out, stderr=err)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def test_what_is_only_asked_for_is_left_to_a_worker(psp: Psp) -> None:
    code, out, err = run("2", "--psp", psp.ref, "--from", DAY, "--to", DAY)

    row = BackTest.objects.get(psp=psp)
    assert (code, err) == (0, "")
    assert out == f"{row.ref}  requested  version 2, {DAY} to {DAY}\n"
    assert (row.state, row.requested_by) == (RunState.REQUESTED, "command line")
    assert (row.starts_at, row.ends_at) == (YESTERDAY, TODAY)


def test_days_are_the_last_ones_before_today(psp: Psp) -> None:
    assert run("2", "--psp", psp.ref, "--days", "7")[0] == 0
    assert run("2", "--psp", psp.ref)[0] == 0

    found = BackTest.objects.order_by("requested_at").values_list("starts_at", "ends_at")
    assert [(end - start).days for start, end in found] == [7, 30]
    assert {end for _start, end in found} == {TODAY}


def test_a_result_that_is_waited_for_is_printed(psp: Psp) -> None:
    code, out, err = run("2", "--psp", psp.ref, "--days", "1", "--wait")

    lines = out.splitlines()
    assert code == 0
    assert err.startswith("0 %: 0 of 60 decisions\n")
    assert lines[0].endswith(f"  ready  version 2, {DAY} to {DAY}")
    assert lines[1].split() == ["permit", "step_up", "hold", "deny"]
    assert [line.split()[0] for line in lines[2:6]] == ["permit", "step_up", "hold", "deny"]
    assert int(lines[2].split()[2]) > 0
    assert lines[6].endswith(f" of {COUNT} decisions change")
    assert lines[7].startswith("+")
    assert lines[8] == "0 decisions could not be decided again"


def test_a_result_has_a_form_for_machines(psp: Psp) -> None:
    code, out, _err = run("2", "--psp", psp.ref, "--from", DAY, "--to", DAY, "--wait", "--json")
    document = json.loads(out)
    result = document["result"]

    added = sum(
        cell["count"]
        for cell in result["matrix"]
        if (cell["old_effect"], cell["new_effect"]) == ("permit", "step_up")
    )
    assert code == 0
    assert (document["state"], document["progress"], document["total"]) == ("ready", 100, COUNT)
    assert document["period"] == {"from": DAY, "to": TODAY.date().isoformat()}
    assert (result["compared"], result["not_replayable"]) == (COUNT, [])
    assert added > 0
    assert result["added_step_ups_per_100_000"] > 0


def test_a_back_test_that_fails_ends_with_one(psp: Psp, monkeypatch: pytest.MonkeyPatch) -> None:
    def request_worn_out(**wanted: Any) -> BackTest:
        row = request_back_test(**wanted)
        BackTest.objects.filter(pk=row.pk).update(attempts=MOST_ATTEMPTS)
        return row

    monkeypatch.setattr(policy_backtest, "request_back_test", request_worn_out)

    code, out, _err = run("2", "--psp", psp.ref, "--days", "1", "--wait")

    assert code == 1
    assert "  failed  " in out
    assert f"not finished in {MOST_ATTEMPTS} attempts" in out


def test_one_that_a_worker_took_is_waited_for(psp: Psp, monkeypatch: pytest.MonkeyPatch) -> None:
    def request_taken(**wanted: Any) -> BackTest:
        row = request_back_test(**wanted)
        assert BACK_TESTS.take(row.pk, now=timezone.now()) is not None
        return row

    def wait(_seconds: float) -> None:
        BackTest.objects.update(state=RunState.READY, finished_at=timezone.now())

    monkeypatch.setattr(policy_backtest, "request_back_test", request_taken)
    monkeypatch.setattr("time.sleep", wait)

    code, out, err = run("2", "--psp", psp.ref, "--days", "1", "--wait")

    assert (code, err) == (0, "0 %: 0 decisions\n")
    assert "  ready  " in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("7", "--psp", "PSP"), 1, "no policy set version `7`"),
        (("2", "--psp", "psp_unknown"), 1, "no PSP `psp_unknown`"),
        (("2", "--psp", "OTHER"), 1, "no policy set version `2`"),
        (("2", "--psp", "PSP", "--from", DAY, "--to", "2999-01-01"), 1, "is longer than 400 days"),
        (("2", "--psp", "PSP", "--from", DAY, "--to", "2020-01-01"), 1, "the period is empty"),
        (("2", "--psp", "PSP", "--from", DAY), 2, "--from and --to go together"),
        (("2", "--psp", "PSP", "--from", DAY, "--to", DAY, "--days", "2"), 2, "or by --days"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    psp: Psp, arguments: tuple[str, ...], code: int, words: str
) -> None:
    names = {"PSP": psp.ref, "OTHER": make_psp("Another PSP").ref}

    found, out, err = run(*(names.get(word, word) for word in arguments))

    assert (found, out) == (code, "")
    assert words in err
    assert not BackTest.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("two",), "invalid int value"),
        (("2",), "required: --psp"),
        (("2", "--psp", "x", "--from", "1 May", "--to", DAY), "`1 May` is no day"),
        (("2", "--psp", "x", "--from", DAY, "--to", "9999-12-31"), "too late a day"),
        (("2", "--psp", "x", "--days", "0"), "expected 1 to 400 days"),
        (("2", "--psp", "x", "--days", "401"), "expected 1 to 400 days"),
        (("2", "--psp", "x", "--days", "many"), "expected 1 to 400 days"),
    ],
)
def test_a_wrong_use_ends_with_two(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        Command().run_from_argv(["manage.py", "policy", "backtest", *arguments])

    assert caught.value.code == 2
    assert words in capsys.readouterr().err
