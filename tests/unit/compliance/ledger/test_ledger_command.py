"""`manage.py ledger`: words for people, JSON for machines, exit codes for both."""
# SPDX-License-Identifier: Apache-2.0

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.ledger.keystore import copy_path
from compliance.ledger.models import Log
from compliance.ledger.selectors import checkpoint_of, vkey_of
from tests.integration.ledger_logs import grow, stage
from tests.support.factories import make_psp

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    try:
        call_command("ledger", *arguments)
    except SystemExit as error:
        return int(error.code or 0), capsys.readouterr().out
    return 0, capsys.readouterr().out


def test_fsck_says_in_words_what_holds(capsys: pytest.CaptureFixture[str]) -> None:
    psp = make_psp()
    grow(psp, 3)
    stage(psp, 1, start=3)

    code, text = run(capsys, "fsck")

    assert code == 0
    assert "3 entries hash to their leaf hashes" in text
    assert "the checkpoint at size 3 is signed by the log's key" in text
    assert "1 entries are staged" in text
    assert "the log is intact" in text


def test_fsck_says_in_words_what_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    psp = make_psp()
    grow(psp, 3)
    copy_path(psp).unlink()

    code, text = run(capsys, "fsck", "--psp", psp.ref)

    assert code == 1
    assert "PROBLEM: there is no copy of the newest checkpoint" in text
    assert "the log is NOT intact" in text


def test_fsck_speaks_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = make_psp(), make_psp()
    grow(good, 3)
    grow(bad, 3)
    Log.objects.filter(psp=bad).update(root_hash=bytes(32))

    code, text = run(capsys, "fsck", "--json")

    document = json.loads(text)
    assert code == 1
    assert document["holds"] is False
    assert [log["holds"] for log in document["logs"]] == [True, False]
    assert document["logs"][0]["entries"] == 3


def test_checkpoint_and_vkey_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    psp = make_psp()
    make_psp("without a log")
    grow(psp, 3)

    assert run(capsys, "checkpoint") == (0, checkpoint_of(psp))
    assert run(capsys, "vkey", "--psp", psp.ref) == (0, f"{vkey_of(psp)}\n")
    assert json.loads(run(capsys, "vkey", "--json")[1]) == {psp.ref: vkey_of(psp)}


def test_nothing_to_print_is_said() -> None:
    psp = make_psp()

    with pytest.raises(CommandError, match="no vkey yet"):
        call_command("ledger", "vkey", "--psp", psp.ref)


def test_an_unknown_psp_is_said() -> None:
    with pytest.raises(CommandError, match="no PSP `psp_x`"):
        call_command("ledger", "fsck", "--psp", "psp_x")


def test_a_key_store_that_cannot_be_read_is_said(settings: Any, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path
    psp = make_psp()
    grow(psp, 3)
    copy_path(psp).unlink()
    copy_path(psp).mkdir()  # a folder where a file is wanted

    with pytest.raises(CommandError, match="key store's file"):
        call_command("ledger", "fsck", "--psp", psp.ref)
