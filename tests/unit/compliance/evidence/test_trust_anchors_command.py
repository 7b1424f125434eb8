"""The command `trust_anchors`."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from compliance.evidence.demonstration import DemonstrationAuthority, create_issuers
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.selectors import trust_anchors_of, trust_material_of
from compliance.tenants.models import Psp
from tests.support.attestation import authority
from tests.support.factories import make_psp

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path: Path) -> str:
    path = tmp_path / "root.pem"
    path.write_text(authority().root_pem)
    return str(path)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("trust_anchors", *arguments, stdout=out)
    return out.getvalue()


def listed(psp: Psp) -> dict[str, list[dict[str, str]]]:
    loaded: dict[str, list[dict[str, str]]] = json.loads(run("list", "--psp", psp.ref, "--json"))
    return loaded


def test_a_root_is_added_listed_and_removed(root: str) -> None:
    psp = make_psp()

    assert "added" in run("add", root, "--psp", psp.ref, "--label", "our root")
    (anchor,) = listed(psp)["trust_anchors"]
    assert anchor["label"] == "our root"
    assert anchor["ref"] in run("list", "--psp", psp.ref)
    assert "removed" in run("remove", anchor["ref"], "--psp", psp.ref)
    assert listed(psp)["trust_anchors"] == []


def test_a_json_list_of_roots_is_added_and_known_ones_are_kept(tmp_path: Path, root: str) -> None:
    psp = make_psp()
    run("add", root, "--psp", psp.ref)
    other = DemonstrationAuthority(create_issuers()).root_pem
    path = tmp_path / "roots.json"
    path.write_text(json.dumps([authority().root_pem, other]))
    told = run("add", str(path), "--psp", psp.ref, "--demonstration")

    assert "kept" in told
    assert "added" in told
    marks = [anchor.demonstration for anchor in trust_anchors_of(psp)]
    assert marks == [False, True]
    assert "CN=Ninefold demonstration root" in trust_anchors_of(psp)[1].label


def test_a_list_of_revoked_keys_is_loaded_for_all_or_for_one(tmp_path: Path) -> None:
    psp = make_psp()
    path = tmp_path / "status.json"
    path.write_text('{"entries": {"ab": {"status": "REVOKED"}}}')

    assert "1 entries" in run("revocations", str(path))
    run("revocations", str(path), "--psp", psp.ref)
    assert [row["for"] for row in listed(psp)["revocation_lists"]] == ["all", "this PSP"]
    assert trust_material_of(psp).revocations[NAME].statuses == {"ab": "REVOKED"}


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["add"], "add needs a file", 2),
        (["list"], "list needs --psp", 2),
        (["add", "absent.pem", "--psp", "{psp}"], "cannot read `absent.pem`", 2),
        (["revocations", "absent.json"], "cannot read `absent.json`", 2),
        (["list", "--psp", "psp_unknown"], "no PSP `psp_unknown`", 1),
        (["remove", "anc_unknown", "--psp", "{psp}"], "no trust anchor", 1),
        (["add", "{text}", "--psp", "{psp}"], "no certificate in", 1),
        (["add", "{broken}", "--psp", "{psp}"], "expected certificates in PEM form", 1),
        (["revocations", "{text}"], "expected JSON", 1),
        (["add", "{root}", "--psp", "{psp}", "--provider", "freerasp"], "provider `freerasp`", 1),
    ],
)
def test_what_cannot_be_done_is_said_with_an_exit_code(
    tmp_path: Path, root: str, arguments: list[str], message: str, code: int
) -> None:
    text, broken = tmp_path / "text", tmp_path / "broken"
    text.write_text("no certificate")
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    psp = make_psp().ref
    filled = [one.format(psp=psp, text=text, broken=broken, root=root) for one in arguments]

    with pytest.raises(CommandError, match=message) as caught:
        run(*filled)
    assert caught.value.returncode == code
