"""`manage.py policy export`, `key`, and signed exports given to `check` and `import`."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command
from pytest_django import Settings

from compliance.policysets.exchange import MAX_BYTES, key_id_of, verify_export
from compliance.policysets.exchange_keys import export_key, key_path, public_key_path
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.models import Psp, Role, User
from tests.support.factories import make_person, make_psp, put_policy_in_force

KEY = Ed25519PrivateKey.generate()


@pytest.fixture(autouse=True)
def _own_keys(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"


@pytest.fixture
def version(db: None) -> PolicySetVersion:  # noqa: ARG001 - opens the database
    return put_policy_in_force(make_psp())


@pytest.fixture
def file(version: PolicySetVersion, tmp_path: Path) -> str:
    """The signed export of the version."""
    path = tmp_path / "export.json"
    assert run("export", "1", "--psp", version.psp.ref, "-o", str(path))[0] == 0
    return str(path)


@pytest.fixture
def other() -> Psp:
    return make_psp("Another PSP")


@pytest.fixture
def author(other: Psp) -> User:
    return make_person(other)


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


def trusted() -> str:
    return str(public_key_path())


def key_file(folder: Path, key: Ed25519PrivateKey = KEY) -> str:
    path = folder / "other.pub"
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(pem)
    return str(path)


def test_what_is_printed_is_the_file(version: PolicySetVersion) -> None:
    code, out, err = run("export", "1", "--psp", version.psp.ref)

    export = verify_export(out.encode(), trusted=[export_key().public_key()])
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert (export.digest, export.document) == (version.digest, version.document)


def test_where_it_was_written_is_said(version: PolicySetVersion, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    arguments = ("export", "1", "--psp", version.psp.ref, "--out", str(path))

    assert run(*arguments) == (0, f"version 1, {version.digest}: written to {path}\n", "")
    assert json.loads(run(*arguments, "--json")[1]) == {
        "file": str(path),
        "number": 1,
        "digest": version.digest,
    }
    assert json.loads(path.read_bytes())["digest"] == version.digest
    assert run(*arguments[:-1], str(tmp_path))[0] == 2


def test_the_key_is_printed_with_its_id(db: None) -> None:  # noqa: ARG001 - the command checks it
    code, out, _err = run("key")
    document = json.loads(run("key", "--json")[1])

    identifier = key_id_of(export_key().public_key())
    assert code == 0
    assert out == f"{document['public_key']}{identifier}\n"
    assert document["key_id"] == identifier
    assert document["public_key"].encode() == public_key_path().read_bytes()


def test_another_installation_checks_it(
    version: PolicySetVersion, file: str, tmp_path: Path
) -> None:
    arguments = ("check", file, "--key", key_file(tmp_path), "--key", trusted())

    code, out, _err = run(*arguments)
    document = json.loads(run(*arguments, "--json")[1])

    assert code == 0
    assert out.splitlines()[0].startswith(f"{version.name} 1, exported 20")
    assert out.splitlines()[1].startswith("valid: ")
    assert document["digest"] == version.digest
    assert document["export"]["key_id"] == key_id_of(export_key().public_key())


def test_another_installation_imports_it(
    version: PolicySetVersion, file: str, other: Psp, author: User
) -> None:
    people = ("--psp", other.ref, "--author", author.email.title())

    code, out, _err = run("import", file, "--key", trusted(), *people)

    imported = PolicySetVersion.objects.get(psp=other)
    assert code == 0
    assert out == f"{imported.ref}  version 1  {version.digest}  waits for approval\n"
    assert (imported.document, imported.author) == (version.document, author)


def test_who_does_not_write_policies_does_not_import(file: str, other: Psp) -> None:
    reader = make_person(other, Role.INTERNAL_AUDITOR)
    people = ("--psp", other.ref, "--author", reader.email, "--json")

    code, out, _err = run("import", file, "--key", trusted(), *people)

    assert (code, json.loads(out)["error"]) == (1, "role-too-small")


@pytest.mark.parametrize("verb", ["check", "import"])
def test_what_no_trusted_key_signed_is_refused(
    verb: str, file: str, other: Psp, author: User, tmp_path: Path
) -> None:
    people = ("--psp", other.ref, "--author", author.email) if verb == "import" else ()
    changed = tmp_path / "changed.json"
    changed.write_bytes(Path(file).read_bytes().replace(b"step_up", b"permits", 1))
    no_key = tmp_path / "no.pub"
    no_key.write_bytes(b"-----BEGIN")

    for arguments, code, words in (
        ((file, "--key", key_file(tmp_path)), 1, "a key that is not trusted"),
        ((str(changed), "--key", trusted()), 1, "signature does not fit"),
        ((file, "--key", str(no_key)), 1, "public key cannot be read"),
        ((file, "--key", str(tmp_path / "nowhere")), 2, "cannot read"),
        ((file,), 2, "name the public key to trust with --key"),
        (("pack:balanced", "--key", trusted()), 2, "and FILE is none"),
    ):
        found, out, err = run(verb, *arguments, *people)
        assert (found, out) == (code, "")
        assert words in err
    assert not PolicySetVersion.objects.filter(psp=other).exists()


def test_a_file_that_is_too_long_for_an_export_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_bytes(b'{"type": "ninefold-policy-export-1", "name": "' + b"a" * MAX_BYTES + b'"}')

    code, _out, err = run("check", str(path))

    assert code == 1
    assert "expected at most 1000000" in err


def test_only_the_psps_own_versions_are_exported(version: PolicySetVersion, other: Psp) -> None:
    for arguments in (("1", "--psp", other.ref), ("2", "--psp", version.psp.ref)):
        assert run("export", *arguments)[0] == 1
    assert run("export", "1", "--psp", "psp_unknown")[0] == 1


def test_a_key_that_cannot_be_used_refuses_the_export(version: PolicySetVersion) -> None:
    run("key")
    key_path().write_bytes(b"-----BEGIN")

    assert run("key")[0] == 1
    assert run("export", "1", "--psp", version.psp.ref)[0] == 1
