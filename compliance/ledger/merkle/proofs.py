"""Makes roots and proofs from the hashes of complete subtrees (RFC 6962, 2.1.1 and 2.1.2).

A node (level, index) is the root of the complete subtree over the leaves
[index · 2^level, (index + 1) · 2^level). Such a node never changes while the tree grows, so
one reader of nodes serves every size of the tree.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterable

from compliance.ledger.merkle.errors import ProofShapeError
from compliance.ledger.merkle.hashing import EMPTY_ROOT, node_hash
from compliance.ledger.merkle.ranges import CompactRange

NodeReader = Callable[[int, int], bytes]
"""Given (level, index), returns the hash of that complete subtree (32 bytes)."""


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root hash over `leaf_hashes`, in one pass and O(log n) memory."""
    tree = CompactRange()
    for leaf in leaf_hashes:
        tree.append(leaf)
    return tree.root()


def root_at(size: int, read: NodeReader) -> bytes:
    """Return the root hash of the tree's first `size` leaves; reads O(log size) nodes."""
    return _range_root(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: NodeReader) -> list[bytes]:
    """Return PATH(index, D[size]) of RFC 6962, 2.1.1: the hashes from the leaf up to the root.

    Raises:
        ProofShapeError: if the tree of this size has no leaf `index`.
    """
    if not 0 <= index < size:
        raise ProofShapeError(f"no leaf {index} in a tree of size {size}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(start, middle, read))
            start = middle
    path.reverse()
    return path


def consistency_proof(size1: int, size2: int, read: NodeReader) -> list[bytes]:
    """Return PROOF(size1, D[size2]) of RFC 6962, 2.1.2; empty if the sizes are equal.

    Raises:
        ProofShapeError: unless 0 < size1 <= size2; nothing can be proved about an empty tree.
    """
    if not 0 < size1 <= size2:
        raise ProofShapeError(f"no consistency proof from size {size1} to size {size2}")
    path = []
    start, end = 0, size2
    # The subtree [start, size1) is known to the verifier as long as it begins at 0.
    while size1 != end:
        middle = start + _split(end - start)
        if size1 <= middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(start, middle, read))
            start = middle
    if start:
        path.append(_range_root(start, end, read))
    path.reverse()
    return path


def _split(count: int) -> int:
    """Return k: the largest power of two below `count` (`count` > 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(start: int, end: int, read: NodeReader) -> bytes:
    """Return MTH(D[start:end]), where `start` is a multiple of the range's first power of two."""
    complete = []
    while end - start > 1 and (end - start) & (end - start - 1):
        width = _split(end - start)
        level = width.bit_length() - 1
        complete.append(read(level, start >> level))
        start += width
    level = (end - start).bit_length() - 1
    root = read(level, start >> level)
    while complete:
        root = node_hash(complete.pop(), root)
    return root
