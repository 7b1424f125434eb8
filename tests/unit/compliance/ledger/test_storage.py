"""Tiles in the database: full ones are rows, partial ones follow from rows."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from django.db import DatabaseError, transaction

from compliance.ledger.errors import LedgerInconsistentError
from compliance.ledger.merkle import leaf_hash, root_of
from compliance.ledger.models import Entry, HashTile, Log
from compliance.ledger.storage import load_tree, read_tile, root_of_log_at
from tests.integration.ledger_logs import entry, grow, trigger_dropped
from tests.support.factories import make_psp

pytestmark = pytest.mark.django_db
LEAVES = [leaf_hash(entry(number)) for number in range(600)]


def test_a_full_tile_is_stored_once_and_a_partial_one_is_not() -> None:
    psp = make_psp()
    grow(psp, 600)

    tiles = HashTile.objects.filter(psp=psp).order_by("level", "index")
    assert list(tiles.values_list("level", "index")) == [(0, 0), (0, 1)]
    assert bytes(tiles[1].hashes) == b"".join(LEAVES[256:512])
    assert bytes(tiles[1].root_hash) == root_of(LEAVES[256:512])


def test_every_tile_can_be_read() -> None:
    psp = make_psp()
    grow(psp, 600)

    assert read_tile(psp.pk, 0, 0) == LEAVES[:256]
    assert read_tile(psp.pk, 0, 2) == LEAVES[512:600]
    assert read_tile(psp.pk, 1, 0) == [root_of(LEAVES[:256]), root_of(LEAVES[256:512])]
    assert read_tile(psp.pk, 0, 3) == []


def test_tiles_of_another_psp_are_not_read() -> None:
    psp, other = make_psp(), make_psp()
    grow(psp, 300)

    assert read_tile(other.pk, 0, 0) == []


def test_the_tree_is_loaded_from_its_right_edge() -> None:
    psp = make_psp()
    log = grow(psp, 600)

    tree = load_tree(log)
    assert tree.size == 600
    assert tree.root() == root_of(LEAVES) == bytes(log.root_hash)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 599, 600])
def test_the_root_of_every_earlier_size_is_known(size: int) -> None:
    log = grow(make_psp(), 600)

    assert root_of_log_at(log, size) == root_of(LEAVES[:size])


def test_a_size_beyond_the_tree_has_no_root() -> None:
    log = grow(make_psp(), 10)

    with pytest.raises(LedgerInconsistentError, match="no complete node"):
        root_of_log_at(log, 11)


@pytest.mark.parametrize("change", [{"size": 9}, {"size": 11}, {"root_hash": bytes(32)}], ids=str)
def test_a_head_that_is_not_that_of_the_tree_is_refused(change: dict[str, object]) -> None:
    log = grow(make_psp(), 10)
    Log.objects.filter(pk=log.pk).update(published_size=0)
    Log.objects.filter(pk=log.pk).update(**change)
    log.refresh_from_db()

    with pytest.raises(LedgerInconsistentError):
        load_tree(log)


def test_a_gap_in_the_right_edge_is_refused() -> None:
    psp = make_psp()
    log = grow(psp, 10)
    with trigger_dropped("ledger_entry", "delete"):
        Entry.objects.filter(psp=psp, index=4).delete()

    with pytest.raises(LedgerInconsistentError, match="gap"):
        load_tree(log)


@pytest.mark.parametrize("model", [Entry, HashTile])
def test_entries_and_tiles_cannot_be_changed_or_deleted(
    model: type[Entry] | type[HashTile],
) -> None:
    psp = make_psp()
    grow(psp, 256)
    rows = model.objects.filter(psp=psp)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(index=999)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.delete()
    assert rows.exists()


def test_a_log_cannot_be_deleted() -> None:
    log = grow(make_psp(), 1)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        log.delete()
