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
from policies.documents import digest_of_designs, read_designs
from policies.packs import load_pack
from tests.support.documents import METHOD, designs
from tests.support.factories import make_psp

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
        (("import", "pack:design-demo"), "import needs --psp"),
    ],
)
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert words in err


def test_an_imported_design_is_in_force_at_once() -> None:
    psp = make_psp()
    code, out, _err = run("import", "pack:design-demo", "--psp", psp.ref, "--by", "Anna")

    version = DesignVersion.objects.get(psp=psp)
    assert (code, out) == (0, f"{version.ref}  version 1  {DEMO}\n")
    assert version.created_by == "Anna"
    _code, out, _err = run("import", "pack:design-demo", "--psp", psp.ref, "--json")
    assert (json.loads(out)["number"], json.loads(out)["digest"]) == (2, DEMO)


def test_an_unknown_psp_is_refused() -> None:
    code, out, err = run("import", "pack:design-demo", "--psp", "psp_unknown")
    assert (code, out) == (1, "")
    assert "no PSP `psp_unknown`" in err
    code, out, err = run("import", "pack:design-demo", "--psp", "psp_unknown", "--json")
    assert (code, json.loads(out)["error"], err) == (1, "not-found", "")


def test_an_invalid_design_is_not_imported(tmp_path: Path) -> None:
    file = tmp_path / "design.json"
    file.write_bytes(b"{}")

    assert run("import", str(file), "--psp", make_psp().ref)[0] == 1
    assert not DesignVersion.objects.exists()


@pytest.mark.parametrize(("source", "code"), [(designs(), 0), (b"{}", 1)])
def test_the_process_reads_standard_input_and_ends_with_the_code(source: bytes, code: int) -> None:
    command = [sys.executable, "manage.py", "design", "check", "-"]
    done = subprocess.run(command, input=source, cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == code
    assert b"Traceback" not in done.stderr
