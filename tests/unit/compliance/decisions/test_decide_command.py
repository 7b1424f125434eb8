"""`manage.py decide`: decides on a file or standard input, records nothing, reads only so much."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from compliance.decisions.models import Decision
from tests.support.factories import (
    decision_body,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db

LARGE = 50_000_000


@pytest.fixture(autouse=True)
def _psp() -> None:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(LARGE)
    return path


def test_a_decision_is_explained_and_not_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(decision_body()))

    call_command("decide", str(path), "--json")

    document = json.loads(capsys.readouterr().out)
    assert document["recorded"] is False
    assert document["explanation"]
    assert not Decision.objects.exists()


def test_no_more_of_a_file_is_read_than_is_taken(large: Path) -> None:
    assert _peak_of_refusal(str(large)) < LARGE / 10


def test_no_more_of_standard_input_is_read_than_is_taken(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with large.open("rb") as file:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=file))

        assert _peak_of_refusal("-") < LARGE / 10
        assert not file.closed


def test_standard_input_is_decided_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = io.BytesIO(json.dumps(decision_body()).encode())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=given))

    call_command("decide", "-")

    assert "not recorded" in capsys.readouterr().out


def _peak_of_refusal(name: str) -> int:
    """Return the most memory that refusing the file took, in bytes."""
    tracemalloc.start()
    try:
        with pytest.raises(CommandError, match="larger than"):
            call_command("decide", name)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
