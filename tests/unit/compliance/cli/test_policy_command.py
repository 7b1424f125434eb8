"""`manage.py policy`: for people and for continuous integration."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from compliance.ledger.models import StagedEntry
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.selectors import version_in_force
from compliance.tenants.models import Psp, Role, User
from policies.documents import digest_of, read_policy_set
from policies.packs import load_pack
from tests.support.documents import policy, rule
from tests.support.factories import make_person, make_psp, put_design_in_force

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[4]
BALANCED = digest_of(read_policy_set(load_pack("balanced")))


@pytest.fixture
def psp() -> Psp:
    return make_psp()


@pytest.fixture
def author(psp: Psp) -> User:
    return make_person(psp)


def run(*arguments: str) -> tuple[int, str, str]:
    """Return the exit code, and what was written to standard output and error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("policy", *arguments, stdout=out, stderr=err)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def test_a_valid_document_is_praised_with_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(policy(rule()))

    assert run("check", str(file)) == (
        0,
        f"valid: 1 rules, {digest_of(read_policy_set(policy(rule())))}\n",
        "",
    )
    code, out, _err = run("check", "pack:balanced", "--json")
    assert code == 0
    assert json.loads(out)["digest"] == BALANCED


def test_every_problem_is_listed_with_its_line_and_place(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("schema: 1\nname: N\notherwise: permit\nrules:\n  - {id: a b}\n  - {}\n")

    code, out, err = run("check", str(file))

    assert (code, out) == (1, "")
    assert err.splitlines()[0] == "line 5, /rules/0: `when` is missing"
    assert len(err.splitlines()) == 5


def test_problems_are_listed_for_machines(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(policy(rule(effect="denny")))

    code, out, err = run("check", str(file), "--json")

    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "valid": False,
        "problems": [
            {
                "pointer": "/rules/0/effect",
                "line": None,
                "detail": "unknown value `denny` (did you mean `deny`?): "
                "expected one of `permit`, `step_up`, `hold`, `deny`",
                "suggestion": "deny",
            }
        ],
    }


def test_a_document_without_a_line_has_its_pointer(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(b"{}")

    assert run("check", str(file))[2].startswith("/: `schema` is missing\n")


def test_a_huge_file_is_not_read_to_its_end() -> None:
    code, _out, err = run("check", "/dev/zero")

    assert code == 1
    assert "expected at most 1000000" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "/nowhere/policy.yaml"), "cannot read `/nowhere/policy.yaml`"),
        (("check", "/"), "cannot read `/`"),
        (("check", "pack:unknown"), "no pack `unknown`"),
    ],
)
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert words in err


def test_an_import_waits_for_approval(psp: Psp, author: User) -> None:
    code, out, _err = run("import", "pack:balanced", "--psp", psp.ref, "--author", author.email)

    version = PolicySetVersion.objects.get(psp=psp)
    assert code == 0
    assert out == f"{version.ref}  version 1  {BALANCED}  waits for approval\n"
    assert (version.author, version.approver, version.active_from) == (author, None, None)


def test_an_import_that_another_person_approves_is_in_force(psp: Psp, author: User) -> None:
    approver = make_person(psp, Role.APPROVER)
    put_design_in_force(psp)
    code, out, _err = run(
        "import",
        "pack:balanced",
        *("--psp", psp.ref, "--author", author.email.upper(), "--approver", approver.email),
        "--json",
    )

    version = PolicySetVersion.objects.get(psp=psp)
    assert code == 0
    assert version.active_from is not None
    assert json.loads(out) == {
        "ref": version.ref,
        "number": 1,
        "digest": BALANCED,
        "active_from": version.active_from.isoformat(),
    }
    assert version_in_force(psp, at=version.active_from) == version
    assert version.approver == approver


def test_an_import_that_is_not_proved_is_refused_whole(psp: Psp, author: User) -> None:
    approver = make_person(psp, Role.APPROVER)

    code, _out, err = run(
        "import",
        "pack:balanced",
        *("--psp", psp.ref, "--author", author.email, "--approver", approver.email),
    )

    assert code == 1
    assert "P4" in err  # without an authentication design, a step-up may rest on anything
    assert not PolicySetVersion.objects.filter(psp=psp).exists()


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"--psp": "psp_unknown"}, "not-found", "no PSP `psp_unknown`"),
        ({"--author": "nobody@psp.example"}, "not-found", "no person `nobody@psp.example`"),
        ({"--approver": "nobody@psp.example"}, "not-found", "no person `nobody@psp.example`"),
        ({"--approver": "AUTHOR"}, "role-too-small", "approver"),
        ({"--approver": "OFFICER"}, "role-too-small", "approver"),
    ],
)
def test_a_refused_import_leaves_nothing_behind(
    psp: Psp, author: User, changes: dict[str, str], code: str, words: str
) -> None:
    names = {"AUTHOR": author.email, "OFFICER": make_person(psp).email}
    given = {"--psp": psp.ref, "--author": author.email} | changes
    arguments = [
        word for option, value in given.items() for word in (option, names.get(value, value))
    ]

    status, out, err = run("import", "pack:balanced", *arguments)
    assert (status, out) == (1, "")
    assert words in err
    status, out, err = run("import", "pack:balanced", *arguments, "--json")
    assert (status, json.loads(out)["error"], err) == (1, code, "")
    assert not PolicySetVersion.objects.exists()
    assert not StagedEntry.objects.filter(psp=psp).exists()


def test_who_may_approve_still_does_not_approve_their_own(psp: Psp) -> None:
    person = make_person(psp, Role.APPROVER)
    people = ("--psp", psp.ref, "--author", person.email, "--approver", person.email)

    code, out, _err = run("import", "pack:balanced", *people, "--json")

    assert (code, json.loads(out)["error"]) == (1, "self-approval")


def test_an_invalid_document_is_not_imported(tmp_path: Path, psp: Psp, author: User) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(b"{}")

    code, _out, err = run("import", str(file), "--psp", psp.ref, "--author", author.email)

    assert code == 1
    assert "`rules` is missing" in err


@pytest.mark.parametrize(
    ("arguments", "source", "code"),
    [
        (("check", "-"), policy(rule()), 0),
        (("check", "-"), b"{}", 1),
        (("check", "/nowhere"), b"", 2),
        (("chek", "-"), b"", 2),
    ],
)
def test_the_process_ends_with_the_code(
    arguments: tuple[str, ...], source: bytes, code: int
) -> None:
    command = [sys.executable, "manage.py", "policy", *arguments]
    done = subprocess.run(command, input=source, cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == code
    assert b"Traceback" not in done.stderr
