"""Staging: canonical bytes, bounded, in the caller's transaction."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.ledger.errors import EntryNotCanonicalError, EntryTooLargeError
from compliance.ledger.merkle import leaf_hash
from compliance.ledger.models import StagedEntry
from compliance.ledger.staging import (
    ENTRY_LIMIT,
    STAGED_COLUMNS,
    STAGED_TABLE,
    entry_bytes,
    stage_json,
)
from tests.support.factories import NOW, make_psp


def test_an_entry_is_canonical_json() -> None:
    assert entry_bytes({"b": 1, "a": ["é", True, None]}) == '{"a":["é",true,null],"b":1}'.encode()


def test_an_entry_of_the_longest_kind_is_taken() -> None:
    assert len(entry_bytes({"a": "x" * (ENTRY_LIMIT - 8)})) == ENTRY_LIMIT


def test_a_longer_entry_is_refused_with_the_limit() -> None:
    with pytest.raises(EntryTooLargeError, match="8193 bytes, at most 8192"):
        entry_bytes({"a": "x" * (ENTRY_LIMIT - 7)})


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, "\ud800", object(), {1: 2}, nested(5_000)],
    ids=type,
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(EntryNotCanonicalError):
        entry_bytes({"a": value})


@pytest.mark.django_db
def test_a_staged_entry_keeps_its_bytes_and_their_leaf_hash() -> None:
    psp = make_psp()

    hashed = stage_json(psp=psp, kind="decision", ref="dec_1", body={"b": 1, "a": 2}, now=NOW)

    row = StagedEntry.objects.get(psp=psp)
    assert bytes(row.body) == b'{"a":2,"b":1}'
    assert bytes(row.leaf_hash) == hashed == leaf_hash(b'{"a":2,"b":1}')
    assert (row.kind, row.ref, row.staged_at) == ("decision", "dec_1", NOW)


@pytest.mark.django_db
def test_what_is_rolled_back_is_not_staged() -> None:
    psp = make_psp()

    with transaction.atomic():
        stage_json(psp=psp, kind="decision", ref="dec_1", body={}, now=NOW)
        transaction.set_rollback(True)

    assert not StagedEntry.objects.filter(psp=psp).exists()


@pytest.mark.django_db
def test_what_is_staged_cannot_be_changed() -> None:
    psp = make_psp()
    stage_json(psp=psp, kind="decision", ref="dec_1", body={}, now=NOW)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StagedEntry.objects.filter(psp=psp).update(ref="dec_2")


@pytest.mark.django_db
def test_the_columns_for_raw_inserts_are_those_of_the_table() -> None:
    assert StagedEntry._meta.db_table == STAGED_TABLE
    columns = [field.column for field in StagedEntry._meta.concrete_fields]
    assert set(columns) == {"id", *STAGED_COLUMNS}
    with connection.cursor() as cursor:
        listed = ", ".join(STAGED_COLUMNS)
        cursor.execute(f"SELECT {listed} FROM {STAGED_TABLE}")  # noqa: S608 - our own names
        assert cursor.fetchall() == []
