"""Keys that input is sealed to: who registers and retires them, what the ledger is told, what stays."""
# SPDX-License-Identifier: Apache-2.0

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.revisions import current_revision
from compliance.evidence.errors import InvalidSealingKeyError
from compliance.evidence.models import SealingKey
from compliance.evidence.sealing_keys import (
    MAX_USABLE,
    register_sealing_key,
    retire_sealing_key,
    sealing_keys_of,
    usable_sealing_keys,
)
from compliance.tenants.errors import RoleTooSmallError
from compliance.tenants.models import Psp, Role
from tests.support.erasing import entries
from tests.support.factories import NOW, make_person, make_psp
from tests.support.sealing import private_key, public_jwk, put_sealing_key

pytestmark = pytest.mark.django_db
SOURCE = json.dumps(public_jwk("P-256")).encode()


@pytest.fixture
def psp() -> Psp:
    return make_psp()


def test_a_key_is_registered_and_retired_and_the_ledger_is_told(psp: Psp) -> None:
    officer, before = make_person(psp), current_revision()

    row = register_sealing_key(psp=psp, source=SOURCE, by=officer, now=NOW)
    assert list(usable_sealing_keys(psp)) == ["psp-P-256"]
    retire_sealing_key(psp=psp, kid="psp-P-256", by=officer, now=NOW)

    assert dict(usable_sealing_keys(psp)) == {}
    assert [each.retired_at for each in sealing_keys_of(psp)] == [NOW]
    told = {"schema": 1, "ref": row.ref, "kid": "psp-P-256", "thumbprint": row.thumbprint}
    told |= {"person": officer.pk, "at": "2026-11-23T10:15:05+00:00"}
    for kind in ("sealing_key_registered", "sealing_key_retired"):
        assert entries(psp, kind) == [told | {"type": kind}]
    assert current_revision() == before + 2


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.APPROVER, Role.REGULATOR])
def test_a_smaller_role_does_neither(psp: Psp, role: Role) -> None:
    put_sealing_key(psp, "X25519")
    person = make_person(psp, role)

    with pytest.raises(RoleTooSmallError):
        register_sealing_key(psp=psp, source=SOURCE, by=person, now=NOW)
    with pytest.raises(RoleTooSmallError):
        retire_sealing_key(psp=psp, kid="psp-X25519", by=person, now=NOW)


def test_another_psps_keys_are_not_seen_nor_touched(psp: Psp) -> None:
    other = make_psp("Other PSP")
    put_sealing_key(other)

    assert sealing_keys_of(psp) == []
    with pytest.raises(NotFoundError):
        retire_sealing_key(psp=psp, kid="psp-P-256", by=make_person(psp), now=NOW)
    with pytest.raises(RoleTooSmallError):
        register_sealing_key(psp=other, source=SOURCE, by=make_person(psp), now=NOW)
    assert put_sealing_key(psp).kid == "psp-P-256"


def test_an_id_is_used_once(psp: Psp) -> None:
    put_sealing_key(psp)
    officer = make_person(psp)
    retire_sealing_key(psp=psp, kid="psp-P-256", by=officer, now=NOW)

    with pytest.raises(ConflictError, match="another"):
        put_sealing_key(psp, number=1)
    with pytest.raises(ConflictError, match="before"):
        retire_sealing_key(psp=psp, kid="psp-P-256", by=officer, now=NOW)


def test_there_are_not_too_many(psp: Psp) -> None:
    for number in range(MAX_USABLE):
        put_sealing_key(psp, "X25519", kid=f"key-{number}")

    with pytest.raises(InvalidSealingKeyError, match="16"):
        put_sealing_key(psp, "X25519", kid="one-too-many")


@pytest.mark.parametrize(
    "source",
    [b"", b"{}", b"[]", b"\xff", b"[" * 4000, b'{"kty": "EC"}', b"{" + b" " * 9000 + b"}"],
)
def test_what_is_no_key_is_refused(psp: Psp, source: bytes) -> None:
    with pytest.raises(InvalidSealingKeyError):
        register_sealing_key(psp=psp, source=source, by=make_person(psp), now=NOW)


def test_a_private_key_is_refused_and_nothing_of_it_is_stored(psp: Psp) -> None:
    private = private_key("P-256").as_dict(private=True) | {"kid": "psp-P-256"}

    with pytest.raises(InvalidSealingKeyError, match="private") as refused:
        register_sealing_key(
            psp=psp, source=json.dumps(private).encode(), by=make_person(psp), now=NOW
        )

    assert str(private["d"]) not in str(refused.value)
    assert sealing_keys_of(psp) == []


@pytest.mark.parametrize(
    "changes", [{"kid": "x"}, {"jwk": {}}, {"added_by": "x"}, {"retired_at": None}]
)
def test_the_database_lets_a_key_be_retired_once_and_nothing_else(
    psp: Psp, changes: dict[str, object]
) -> None:
    row = put_sealing_key(psp)
    SealingKey.objects.filter(pk=row.pk).update(retired_at=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        SealingKey.objects.filter(pk=row.pk).update(**changes)
    with pytest.raises(DatabaseError), transaction.atomic():
        SealingKey.objects.filter(pk=row.pk).delete()


def test_the_command_registers_lists_and_retires(psp: Psp, tmp_path: Path) -> None:
    path, by = tmp_path / "key.json", make_person(psp, Role.ADMINISTRATOR).email
    path.write_bytes(SOURCE)
    out = StringIO()

    call_command("sealing_keys", "register", str(path), psp=psp.ref, by=by, stdout=out)
    call_command("sealing_keys", "list", psp=psp.ref, stdout=out)
    call_command("sealing_keys", "retire", "psp-P-256", psp=psp.ref, by=by, stdout=out)
    call_command("sealing_keys", "list", psp=psp.ref, stdout=out)

    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == [
        "registered",
        "psp-P-256",
        "retired",
        "psp-P-256",
    ]
    assert (lines[1].endswith("in use"), "  retired " in lines[3]) == (True, True)
    shown = StringIO()
    call_command("sealing_keys", "list", "--json", psp=psp.ref, stdout=shown)
    assert json.loads(shown.getvalue())["items"][0]["jwk"]["alg"] == "ECDH-ES+A256KW"


def test_the_command_says_what_it_needs(psp: Psp) -> None:
    with pytest.raises(CommandError, match="--by"):
        call_command("sealing_keys", "retire", "x", psp=psp.ref)
    with pytest.raises(CommandError, match="no sealing key"):
        call_command("sealing_keys", "retire", "x", psp=psp.ref, by=make_person(psp).email)
