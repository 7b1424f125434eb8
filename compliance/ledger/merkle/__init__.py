"""Merkle trees after RFC 6962, section 2.1, and their proofs; values in, values out."""
# SPDX-License-Identifier: Apache-2.0

from compliance.ledger.merkle.errors import ProofError, ProofShapeError, RootMismatchError
from compliance.ledger.merkle.hashing import EMPTY_ROOT, HASH_SIZE, leaf_hash, node_hash
from compliance.ledger.merkle.proofs import (
    NodeReader,
    consistency_proof,
    inclusion_proof,
    root_at,
    root_of,
)
from compliance.ledger.merkle.ranges import CompactRange
from compliance.ledger.merkle.tiles import (
    TILE_WIDTH,
    FullTile,
    GrowingTree,
    TileReader,
    hashes_at,
    node_reader,
    partial_width,
)
from compliance.ledger.merkle.verification import verify_consistency, verify_inclusion

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "TILE_WIDTH",
    "CompactRange",
    "FullTile",
    "GrowingTree",
    "NodeReader",
    "ProofError",
    "ProofShapeError",
    "RootMismatchError",
    "TileReader",
    "consistency_proof",
    "hashes_at",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "node_reader",
    "partial_width",
    "root_at",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]
