"""Who says whether raw evidence is kept, who may look at it, and what the ledger is told."""
# SPDX-License-Identifier: Apache-2.0

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from compliance.core.errors import NotFoundError
from compliance.decisions.errors import InvalidKeepingError
from compliance.decisions.keeping import evidence_keeping, load_keeping, set_evidence_keeping
from compliance.decisions.looking import look_at_raw_evidence
from compliance.decisions.models import EvidenceKeeping
from compliance.decisions.raw_evidence import bound_to, raw_text
from compliance.decisions.selectors import expected_entries
from compliance.decisions.wire import EvidenceItem
from compliance.evidence.data_keys import (
    WRAPPED_SIZE,
    decrypt,
    encrypt,
    new_data_key,
    unwrap,
    wrap,
)
from compliance.evidence.errors import VaultError
from compliance.evidence.providers.shape import Mode
from compliance.tenants.errors import RoleTooSmallError
from compliance.tenants.models import Psp, Role
from tests.support.erasing import entries, put_recorded
from tests.support.factories import NOW, make_person, make_psp
from tests.support.raw_evidence import put_raw_evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def psp() -> Psp:
    return make_psp()


def test_it_is_off_until_somebody_says_otherwise(psp: Psp) -> None:
    assert (evidence_keeping(psp), load_keeping(psp)) == (None, None)


def test_the_newest_word_counts_and_each_is_an_entry(psp: Psp) -> None:
    officer = make_person(psp)

    for providers in (["promon", "freerasp", "freerasp"], []):
        set_evidence_keeping(psp=psp, providers=providers, by=officer, now=NOW)

    on, off = entries(psp, "evidence_keeping_changed")
    assert (on["providers"], off["providers"]) == (["freerasp", "promon"], [])
    assert on["person"] == officer.pk
    expected = {each.ref for each in expected_entries(psp)}
    assert expected == {on["ref"], off["ref"]}
    assert load_keeping(psp) is None


def test_what_is_loaded_shows_no_key(psp: Psp) -> None:
    set_evidence_keeping(psp=psp, providers=["freerasp"], by=make_person(psp), now=NOW)

    assert repr(load_keeping(psp)) == "Keeping(['freerasp'])"


def test_each_psp_has_its_own_key_and_word(psp: Psp) -> None:
    other = make_psp("Other PSP")
    for each in (psp, other):
        set_evidence_keeping(psp=each, providers=["freerasp"], by=make_person(each), now=NOW)

    one, two = load_keeping(psp), load_keeping(other)

    assert one is not None
    assert two is not None
    assert one.wrapping_key != two.wrapping_key
    with pytest.raises(RoleTooSmallError):
        set_evidence_keeping(psp=other, providers=[], by=make_person(psp), now=NOW)


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.APPROVER, Role.INTERNAL_AUDITOR])
def test_a_smaller_role_does_not_switch_it_on(psp: Psp, role: Role) -> None:
    with pytest.raises(RoleTooSmallError):
        set_evidence_keeping(psp=psp, providers=["promon"], by=make_person(psp, role), now=NOW)


def test_an_unknown_provider_is_refused(psp: Psp) -> None:
    with pytest.raises(InvalidKeepingError, match="no provider `freerap`"):
        set_evidence_keeping(psp=psp, providers=["freerap"], by=make_person(psp), now=NOW)


def test_the_database_refuses_to_change_what_was_said(psp: Psp) -> None:
    set_evidence_keeping(psp=psp, providers=["freerasp"], by=make_person(psp), now=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        EvidenceKeeping.objects.update(providers=[])
    with pytest.raises(DatabaseError), transaction.atomic():
        EvidenceKeeping.objects.all().delete()


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.APPROVER, Role.ADMINISTRATOR, Role.REGULATOR])
def test_who_may_not_look_sees_nothing_and_no_entry_is_made(psp: Psp, role: Role) -> None:
    decision = put_recorded(psp)
    put_raw_evidence(decision)

    with pytest.raises(RoleTooSmallError):
        look_at_raw_evidence(psp=psp, decision_ref=decision.ref, by=make_person(psp, role), now=NOW)

    assert entries(psp, "raw_evidence_read") == []


