"""Staged entries become entries: all, once, in order, and nothing else does."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compliance.core.errors import ConflictError
from compliance.ledger import sequencer
from compliance.ledger.errors import LedgerInconsistentError, LogKeyError
from compliance.ledger.keystore import copy_path, key_path, vkey_path
from compliance.ledger.merkle import leaf_hash, root_of
from compliance.ledger.models import Entry, HashTile, Log, StagedEntry
from compliance.ledger.sequencer import sequence_all, sequence_log
from compliance.ledger.storage import load_tree
from compliance.tenants.models import Psp
from tests.integration.ledger_logs import entries, entry, grow, stage
from tests.support.factories import NOW, make_psp

pytestmark = pytest.mark.django_db


def test_staged_entries_get_their_index_in_order() -> None:
    psp = make_psp()
    stage(psp, 700)

    assert sequence_log(psp=psp, now=NOW) == 700

    assert entries(psp) == [entry(number) for number in range(700)]
    assert not StagedEntry.objects.exists()
    log = Log.objects.get(psp=psp)
    assert (log.size, log.published_size, log.published_at) == (700, 700, NOW)
    assert bytes(log.root_hash) == root_of(leaf_hash(entry(number)) for number in range(700))


def test_an_entry_keeps_what_was_staged() -> None:
    psp = make_psp()
    grow(psp, 1)

    row = Entry.objects.get(psp=psp)
    assert (row.kind, row.ref, row.sequenced_at) == ("sample", "dec_0", NOW)
    assert bytes(row.leaf_hash) == leaf_hash(entry(0))


def test_a_second_pass_goes_on_where_the_first_ended() -> None:
    psp = make_psp()
    grow(psp, 300)
    log = grow(psp, 300, start=300)

    assert entries(psp) == [entry(number) for number in range(600)]
    assert bytes(log.root_hash) == root_of(leaf_hash(entry(number)) for number in range(600))


def test_a_pass_with_nothing_staged_changes_nothing() -> None:
    psp = make_psp()
    log = grow(psp, 3)

    assert sequence_log(psp=psp, now=NOW) == 0
    assert Log.objects.get(psp=psp).checkpoint == log.checkpoint


def test_every_log_is_served_and_none_gets_another_s_entries() -> None:
    first, second = make_psp(), make_psp()
    stage(first, 3)
    stage(second, 2, start=10)

    assert sequence_all(now=NOW) == 5
    assert sequence_all(now=NOW) == 0
    assert entries(first) == [entry(0), entry(1), entry(2)]
    assert entries(second) == [entry(10), entry(11)]


def test_a_log_that_cannot_go_on_does_not_stop_the_others() -> None:
    first, second = make_psp(), make_psp()
    grow(first, 1)
    key_path(first).unlink()
    stage(first, 1, start=1)
    stage(second, 2)

    assert sequence_all(now=NOW) == 2
    assert Log.objects.get(psp=second).published_size == 2


def test_one_pass_takes_no_more_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "PASS_LIMIT", 250)
    psp = make_psp()
    stage(psp, 2_100)

    taken = sequence_log(psp=psp, now=NOW)

    assert 250 <= taken <= 1_000
    assert StagedEntry.objects.count() == 2_100 - taken


def test_an_entry_with_another_leaf_hash_is_left_out() -> None:
    psp = make_psp()
    stage(psp, 2)
    StagedEntry.objects.create(
        psp=psp, kind="sample", ref="dec_x", body=b"{}", leaf_hash=bytes(32), staged_at=NOW
    )
    stage(psp, 2, start=2)

    assert sequence_log(psp=psp, now=NOW) == 4
    assert [row.ref for row in StagedEntry.objects.all()] == ["dec_x"]
    assert sequence_log(psp=psp, now=NOW) == 0


def test_many_entries_with_another_leaf_hash_do_not_hide_the_good_ones() -> None:
    psp = make_psp()
    StagedEntry.objects.bulk_create(
        StagedEntry(psp=psp, kind="x", ref=str(n), body=b"{}", leaf_hash=bytes(32), staged_at=NOW)
        for n in range(1_100)
    )
    stage(psp, 1)

    assert sequence_log(psp=psp, now=NOW) == 1


def test_a_head_that_contradicts_the_tree_stops_the_log() -> None:
    psp = make_psp()
    log = grow(psp, 3)
    Log.objects.filter(pk=log.pk).update(root_hash=bytes(32))
    stage(psp, 1, start=3)

    with pytest.raises(LedgerInconsistentError):
        sequence_log(psp=psp, now=NOW)
    assert len(entries(psp)) == 3


def test_a_row_where_the_next_one_belongs_stops_the_log() -> None:
    psp = make_psp()
    grow(psp, 255)
    HashTile.objects.create(psp=psp, level=0, index=0, hashes=bytes(8192), root_hash=bytes(32))
    stage(psp, 1, start=255)

    with pytest.raises(LedgerInconsistentError, match="beyond its head"):
        sequence_log(psp=psp, now=NOW)


def test_a_batch_that_somebody_else_took_is_undone() -> None:
    psp = make_psp()
    stage(psp, 2)
    ids = list(StagedEntry.objects.order_by("id").values_list("id", flat=True))
    StagedEntry.objects.filter(id=ids[0]).delete()

    with pytest.raises(ConflictError, match="taken"):
        sequencer._move(ids, first=0, now=NOW)


def test_a_head_that_moved_is_not_overwritten() -> None:
    psp = make_psp()
    log = grow(psp, 3)
    stage(psp, 1, start=3)
    batch = sequencer._read_batch(psp, after=0)
    tree = load_tree(log)
    Log.objects.filter(pk=log.pk).update(root_hash=bytes(32))

    with pytest.raises(ConflictError, match="head"):
        sequencer._integrate(log, tree, batch, now=NOW)


@pytest.mark.parametrize("path_of", [key_path, copy_path, vkey_path])
def test_a_file_that_cannot_be_used_stops_its_own_log_alone(
    path_of: Callable[[Psp], Path], settings: Any, tmp_path: Path
) -> None:
    settings.KEYS_DIR = tmp_path
    broken, sound = make_psp(), make_psp()
    stage(broken, 2)
    stage(sound, 3)
    path_of(broken).mkdir(parents=True)  # a folder where a file is wanted

    sequence_all(now=NOW)

    assert Log.objects.get(psp=sound).published_size == 3
    with pytest.raises(LogKeyError):
        sequence_log(psp=broken, now=NOW)
