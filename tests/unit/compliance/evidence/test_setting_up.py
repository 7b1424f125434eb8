"""What a PSP sets up for a provider: checked, encrypted, versioned, and never shown again."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from compliance.core.revisions import current_revision
from compliance.evidence import setting_up
from compliance.evidence.errors import InvalidProviderSettingsError, VaultError
from compliance.evidence.models import ProviderSettings
from compliance.evidence.providers import PROVIDERS
from compliance.evidence.providers.shape import Provider, SettingsError
from compliance.evidence.selectors import provider_settings_of, trust_material_of
from compliance.evidence.setting_up import set_up_provider
from compliance.evidence.vault import seal, unseal
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import Psp
from policies.documents import Problem
from tests.support.factories import NOW, make_psp

pytestmark = pytest.mark.django_db
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
SOURCE = f'{{"secret": "{SECRET}"}}'.encode()


def _read(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Read the settings of a provider that wants a secret and nothing else."""
    unknown = [Problem(f"/{name}", "unknown field") for name in document if name != "secret"]
    if "secret" not in document or unknown:
        raise SettingsError([*unknown, Problem("/secret", "expected a secret")][:1])
    return ("ready", document["secret"])


@pytest.fixture(autouse=True)
def _provider(monkeypatch: pytest.MonkeyPatch) -> None:
    appraise = PROVIDERS["freerasp"].appraise
    locked = Provider("locked", frozenset(), appraise, _read)
    plain = Provider("plain", frozenset(), appraise)
    monkeypatch.setattr(setting_up, "PROVIDERS", {"locked": locked, "plain": plain})


@pytest.fixture
def psp() -> Psp:
    return make_psp()


def set_up(psp: Psp, source: bytes = SOURCE, provider: str = "locked") -> ProviderSettings:
    return set_up_provider(psp=psp, provider=provider, source=source, set_by="Olivia", now=NOW)


def test_what_is_set_up_is_ready_for_use_and_nobody_elses(psp: Psp) -> None:
    before = current_revision()
    set_up(psp, b"secret: old")
    set_up(psp)

    assert trust_material_of(psp).settings == {"locked": ("ready", SECRET)}
    assert trust_material_of(make_psp()).settings == {}
    assert current_revision() == before + 2
    assert [row.number for row in provider_settings_of(psp)] == [2]


def test_it_is_stored_encrypted_and_logged_without_what_it_says(psp: Psp) -> None:
    row = set_up(psp)
    entry = bytes(StagedEntry.objects.get(psp=psp).body)

    assert SECRET.encode() not in bytes(row.sealed)
    assert SECRET not in entry.decode()
    assert json.loads(entry)["digest"] == row.digest
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderSettings.objects.update(set_by="Mallory")


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (b"{}", ("/secret", None)),
        (b"secret: x\nother: y\n", ("/other", 2)),
        (b"[1]", ("", None)),
        (b'{"secret": ', ("", 1)),
        (b"\xff", ("", None)),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(
    psp: Psp, source: bytes, place: tuple[str, int | None]
) -> None:
    with pytest.raises(InvalidProviderSettingsError) as caught:
        set_up(psp, source)

    (problem,) = caught.value.problems
    assert (problem.pointer, problem.line) == place
    assert not ProviderSettings.objects.exists()


@pytest.mark.parametrize("provider", ["plain", "unknown"])
def test_a_provider_that_wants_nothing_gets_nothing(psp: Psp, provider: str) -> None:
    with pytest.raises(InvalidProviderSettingsError, match="expected locked"):
        set_up(psp, provider=provider)


def test_what_cannot_be_decrypted_is_as_if_it_were_not_there(
    psp: Psp, settings: Any, tmp_path: Path
) -> None:
    set_up(psp)
    settings.KEYS_DIR = tmp_path

    assert trust_material_of(psp).settings == {}


def test_only_what_it_is_bound_to_opens_it(settings: Any, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path
    sealed = seal(b"text", bound_to="set_1")

    assert unseal(sealed, bound_to="set_1") == b"text"
    assert seal(b"text", bound_to="set_1") != sealed
    for changed, bound in ((sealed, "set_2"), (sealed[:-1] + b"\0", "set_1"), (b"", "set_1")):
        with pytest.raises(VaultError):
            unseal(changed, bound_to=bound)


def test_a_damaged_key_is_said(settings: Any, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "damaged"
    settings.KEYS_DIR.mkdir()
    (settings.KEYS_DIR / "provider-settings").write_bytes(b"short")

    with pytest.raises(VaultError, match="expected 32 bytes, got 5"):
        seal(b"text", bound_to="set_1")


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("evidence_provider", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_sets_up_and_lists_without_secrets(psp: Psp, tmp_path: Path) -> None:
    path = tmp_path / "locked.json"
    path.write_bytes(SOURCE)

    told = run("set", "locked", str(path), "--psp", psp.ref)
    listed = run("list", "--psp", psp.ref) + run("list", "--psp", psp.ref, "--json")

    assert "locked 1" in told
    assert "provider=locked" in listed
    assert SECRET not in told + listed


def test_the_command_says_what_is_wrong_and_where(
    psp: Psp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "locked.yaml"
    path.write_bytes(b"secret: x\nother: y\n")

    with pytest.raises(SystemExit) as caught:
        run("set", "locked", str(path), "--psp", psp.ref)
    assert caught.value.code == 1
    assert "line 2, /other: unknown field" in capsys.readouterr().err
    with pytest.raises(CommandError, match="needs a provider"):
        run("set", "locked", "--psp", psp.ref)
    with pytest.raises(CommandError, match="no PSP"):
        run("list", "--psp", "psp_x")
