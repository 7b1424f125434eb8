"""Tiles of 256 hashes: the worked examples of C2SP tlog-tiles, and the reader over them."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

import pytest

from compliance.ledger.merkle import (
    EMPTY_ROOT,
    FullTile,
    GrowingTree,
    ProofShapeError,
    hashes_at,
    leaf_hash,
    node_reader,
    partial_width,
    root_at,
    root_of,
)

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]


@pytest.fixture(scope="module")
def grown() -> tuple[GrowingTree, list[FullTile]]:
    tree = GrowingTree()
    return tree, tree.append(LEAVES)


def test_a_tree_of_70000_leaves_has_the_tiles_of_the_norm(
    grown: tuple[GrowingTree, list[FullTile]],
) -> None:
    _, full = grown

    assert [partial_width(level, 70_000) for level in range(4)] == [112, 17, 1, 0]
    assert [hashes_at(level, 70_000) for level in range(4)] == [70_000, 273, 1, 0]
    assert sum(tile.level == 0 for tile in full) == 273
    assert [tile.index for tile in full if tile.level == 1] == [0]


def test_a_tree_of_256_leaves_has_a_full_tile_and_one_hash_above() -> None:
    tree = GrowingTree()

    assert tree.append(LEAVES[:255]) == []
    assert tree.append(LEAVES[255:256]) == [
        FullTile(0, 0, tuple(LEAVES[:256]), root_of(LEAVES[:256]))
    ]
    assert (partial_width(0, 256), partial_width(1, 256)) == (0, 1)


def test_the_root_is_that_of_all_leaves(grown: tuple[GrowingTree, list[FullTile]]) -> None:
    tree, _ = grown

    assert tree.root() == root_of(LEAVES)
    assert tree.size == 70_000
    assert GrowingTree().root() == EMPTY_ROOT


def test_a_tree_goes_on_from_its_partial_tiles_alone() -> None:
    first = GrowingTree()
    first.append(LEAVES[:600])
    roots = [root_of(LEAVES[:256]), root_of(LEAVES[256:512])]
    second = GrowingTree([LEAVES[512:600], roots], size=600)

    assert first.root() == second.root()
    assert first.append(LEAVES[600:900]) == second.append(LEAVES[600:900])
    assert first.root() == second.root() == root_of(LEAVES[:900])


@pytest.mark.parametrize(
    ("partial", "size"),
    [
        ([], 1),
        ([LEAVES[:2]], 1),
        ([[]], 256),
        ([[], LEAVES[:2]], 256),
        ([[], LEAVES[:1], LEAVES[:1]], 256),
        ([LEAVES[:1]], 0),
    ],
)
def test_partial_tiles_of_another_size_are_refused(partial: list[list[bytes]], size: int) -> None:
    with pytest.raises(ProofShapeError, match="partial tile"):
        GrowingTree(partial, size=size)


def test_a_reader_of_nodes_reads_each_tile_once(
    grown: tuple[GrowingTree, list[FullTile]],
) -> None:
    tiles = {(tile.level, tile.index): tile.hashes for tile in grown[1]}
    asked = []

    def read(level: int, index: int) -> Sequence[bytes]:
        asked.append((level, index))
        return tiles[level, index]

    nodes = node_reader(read)

    assert nodes(0, 300) == LEAVES[300]
    assert nodes(7, 2) == root_of(LEAVES[256:384])
    assert nodes(8, 1) == root_of(LEAVES[256:512])
    assert root_at(512, nodes) == root_of(LEAVES[:512])
    assert asked == [(0, 1), (1, 0)]


def test_a_node_that_is_not_complete_is_refused() -> None:
    nodes = node_reader(lambda _level, _index: LEAVES[:3])

    assert nodes(1, 0) == root_of(LEAVES[:2])
    with pytest.raises(ProofShapeError, match="node 1/1"):
        nodes(1, 1)
