"""The command `trust_anchors`."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.evidence.demonstration import DemonstrationAuthority, create_issuers
from compliance.evidence.management.commands.trust_anchors import Command
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.selectors import trust_anchors_of, trust_material_of
from compliance.tenants.models import Psp, Role
from tests.support.attestation import anchor_of, authority
from tests.support.factories import make_person, make_psp

PAGE = Path(__file__).parents[4] / "docs" / "trust-anchors.md"
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


def key_digest() -> str:
    return anchor_of(authority().root_pem).public_key_digest


def listed(psp: Psp) -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads(run("list", "--psp", psp.ref, "--json"))
    return loaded


def test_a_root_is_proposed_approved_by_another_and_removed(root: str) -> None:
    psp = make_psp()
    officer, approver = make_person(psp), make_person(psp, Role.APPROVER)
    own, digest = ("--psp", psp.ref), ("--digest", key_digest())

    told = run("add", root, *own, "--label", "our root", "--by", officer.email)
    (anchor,) = listed(psp)["trust_anchors"]
    assert "proposed" in told
    assert (anchor["label"], anchor["state"], anchor["for"]) == ("our root", "proposed", "this PSP")
    assert trust_anchors_of(psp) == []
    assert "trusted" in run("approve", anchor["ref"], *own, *digest, "--by", approver.email)
    assert anchor["ref"] in run("list", *own)
    assert "removed" in run("remove", anchor["ref"], *own, "--by", officer.email)
    assert listed(psp)["trust_anchors"] == []


def test_the_commands_of_the_page_do_what_it_says(root: str) -> None:
    psp = make_psp()
    officer, approver = make_person(psp).email, make_person(psp, Role.APPROVER).email
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    commands = re.findall(r"manage\.py trust_anchors (.+)", blocks[0])
    words = {
        "roots.pem": root,
        "psp_…": psp.ref,
        "officer@psp.example": officer,
        "approver@psp.example": approver,
        "sha256:…": key_digest(),
    }
    told = []
    for command in commands:
        filled = [words.get(word, word) for word in command.split()]
        ref = [each["ref"] for each in listed(psp)["trust_anchors"]]
        told.append(run(*(ref[0] if word == "anc_…" else word for word in filled)))

    assert [text.split()[0] for text in told] == ["proposed", "trusted", "removed", "trust"]
    for command in re.findall(r"manage\.py trust_anchors (.+)", blocks[1]):
        parser = Command().create_parser("manage.py", "trust_anchors")
        assert parser.parse_args(command.split()).action in {"source", "refresh"}


def test_two_people_of_the_deployment_trust_a_root_for_every_psp(root: str) -> None:
    psp, other = make_psp(), make_psp("Other")
    officer, approver = make_person(psp), make_person(other, Role.APPROVER)

    run("add", root, "--by", officer.email)
    (anchor,) = json.loads(run("list", "--json"))["trust_anchors"]
    with pytest.raises(CommandError, match="needs the role approver"):
        run("approve", anchor["ref"], "--digest", key_digest(), "--by", officer.email)
    run("approve", anchor["ref"], "--digest", key_digest(), "--by", approver.email)

    assert [each["for"] for each in listed(other)["trust_anchors"]] == ["all"]
    assert trust_anchors_of(psp) == trust_anchors_of(other) != []


def test_a_json_list_of_roots_is_proposed_and_known_ones_are_kept(
    tmp_path: Path, root: str
) -> None:
    psp = make_psp()
    officer = make_person(psp).email
    run("add", root, "--psp", psp.ref, "--by", officer)
    other = DemonstrationAuthority(create_issuers()).root_pem
    path = tmp_path / "roots.json"
    path.write_text(json.dumps([authority().root_pem, other]))
    told = run("add", str(path), "--psp", psp.ref, "--demonstration", "--by", officer)

    assert "kept" in told
    assert "proposed" in told
    first, second = listed(psp)["trust_anchors"]
    assert [first["demonstration"], second["demonstration"]] == [False, True]
    assert "CN=Ninefold demonstration root" in second["label"]


def test_a_list_of_revoked_keys_is_loaded_for_all_or_for_one(tmp_path: Path) -> None:
    psp = make_psp()
    path = tmp_path / "status.json"
    path.write_text('{"entries": {"ab": {"status": "REVOKED"}}}')

    assert "1 entries" in run("revocations", str(path))
    run("revocations", str(path), "--psp", psp.ref)
    rows = listed(psp)["revocation_lists"]
    assert [row["for"] for row in rows] == ["all", "this PSP"]
    assert [row["origin"] for row in rows] == [str(path)] * 2
    assert "age_s=" in run("list")
    assert trust_material_of(psp).revocations[NAME].statuses == {"ab": "REVOKED"}


def test_a_source_is_loaded_again_and_a_failure_keeps_the_old_list(tmp_path: Path) -> None:
    psp = make_psp()
    path = tmp_path / "status.json"
    path.write_text('{"entries": {"ab": {"status": "REVOKED"}}}')
    own = ("--psp", psp.ref)

    assert "no source" in run("refresh")
    run("source", str(path), *own)
    path.write_text('{"entries": {"cd": {"status": "REVOKED"}}}')
    assert "1 entries" in run("refresh", *own)
    path.write_text("no list")
    err = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("trust_anchors", "refresh", *own, stderr=err)

    assert caught.value.code == 1
    assert "expected JSON" in err.getvalue()
    assert trust_material_of(psp).revocations[NAME].statuses == {"cd": "REVOKED"}
    (source,) = listed(psp)["sources"]
    assert source["failure"] == "expected JSON"
    assert "removed" in run("source", "none", *own)
    assert listed(psp)["sources"] == []


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["add"], "add needs a file", 2),
        (["add", "absent.pem"], "add needs --by", 2),
        (["approve", "anc_x", "--by", "{by}"], "approve needs --digest", 2),
        (["add", "absent.pem", "--by", "{by}", "--psp", "{psp}"], "cannot read `absent.pem`", 2),
        (["revocations", "absent.json"], "cannot read `absent.json`", 2),
        (["list", "--psp", "psp_unknown"], "no PSP `psp_unknown`", 1),
        (["remove", "anc_unknown", "--psp", "{psp}", "--by", "{by}"], "no trust anchor", 1),
        (["add", "{root}", "--by", "nobody@psp.example"], "no person", 1),
        (["add", "{text}", "--psp", "{psp}", "--by", "{by}"], "no certificate in", 1),
        (["add", "{broken}", "--psp", "{psp}", "--by", "{by}"], "expected certificates in PEM", 1),
        (["revocations", "{text}"], "expected JSON", 1),
        (["source", "{text}"], "expected JSON", 1),
        (["source", "/absent/list"], "cannot load `/absent/list`: No such file", 1),
        (["source", "http://list.example/status"], "begins with https://", 1),
        (
            ["add", "{root}", "--psp", "{psp}", "--provider", "freerasp", "--by", "{by}"],
            "provider `freerasp`",
            1,
        ),
    ],
)
def test_what_cannot_be_done_is_said_with_an_exit_code(
    tmp_path: Path, root: str, arguments: list[str], message: str, code: int
) -> None:
    text, broken = tmp_path / "text", tmp_path / "broken"
    text.write_text("no certificate")
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    psp = make_psp()
    words = {"psp": psp.ref, "by": make_person(psp).email, "text": text, "broken": broken}
    filled = [one.format(root=root, **words) for one in arguments]

    with pytest.raises(CommandError, match=message) as caught:
        run(*filled)
    assert caught.value.returncode == code
