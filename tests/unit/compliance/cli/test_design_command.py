"""`manage.py design`: for people and for continuous integration."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from compliance.designs.models import DesignVersion
from compliance.tenants.models import Psp, Role, User
from policies.documents import digest_of_designs, read_designs
from policies.packs import load_pack
from tests.support.documents import METHOD, designs
from tests.support.factories import NOW, make_person, make_psp, put_design_in_force

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[4]
DEMO = digest_of_designs(read_designs(load_pack("design-demo")))
RISKY = designs(
    methods=[
        METHOD
        | {"elements": {"knowledge": {"rests_on": ["app"]}, "possession": {"rests_on": ["app"]}}}
    ]
)


def run(*arguments: str) -> tuple[int, str, str]:
    """Return the exit code, and what was written to standard output and error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("design", *arguments, stdout=out, stderr=err)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def test_a_valid_design_is_praised_with_its_digest() -> None:
    assert run("check", "pack:design-demo") == (0, f"valid: 2 methods, {DEMO}\n", "")


def test_single_points_of_compromise_are_named(tmp_path: Path) -> None:
    file = tmp_path / "design.json"
    file.write_bytes(RISKY)

    code, out, _err = run("check", str(file))
    assert code == 0
    assert "app-pin: single points of compromise: phone-os, app\n" in out
    _code, out, _err = run("check", str(file), "--json")
    assert json.loads(out)["single_points_of_compromise"] == {"app-pin": ["phone-os", "app"]}


def test_algorithms_to_look_at_are_named(tmp_path: Path) -> None:
    stated = {"a": "SHA-1", "b": "RSA", "c": "ACME"}
    components = [{"id": id_, "class": "server", "algorithm": it} for id_, it in stated.items()]
    element = {"knowledge": {"rests_on": ["a"]}}
    file = tmp_path / "design.json"
    file.write_bytes(designs(components=components, methods=[METHOD | {"elements": element}]))

    code, out, _err = run("check", str(file))

    assert code == 0
    _valid, *lines = out.splitlines()
    assert lines[0].startswith("a: SHA-1 is no longer allowed for making signatures (NIST SP")
    assert lines[1:] == ["b: RSA, bits not stated", "c: ACME is not in the list"]
    _code, out, _err = run("check", str(file), "--json")
    (method,) = json.loads(out)["independence"]["methods"]
    assert method["losses"] == [{"elements": ["knowledge"], "components": ["a"]}]


def test_every_problem_is_listed_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "design.yaml"
    file.write_text("schema: 1\nname: N\ncomponents:\n  - {id: a}\nmethods:\n  - {}\n")

    code, out, err = run("check", str(file))
    assert (code, out) == (1, "")
    assert err.splitlines()[0] == "line 4, /components/0: `class` is missing"
    code, out, err = run("check", str(file), "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["problems"][0]["pointer"] == "/components/0"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "/nowhere/design.yaml"), "cannot read `/nowhere/design.yaml`"),
        (("check", "pack:unknown"), "no pack `unknown`"),
    ],
)
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert words in err


@pytest.fixture
def psp() -> Psp:
    return make_psp()


@pytest.fixture
def author(psp: Psp) -> User:
    return make_person(psp, name="Anna Author")


