"""Reads and writes the tree's rows: any proof needs a few tiles, never all leaves."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence

from compliance.ledger.errors import LedgerInconsistentError
from compliance.ledger.merkle import (
    HASH_SIZE,
    TILE_WIDTH,
    FullTile,
    GrowingTree,
    NodeReader,
    ProofShapeError,
    hashes_at,
    node_reader,
    root_at,
)
from compliance.ledger.models import Entry, HashTile, Log


def read_tile(psp_id: int, level: int, index: int) -> list[bytes]:
    """Return the hashes of one tile, as many as there are: one row, or at most 255 short ones."""
    rows = HashTile.objects.filter(psp_id=psp_id, level=level, index=index)
    stored = rows.values_list("hashes", flat=True).first()
    if stored is not None:
        return split_hashes(bytes(stored))
    return _partial_tile(psp_id, level, index)


def split_hashes(content: bytes) -> list[bytes]:
    """Return the hashes of a tile's bytes."""
    return [content[start : start + HASH_SIZE] for start in range(0, len(content), HASH_SIZE)]


def reader_of(psp_id: int) -> NodeReader:
    """Return a reader of the log's nodes; it reads each tile once."""

    def read(level: int, index: int) -> Sequence[bytes]:
        return read_tile(psp_id, level, index)

    return node_reader(read)


def load_tree(log: Log) -> GrowingTree:
    """Return the right edge of the log's tree, at most 255 short rows a level.

    Raises:
        LedgerInconsistentError: if the rows do not lead to the head's root hash.
    """
    size = log.size
    partial: list[list[bytes]] = []
    while hashes_at(len(partial), size):
        level = len(partial)
        partial.append(_partial_tile(log.psp_id, level, hashes_at(level, size) // TILE_WIDTH))
    try:
        # Rows beyond the head would show as a partial tile that is too wide.
        tree = GrowingTree(partial, size=size)
    except ProofShapeError as error:
        raise LedgerInconsistentError(f"log `{log.origin}`: {error}") from error
    if tree.root() != bytes(log.root_hash):
        raise LedgerInconsistentError(
            f"log `{log.origin}`: the head's root hash at size {size} is not that of the tree"
        )
    return tree


def root_of_log_at(log: Log, size: int) -> bytes:
    """Return the root hash of the log's first `size` entries.

    Raises:
        LedgerInconsistentError: if rows are missing.
    """
    try:
        return root_at(size, reader_of(log.psp_id))
    except ProofShapeError as error:
        raise LedgerInconsistentError(f"log `{log.origin}`: {error}") from error


def store_tiles(psp_id: int, tiles: Iterable[FullTile]) -> None:
    """Insert full tiles; they are never changed afterwards."""
    HashTile.objects.bulk_create(
        HashTile(
            psp_id=psp_id,
            level=tile.level,
            index=tile.index,
            hashes=b"".join(tile.hashes),
            root_hash=tile.root,
        )
        for tile in tiles
    )


def _partial_tile(psp_id: int, level: int, index: int) -> list[bytes]:
    """Return the hashes of a tile that is not full, from the rows that they come from.

    One row more than fits is asked for at most, so a broken head cannot make this read on.
    """
    first = index * TILE_WIDTH
    span = {"psp_id": psp_id, "index__gte": first, "index__lt": first + TILE_WIDTH}
    entries = Entry.objects.filter(**span).order_by("index")
    tiles = HashTile.objects.filter(**span, level=level - 1).order_by("index")
    found = list(
        tiles.values_list("index", "root_hash")
        if level
        else entries.values_list("index", "leaf_hash")
    )
    if [number for number, _ in found] != list(range(first, first + len(found))):
        raise LedgerInconsistentError(f"tile {level}/{index} has a gap")
    return [bytes(value) for _, value in found]
