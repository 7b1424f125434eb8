"""What an erasure takes and leaves, in which steps, and who may ask for it."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.models.expressions import RawSQL

from compliance.decisions import erasing
from compliance.decisions.accounting import records_gone
from compliance.decisions.erasing import erase_payer
from compliance.decisions.models import Decision, DecisionRecord, Erasure, Outcome
from compliance.decisions.retention import set_retention
from compliance.decisions.selectors import expected_entries
from compliance.evidence.models import SeenEvidence
from compliance.ledger.staging import stage_json
from compliance.tenants.errors import RoleTooSmallError
from compliance.tenants.models import ApiKey, Psp, Role
from tests.support.decided import put_decision, put_outcome
from tests.support.erasing import PAYER, entries, put_recorded, records
from tests.support.factories import NOW, make_api_key, make_person, make_psp

pytestmark = pytest.mark.django_db


@pytest.fixture
def psp() -> Psp:
    return make_psp()


def erase(psp: Psp, payer: str = PAYER) -> erasing.Erased:
    return erase_payer(psp=psp, payer_ref=payer, by=make_person(psp), now=NOW)


def test_the_entry_says_how_many_and_not_which_nor_whose(psp: Psp) -> None:
    person = make_person(psp)
    decisions = [put_recorded(psp), put_recorded(psp)]

    (row,) = erase_payer(psp=psp, payer_ref=PAYER, by=person, now=NOW).erasures

    (entry,) = entries(psp)
    assert entry == {
        "schema": 1,
        "type": "erased",
        "ref": row.ref,
        "cause": "payer",
        "decisions": 2,
        "records": 2,
        "person": person.pk,
        "at": "2026-11-23T10:15:05.000Z",
    }
    assert row.erased_by == person.email
    text = json.dumps(entry)
    assert not [each for each in decisions if each.ref in text or each.payer_hash in text]


def test_it_is_safe_to_repeat(psp: Psp) -> None:
    put_recorded(psp)
    assert erase(psp).decisions == 1

    again = erase(psp)

    assert (again.decisions, again.erasures) == (0, ())
    assert len(entries(psp)) == 1
    assert erase(psp, "").decisions == 0


def test_other_payers_are_left_alone(psp: Psp) -> None:
    put_recorded(psp)
    other = put_recorded(psp, "c-5502")
    nobody = put_decision(psp, decided_at=NOW, payer_hash="")

    erase(psp)

    assert records(psp) == {other.ref}
    for decision in (other, nobody):
        kept = Decision.objects.get(ref=decision.ref)
        assert (kept.payer_hash, kept.support_ref) == (decision.payer_hash, "K7Q2-M9XD")


def test_many_decisions_are_erased_in_chunks_each_with_its_entry(
    psp: Psp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "CHUNK", 2)
    for _ in range(4):
        put_recorded(psp)

    erased = erase(psp)

    assert [each.decisions for each in erased.erasures] == [2, 2]
    assert [entry["records"] for entry in entries(psp)] == [2, 2]
    assert records(psp) == set()
    expected = {each.ref for each in expected_entries(psp) if each.kind == "erased"}
    assert expected == {each.ref for each in erased.erasures}


def test_what_was_erased_before_a_failure_stays_erased_and_is_told_of(
    psp: Psp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "CHUNK", 2)
    for _ in range(3):
        put_recorded(psp)
    steps = iter((stage_json,))

    def fail_later(**given: Any) -> bytes:
        stage = next(steps, None)
        if stage is None:
            raise DatabaseError("the disk is full")
        return stage(**given)

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "stage_json", fail_later)
        with pytest.raises(DatabaseError):
            erase(psp)

    assert len(records(psp)) == 1
    assert records_gone(psp) == (2, 2)
    assert erase(psp).decisions == 1
    assert records_gone(psp) == (3, 3)


def test_the_back_ends_own_words_on_outcomes_go(psp: Psp) -> None:
    outcome = put_outcome(put_recorded(psp), "ob_1", at=NOW)

    erase(psp)

    kept = Outcome.objects.get(ref=outcome.ref)
    assert (kept.enforced_by, kept.detail, kept.status) == ("", "", "done")
    assert bytes(kept.leaf_hash) == bytes(outcome.leaf_hash)


def test_evidence_seen_stays_seen_and_leads_to_no_decision(psp: Psp) -> None:
    decision = put_recorded(psp)
    digest = "sha256:" + "5" * 64
    SeenEvidence.objects.create(
        psp=psp, digest=digest, scope="sha256:tx", decision_ref=decision.ref, seen_at=NOW
    )

    erase(psp)

    (seen,) = SeenEvidence.objects.filter(psp=psp)
    assert (seen.digest, seen.decision_ref, seen.scope) == (digest, "", "")


EMPTIED = {"payer_hash": "", "device_hash": "", "support_ref": ""}


def emptied_values() -> dict[str, Any]:
    """Return what an erasure puts into a decision's columns."""
    without = RawSQL(erasing.EVIDENCE_WITHOUT[connection.vendor], ())  # noqa: S611 - words of ours
    return EMPTIED | {"evidence": without}