@pytest.fixture
def approver(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Adam Approver")


def test_an_imported_design_waits_for_another_person(
    psp: Psp, author: User, approver: User
) -> None:
    by_author = ("--psp", psp.ref, "--person", author.email)
    by_approver = ("--psp", psp.ref, "--person", approver.email)
    said = run("import", "pack:design-demo", "--psp", psp.ref, "--author", author.email)
    line = f"1  submitted  App PIN and device key  {DEMO}  written by Anna Author\n"
    assert said == (0, line, "")

    code, out, _err = run("approve", "1", *by_author, "--digest", DEMO, "--json")
    assert (code, json.loads(out)["error"]) == (1, "role-too-small")
    assert run("approve", "1", *by_approver, "--digest", DEMO)[1].startswith("1  approved")
    later = "2030-01-01T00:00:00+00:00"
    assert f"scheduled  from {later}" in run("activate", "1", *by_author, "--from", later)[1]
    assert run("unschedule", "1", *by_author)[1].startswith("1  approved")
    assert run("activate", "1", *by_author)[1].startswith("1  active  from")
    _code, out, _err = run("list", "--psp", psp.ref, "--json")
    assert [each["state"] for each in json.loads(out)] == ["active"]


def test_with_an_approver_it_is_in_force_at_once_unless_they_are_one(
    psp: Psp, author: User, approver: User
) -> None:
    command = ("import", "pack:design-demo", "--psp", psp.ref, "--author")
    code, _out, err = run(*command, approver.email, "--approver", approver.email)
    assert (code, DesignVersion.objects.count()) == (1, 0)
    assert "another person" in err

    code, out, _err = run(*command, author.email, "--approver", approver.email)
    assert (code, out.split()[:2]) == (0, ["1", "active"])


def test_a_version_is_refused_or_withdrawn(psp: Psp, author: User, approver: User) -> None:
    for _ in range(2):
        run("import", "pack:design-demo", "--psp", psp.ref, "--author", author.email)
    person = ("--psp", psp.ref, "--person")

    assert run("refuse", "1", *person, approver.email, "--reason", " ")[0] == 1
    refused = run("refuse", "1", *person, approver.email, "--reason", "The letter is gone.")
    withdrawn = run("withdraw", "2", *person, author.email)

    assert refused[1].startswith("1  refused")
    assert withdrawn[1].startswith("2  withdrawn")
    assert run("take-over", "1", *person, author.email)[0] == 1


def test_two_documents_are_compared() -> None:
    code, out, _err = run("diff", "pack:design-demo", "pack:design-one-phone")

    assert code == 1
    assert "added  component pin-entry\n  class: - -> input" in out
    assert "removed  method letter-code" in out
    assert "new single point of compromise: phone-os, app-pin-fingerprint" in out
    _code, out, _err = run("diff", "pack:design-demo", "pack:design-one-phone", "--json")
    points = [each["component"] for each in json.loads(out)["single_points_that_come"]]
    assert points == ["phone-os", "app", "key-store"]
    assert run("diff", "pack:design-demo", "pack:design-demo")[:2] == (0, "no difference\n")


def test_an_unknown_psp_is_refused() -> None:
    command = ("import", "pack:design-demo", "--psp", "psp_unknown", "--author", "a@psp.example")
    code, out, err = run(*command)
    assert (code, out) == (1, "")
    assert "no PSP `psp_unknown`" in err
    code, out, err = run(*command, "--json")
    assert (code, json.loads(out)["error"], err) == (1, "not-found", "")


def test_an_invalid_design_is_not_imported(tmp_path: Path, psp: Psp, author: User) -> None:
    file = tmp_path / "design.json"
    file.write_bytes(b"{}")

    assert run("import", str(file), "--psp", psp.ref, "--author", author.email)[0] == 1
    assert not DesignVersion.objects.exists()


def test_another_psps_version_is_not_found(psp: Psp, approver: User) -> None:
    other = put_design_in_force(make_psp("Other PSP"), now=NOW)
    command = ("approve", "1", "--psp", psp.ref, "--person", approver.email)

    assert "no design version `1`" in run(*command, "--digest", other.digest)[2]


@pytest.mark.parametrize(("source", "code"), [(designs(), 0), (b"{}", 1)])
def test_the_process_reads_standard_input_and_ends_with_the_code(source: bytes, code: int) -> None:
    command = [sys.executable, "manage.py", "design", "check", "-"]
    done = subprocess.run(command, input=source, cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == code
    assert b"Traceback" not in done.stderr
