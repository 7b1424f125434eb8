"""The tree in tiles of 256 hashes (C2SP tlog-tiles): a tree grows, tiles do not change.

The tile (level, index) holds the nodes of height 8·level from index·256 on. A tile that is not
full yet is partial; it is never hashed upwards.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from compliance.ledger.merkle.errors import ProofShapeError
from compliance.ledger.merkle.proofs import NodeReader, root_of
from compliance.ledger.merkle.ranges import CompactRange

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT

TileReader = Callable[[int, int], Sequence[bytes]]
"""Given (level, index), returns the tile's hashes, as many as there are (at most 256)."""


@dataclass(frozen=True, slots=True)
class FullTile:
    """256 hashes that will never change, and the root over them: a hash of the level above."""

    level: int
    index: int
    hashes: tuple[bytes, ...]
    root: bytes


def hashes_at(level: int, size: int) -> int:
    """Return how many hashes the tiles of `level` hold in a tree of `size` leaves."""
    return size >> (TILE_HEIGHT * level)


def partial_width(level: int, size: int) -> int:
    """Return the width of the partial tile of `level`, 0 if there is none."""
    return hashes_at(level, size) % TILE_WIDTH


class GrowingTree:
    """A tree that only grows: its partial tiles, from which root and new full tiles follow."""

    __slots__ = ("_partial", "size")

    def __init__(self, partial: Iterable[Iterable[bytes]] = (), *, size: int = 0) -> None:
        """Take up a tree of `size` leaves; `partial` are its partial tiles from level 0 up.

        Raises:
            ProofShapeError: if they are not as wide as the size says.
        """
        self._partial = [list(hashes) for hashes in partial]
        self.size = size
        for level in range(max(len(self._partial), -(-size.bit_length() // TILE_HEIGHT))):
            found = len(self._partial[level]) if level < len(self._partial) else 0
            if found != partial_width(level, size):
                raise ProofShapeError(f"level {level} has a partial tile of {found} hashes")

    def append(self, leaf_hashes: Iterable[bytes]) -> list[FullTile]:
        """Append leaves and return the tiles that became full, lower ones first."""
        full: list[FullTile] = []
        for leaf in leaf_hashes:
            self.size += 1
            self._push(0, leaf, full)
        return full

    def root(self) -> bytes:
        """Return the root hash; the partial tiles' hashes are complete subtrees, high ones left."""
        tree = CompactRange()
        for level in reversed(range(len(self._partial))):
            for node in self._partial[level]:
                tree.append(node, level=TILE_HEIGHT * level)
        return tree.root()

    def _push(self, level: int, node: bytes, full: list[FullTile]) -> None:
        """Add a hash to the partial tile of `level`; a full one carries its root upwards."""
        if level == len(self._partial):
            self._partial.append([])
        hashes = self._partial[level]
        hashes.append(node)
        if len(hashes) == TILE_WIDTH:
            index = (hashes_at(level, self.size) - 1) // TILE_WIDTH
            tile = FullTile(level, index, tuple(hashes), root_of(hashes))
            hashes.clear()
            full.append(tile)
            self._push(level + 1, tile.root, full)


def node_reader(read: TileReader) -> NodeReader:
    """Return a reader of single nodes over a reader of tiles; each tile is read once."""
    tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def read_node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, start = divmod(index << height, TILE_WIDTH)
        key = (tile_level, tile_index)
        if key not in tiles:
            tiles[key] = read(*key)
        hashes = tiles[key][start : start + (1 << height)]
        if len(hashes) != 1 << height:
            raise ProofShapeError(f"the tree has no complete node {level}/{index}")
        return root_of(hashes)

    return read_node
