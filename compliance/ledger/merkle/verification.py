"""Verifies proofs; everything that comes in may be hostile (RFC 9162, 2.1.3.2 and 2.1.4.2)."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

from compliance.ledger.merkle.errors import ProofShapeError, RootMismatchError
from compliance.ledger.merkle.hashing import HASH_SIZE, node_hash

_SIZE_LIMIT = 2**64
"""Sizes are 64-bit numbers on the wire (RFC 6962, 3.5)."""


def verify_inclusion(
    *, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Do nothing if `proof` shows that leaf `index` of the tree (`size`, `root`) is `leaf_hash`.

    Raises:
        ProofShapeError: if the parts do not fit together, or the tree is empty.
        RootMismatchError: if the proof leads to another root hash.
    """
    if not 0 <= index < size < _SIZE_LIMIT:
        raise ProofShapeError(f"no leaf {index} in a tree of size {size}")
    _require_hashes(leaf_hash, root, *proof)
    expected = _inner_length(index, size) + (index >> _inner_length(index, size)).bit_count()
    _require_length(proof, expected)
    _require_root(_inclusion_root(leaf_hash, index, size, proof), root)


def verify_consistency(
    *, size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]
) -> None:
    """Do nothing if `proof` shows that the tree (`size2`, `root2`) extends (`size1`, `root1`).

    Raises:
        ProofShapeError: if the parts do not fit together, or the first tree is empty: everything
            extends it, so a proof would prove nothing.
        RootMismatchError: if the proof leads to another root hash.
    """
    if not 0 < size1 <= size2 < _SIZE_LIMIT:
        raise ProofShapeError(f"no consistency proof from size {size1} to size {size2}")
    _require_hashes(root1, root2, *proof)
    if size1 == size2:
        _require_length(proof, 0)
        _require_root(root1, root2)
        return
    trailing = (size1 & -size1).bit_length() - 1
    # A complete first tree is its own first node; RFC 9162 puts it in front of the proof.
    path = [root1, *proof] if size1 == 1 << trailing else list(proof)
    inner = _inner_length(size1 - 1, size2)
    _require_length(path, inner - trailing + ((size1 - 1) >> inner).bit_count() + 1)
    first, second = _consistency_roots(size1 - 1, size2 - 1, path)
    _require_root(first, root1)
    _require_root(second, root2)


def _inclusion_root(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root hash to which the proof leads (RFC 9162, 2.1.3.2, steps 2 to 4)."""
    node, last, root = index, size - 1, leaf_hash
    for sibling in proof:
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    return root


def _consistency_roots(node: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return both root hashes to which the path leads (RFC 9162, 2.1.4.2, steps 3 to 6)."""
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    return first, second


def _inner_length(index: int, size: int) -> int:
    """Return the number of levels below the one at which `index` reaches the right edge."""
    return (index ^ (size - 1)).bit_length()


def _require_length(path: Sequence[bytes], expected: int) -> None:
    """Refuse a proof with another number of hashes than its sizes ask for."""
    if len(path) != expected:
        raise ProofShapeError(f"the proof has {len(path)} hashes, expected {expected}")


def _require_hashes(*hashes: bytes) -> None:
    """Refuse anything that is not as long as a hash."""
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise ProofShapeError(f"a hash of {len(value)} bytes, expected {HASH_SIZE}")


def _require_root(calculated: bytes, expected: bytes) -> None:
    """Refuse another root hash."""
    if calculated != expected:
        raise RootMismatchError(expected=expected, calculated=calculated)