def test_another_psps_decision_is_not_found(psp: Psp) -> None:
    decision = put_recorded(psp)
    put_raw_evidence(decision)
    other = make_psp("Other PSP")

    with pytest.raises(NotFoundError, match="no decision"):
        look_at_raw_evidence(psp=other, decision_ref=decision.ref, by=make_person(other), now=NOW)


def test_the_command_says_plainly_what_comes_back_into_the_database(psp: Psp) -> None:
    by, out, err = make_person(psp).email, StringIO(), StringIO()

    for arguments in (["status"], ["keep", "freerasp", "promon"], ["status"], ["none"]):
        call_command("raw_evidence", *arguments, psp=psp.ref, by=by, stdout=out, stderr=err)

    assert out.getvalue().splitlines() == ["none", *["freerasp, promon"] * 2, "none"]
    assert err.getvalue().count("personal data that is otherwise dropped") == 1


def test_the_command_shows_what_was_kept(psp: Psp) -> None:
    decision = put_recorded(psp)
    put_raw_evidence(decision)
    auditor, out = make_person(psp, Role.INTERNAL_AUDITOR), StringIO()

    call_command("raw_evidence", "show", decision.ref, psp=psp.ref, by=auditor.email, stdout=out)

    (item,) = json.loads(out.getvalue())["items"]
    assert item["evidence"]["payload"]["threats"] == ["privilegedAccess"]
    # The factory's decision has an invented digest, which this is not the payload of.
    assert not item["agrees"]
    (entry,) = entries(psp, "raw_evidence_read")
    assert (entry["decision"], entry["person"]) == (decision.ref, auditor.pk)


@pytest.mark.parametrize(
    "arguments", [["keep"], ["show"], ["show", "a", "b"], ["status", "x"], ["none", "freerasp"]]
)
def test_the_command_says_what_it_needs(psp: Psp, arguments: list[str]) -> None:
    for by in (None, make_person(psp).email):
        with pytest.raises(CommandError) as refused:
            call_command("raw_evidence", *arguments, psp=psp.ref, by=by)
        assert refused.value.returncode == 2


def test_a_data_key_is_wrapped_and_unwrapped_by_the_same_key_alone() -> None:
    one, other, data_key = (new_data_key() for _ in range(3))
    wrapped = wrap(data_key, wrapping_key=one)

    assert len(wrapped) == WRAPPED_SIZE
    assert unwrap(wrapped, wrapping_key=one) == data_key
    for given, key in ((wrapped, other), (wrapped[:-1] + b"x", one), (b"", one), (b"x", one)):
        with pytest.raises(VaultError):
            unwrap(given, wrapping_key=key)


def test_wrapping_is_that_of_the_standard() -> None:
    """RFC 3394, section 4.6: 256 bits of key data with a 256-bit key."""
    wrapping_key = bytes(range(32))
    data_key = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")

    assert wrap(data_key, wrapping_key=wrapping_key).hex().upper() == (
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    )


def test_a_ciphertext_is_bound_to_its_place() -> None:
    key = new_data_key()
    bound = bound_to("psp_1", "dec_1", 0)
    sealed = encrypt(b"chain", data_key=key, bound_to=bound)

    assert decrypt(sealed, data_key=key, bound_to=bound) == b"chain"
    for place in (("psp_2", "dec_1", 0), ("psp_1", "dec_2", 0), ("psp_1", "dec_1", 1)):
        with pytest.raises(VaultError):
            decrypt(sealed, data_key=key, bound_to=bound_to(*place))
    for changed in (b"", sealed[:5], sealed[:-1], sealed + b"x"):
        with pytest.raises(VaultError):
            decrypt(changed, data_key=key, bound_to=bound)


def test_an_item_is_kept_whole_with_its_names_sorted() -> None:
    item = EvidenceItem(
        provider="p", mode=Mode.RAW, payload={"b": "☂", "a": [1, 0.5]}, expected={"nonce": "n"}
    )

    assert raw_text(item).decode() == (
        '{"expected":{"nonce":"n"},"mode":"raw","observed_at":null,"payload":{"a":[1,0.5],"b":"☂"},'
        '"provider":"p"}'
    )
