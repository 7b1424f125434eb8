"""A log is made once, with a key of its own."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.ledger.errors import LogKeyError
from compliance.ledger.keystore import key_path, load_signer, vkey_path
from compliance.ledger.merkle import EMPTY_ROOT
from compliance.ledger.models import Log
from compliance.ledger.notes import parse_vkey
from compliance.ledger.services import create_log
from tests.support.factories import NOW, make_psp

pytestmark = pytest.mark.django_db


def test_a_new_log_is_empty_and_named_after_its_psp() -> None:
    psp = make_psp()

    log = create_log(psp=psp, now=NOW)

    assert (log.size, bytes(log.root_hash), log.checkpoint) == (0, EMPTY_ROOT, "")
    assert log.origin == f"ninefold.example/audit/{psp.ref}"
    assert parse_vkey(log.vkey).name == log.origin


def test_making_a_log_again_changes_nothing() -> None:
    psp = make_psp()
    first = create_log(psp=psp, now=NOW)

    assert create_log(psp=psp, now=NOW) == first
    assert Log.objects.filter(psp=psp).count() == 1


def test_each_log_has_its_own_key_which_only_its_owner_can_read() -> None:
    first, second = make_psp(), make_psp()
    one, other = create_log(psp=first, now=NOW), create_log(psp=second, now=NOW)

    assert parse_vkey(one.vkey).public_key != parse_vkey(other.vkey).public_key
    assert key_path(first).stat().st_mode & 0o777 == 0o600
    assert key_path(first).parent.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in key_path(first).parent.glob(f"*{first.ref}*")) == [
        f"{first.ref}.pem",
        f"{first.ref}.vkey",
    ]


def test_the_public_half_lies_beside_the_key_for_whoever_verifies() -> None:
    psp = make_psp()
    log = create_log(psp=psp, now=NOW)

    assert vkey_path(psp).read_text(encoding="utf-8") == f"{log.vkey}\n"


def test_a_key_without_a_log_is_taken_up() -> None:
    psp = make_psp()
    log = create_log(psp=psp, now=NOW)
    # As if the process had died between the key and the row.
    psp_again = make_psp()
    key_path(psp_again).write_bytes(key_path(psp).read_bytes())

    again = create_log(psp=psp_again, now=NOW)

    assert parse_vkey(again.vkey).public_key == parse_vkey(log.vkey).public_key


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_key_that_cannot_be_read_is_not_replaced(content: bytes) -> None:
    psp = make_psp()
    key_path(psp).parent.mkdir(parents=True, exist_ok=True)
    key_path(psp).write_bytes(content)

    with pytest.raises(LogKeyError, match="cannot be read"):
        create_log(psp=psp, now=NOW)
    assert key_path(psp).read_bytes() == content
    assert not Log.objects.filter(psp=psp).exists()


def test_a_lost_key_is_not_replaced() -> None:
    psp = make_psp()
    log = create_log(psp=psp, now=NOW)
    key_path(psp).unlink()

    with pytest.raises(LogKeyError, match="cannot be read"):
        load_signer(psp, origin=log.origin, vkey=log.vkey)
    assert create_log(psp=psp, now=NOW) == log
    assert not key_path(psp).exists()


def test_another_key_is_noticed() -> None:
    psp, other = make_psp(), make_psp()
    log = create_log(psp=psp, now=NOW)
    create_log(psp=other, now=NOW)
    key_path(psp).write_bytes(key_path(other).read_bytes())

    with pytest.raises(LogKeyError, match="not the one"):
        load_signer(psp, origin=log.origin, vkey=log.vkey)


def test_the_key_is_the_one_of_the_vkey() -> None:
    psp = make_psp()
    log = create_log(psp=psp, now=NOW)
    signer = load_signer(psp, origin=log.origin, vkey=log.vkey)

    assert isinstance(signer.private_key, Ed25519PrivateKey)
    assert parse_vkey(log.vkey).holds(b"x", signer.sign(b"x")[4:])