@pytest.mark.parametrize(
    "field", [each for each in Decision._meta.concrete_fields if each.name != "id"], ids=str
)
def test_nothing_else_of_a_decision_can_be_changed(
    psp: Psp, field: "models.Field[Any, Any]"
) -> None:
    decision = put_recorded(psp)
    changed = {
        "evidence": [],
        "psp": make_psp("Other"),
        "leaf_hash": b"0" * 32,
        "decided_at": NOW + timedelta(seconds=1),
    }
    value = changed.get(field.name)
    if value is None:
        value = {
            models.BooleanField: False,
            models.JSONField: ["other"],
            models.PositiveIntegerField: 7,
            models.PositiveSmallIntegerField: 7,
        }.get(type(field), "other")
    emptied = emptied_values()

    for change in ({field.name: value}, emptied | {field.name: value}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Decision.objects.filter(pk=decision.pk).update(**change)


@pytest.mark.parametrize("missing", [*EMPTIED, "evidence"])
def test_a_decision_is_unlinked_as_a_whole_or_not_at_all(psp: Psp, missing: str) -> None:
    decision = put_recorded(psp)
    emptied = emptied_values()
    emptied.pop(missing)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(**emptied)


@pytest.mark.parametrize(
    "change",
    [{"detail": "x"}, {"detail": ""}, {"status": "failed", "detail": "", "enforced_by": ""}],
)
def test_nothing_else_of_an_outcome_can_be_changed(psp: Psp, change: dict[str, str]) -> None:
    outcome = put_outcome(put_recorded(psp), "ob_1", at=NOW)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Outcome.objects.filter(pk=outcome.pk).update(**change)


@pytest.mark.parametrize("table", ["decision", "outcome", "erasure", "retentionperiod"])
def test_rows_cannot_be_deleted(psp: Psp, table: str) -> None:
    put_outcome(put_recorded(psp), "ob_1", at=NOW)
    erase(psp)
    set_retention(psp=psp, days=30, by=make_person(psp), now=NOW)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM decisions_{table}")  # noqa: S608 - names of ours


def test_evidence_in_any_letters_keeps_what_figures_need(psp: Psp) -> None:
    item = {"provider": "é", "mode": "raw", "verified": True, "digest": "d", "age_s": None}
    details = {"é \U0001f600": [1, "b"], 'q"': None, "f": 0.1}
    decision = put_recorded(psp, evidence=[item | {"details": details}, item | {"details": {}}])
    without = put_recorded(psp, evidence=[])

    erase(psp)

    expected = item | {"digest": "", "details": {}}
    assert Decision.objects.get(pk=decision.pk).evidence == [expected, expected]
    assert Decision.objects.get(pk=without.pk).evidence == []


def test_a_record_that_was_removed_quietly_shows(psp: Psp) -> None:
    put_recorded(psp)
    other = put_recorded(psp, "c-5502")
    erase(psp)
    out, errors = StringIO(), StringIO()
    DecisionRecord.objects.filter(decision_ref=other.ref).delete()

    assert not records_gone(psp).is_accounted_for
    with pytest.raises(SystemExit) as ended:
        call_command("replay", "--psp", psp.ref, stdout=out, stderr=errors)

    assert ended.value.code == 1
    assert "2 records are gone, the ledger tells of 1 that were erased" in errors.getvalue()
    # Erasing what is left of that payer does not cover it up.
    erase(psp, "c-5502")
    assert records_gone(psp) == (2, 1)


def test_a_row_without_its_entry_accounts_for_nothing(psp: Psp) -> None:
    put_recorded(psp)
    DecisionRecord.objects.filter(psp=psp).delete()
    Erasure.objects.create(
        psp=psp,
        ref="ers_made_up",
        cause="payer",
        decisions=1,
        records=1,
        erased_by="nobody",
        erased_at=NOW,
        leaf_hash=b"0" * 32,
    )

    assert records_gone(psp) == (1, 0)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMINISTRATOR])
def test_officers_and_administrators_may_erase(psp: Psp, role: Role) -> None:
    put_recorded(psp)

    person = make_person(psp, role)

    assert erase_payer(psp=psp, payer_ref=PAYER, by=person, now=NOW).decisions == 1


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.APPROVER, Role.INTERNAL_AUDITOR, None])
def test_nobody_else_may(psp: Psp, role: Role | None) -> None:
    decision = put_recorded(psp)
    person = make_person(make_psp("Other PSP")) if role is None else make_person(psp, role)

    with pytest.raises(RoleTooSmallError):
        erase_payer(psp=psp, payer_ref=PAYER, by=person, now=NOW)
    with pytest.raises(RoleTooSmallError):
        set_retention(psp=psp, days=1, by=person, now=NOW)

    assert records(psp) == {decision.ref}


def test_a_key_stands_in_the_entry_by_its_reference(psp: Psp) -> None:
    make_api_key(psp, ["erase"])
    key = ApiKey.objects.get(psp=psp)
    put_recorded(psp)

    (row,) = erase_payer(psp=psp, payer_ref=PAYER, by=key, now=NOW).erasures

    assert row.erased_by == key.ref
    assert entries(psp)[0]["key"] == key.ref
