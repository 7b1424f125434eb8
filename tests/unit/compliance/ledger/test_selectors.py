"""What can be read of a log, and that all of it verifies."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from pytest_django import DjangoAssertNumQueries

from compliance.core.errors import NotFoundError
from compliance.ledger.errors import InvalidTreeSizeError, NotYetPublishedError
from compliance.ledger.merkle import leaf_hash, root_of, verify_consistency
from compliance.ledger.models import Log, StagedEntry
from compliance.ledger.notes import open_checkpoint, parse_vkey
from compliance.ledger.selectors import (
    checkpoint_of,
    consistency_between,
    entries_of,
    entry_at,
    entry_bundle_of,
    entry_by_leaf_hash,
    log_of,
    tile_of,
    tlog_proof_of,
    tree_size_of,
    vkey_of,
)
from compliance.ledger.tlog_proof import verify_tlog_proof
from tests.integration.ledger_logs import entry, grow, stage
from tests.support.factories import make_psp

pytestmark = pytest.mark.django_db
LEAVES = [leaf_hash(entry(number)) for number in range(600)]


def test_before_the_first_entry_there_is_nothing_to_read() -> None:
    psp = make_psp()

    assert (log_of(psp), checkpoint_of(psp), tree_size_of(psp)) == (None, None, 0)
    assert entries_of(psp) == []
    with pytest.raises(NotFoundError):
        vkey_of(psp)


def test_the_checkpoint_is_signed_by_the_log_and_states_its_tree() -> None:
    psp = make_psp()
    grow(psp, 300)

    note = checkpoint_of(psp)
    assert note is not None
    checkpoint = open_checkpoint(note, [parse_vkey(vkey_of(psp))])
    assert checkpoint.origin == f"ninefold.example/audit/{psp.ref}"
    assert (checkpoint.size, checkpoint.root) == (300, root_of(LEAVES[:300]))
    assert checkpoint.extensions == ()
    assert tree_size_of(psp) == 300


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600])
def test_every_entry_has_a_proof_that_verifies_offline(size: int) -> None:
    psp = make_psp()
    grow(psp, size)

    for index in {0, size // 2, size - 1}:
        proof = tlog_proof_of(psp, LEAVES[index])
        assert verify_tlog_proof(proof, entry=entry(index), vkeys=[vkey_of(psp)]).size == size


def test_a_proof_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    psp = make_psp()
    grow(psp, 600)

    with django_assert_max_num_queries(10):
        tlog_proof_of(psp, LEAVES[300])


def test_an_unknown_entry_has_no_proof() -> None:
    psp = make_psp()
    grow(psp, 3)

    with pytest.raises(NotFoundError):
        tlog_proof_of(psp, bytes(32))


def test_another_psp_s_entry_has_no_proof() -> None:
    psp, other = make_psp(), make_psp()
    grow(psp, 3)
    grow(other, 1, start=100)

    with pytest.raises(NotFoundError):
        tlog_proof_of(other, LEAVES[1])


def test_a_staged_entry_has_no_proof_yet() -> None:
    psp = make_psp()
    stage(psp, 1)

    assert StagedEntry.objects.filter(psp=psp).count() == 1
    with pytest.raises(NotYetPublishedError):
        tlog_proof_of(psp, LEAVES[0])


def test_an_entry_beyond_the_checkpoint_has_no_proof_yet() -> None:
    psp = make_psp()
    grow(psp, 3)
    Log.objects.filter(psp=psp).update(published_size=2)

    with pytest.raises(NotYetPublishedError):
        tlog_proof_of(psp, LEAVES[2])


def test_entries_are_read_by_index_by_hash_and_in_pages() -> None:
    psp = make_psp()
    grow(psp, 5)

    assert bytes(entry_at(psp, 3).body) == entry(3)
    found = entry_by_leaf_hash(psp, LEAVES[4])
    assert found is not None
    assert found.index == 4
    assert entry_by_leaf_hash(psp, bytes(32)) is None
    assert [row.index for row in entries_of(psp, limit=2)] == [4, 3]
    assert [row.index for row in entries_of(psp, before=3, limit=2)] == [2, 1]
    for index in (5, -1, 2**70):
        with pytest.raises(NotFoundError):
            entry_at(psp, index)


def test_any_two_published_sizes_are_shown_to_be_consistent() -> None:
    psp = make_psp()
    grow(psp, 600)

    for size1, size2 in [(1, 600), (255, 256), (256, 600), (300, 513), (600, 600)]:
        verify_consistency(
            size1=size1,
            root1=root_of(LEAVES[:size1]),
            size2=size2,
            root2=root_of(LEAVES[:size2]),
            proof=consistency_between(psp, size1, size2),
        )


@pytest.mark.parametrize("sizes", [(0, 0), (0, 3), (2, 1), (1, 4), (-1, 3)])
def test_other_sizes_have_no_consistency_proof(sizes: tuple[int, int]) -> None:
    psp = make_psp()
    grow(psp, 3)

    with pytest.raises(InvalidTreeSizeError, match="<= 3"):
        consistency_between(psp, *sizes)


def test_tiles_are_served_as_wide_as_asked() -> None:
    psp = make_psp()
    grow(psp, 600)

    assert tile_of(psp, 0, 1, 256) == b"".join(LEAVES[256:512])
    assert tile_of(psp, 0, 2, 88) == b"".join(LEAVES[512:600])
    assert tile_of(psp, 0, 2, 7) == b"".join(LEAVES[512:519])
    assert tile_of(psp, 0, 1, 7) == b"".join(LEAVES[256:263])
    assert tile_of(psp, 1, 0, 2) == root_of(LEAVES[:256]) + root_of(LEAVES[256:512])


@pytest.mark.parametrize(
    "address",
    [
        *((0, 2, 89), (0, 2, 256), (0, 3, 1), (1, 0, 3), (1, 1, 1), (2, 0, 1), (0, 0, 0)),
        *((0, 0, 257), (-1, 0, 1), (0, -1, 1), (0, 0, -1), (63, 0, 1), (0, 2**70, 1)),
    ],
)
def test_tiles_that_no_checkpoint_covers_are_not_found(address: tuple[int, int, int]) -> None:
    psp = make_psp()
    grow(psp, 600)

    with pytest.raises(NotFoundError):
        tile_of(psp, *address)


def test_bundles_hold_the_entries_each_after_its_length() -> None:
    psp = make_psp()
    grow(psp, 300)

    bundle = entry_bundle_of(psp, 1, 2)

    spelt = [len(entry(number)).to_bytes(2, "big") + entry(number) for number in (256, 257)]
    assert bundle == b"".join(spelt)
    with pytest.raises(NotFoundError):
        entry_bundle_of(psp, 1, 45)
