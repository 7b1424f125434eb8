"""Roots and proofs, against the worked example of RFC 6962, section 2.1.3 (seven leaves)."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.ledger.merkle import (
    EMPTY_ROOT,
    ProofShapeError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of,
)

LEAVES = [leaf_hash(bytes([number])) for number in range(7)]
A, B, C, D, E, F, J = LEAVES
G, H, I = node_hash(A, B), node_hash(C, D), node_hash(E, F)  # noqa: E741 - the norm's own letters
K, L = node_hash(G, H), node_hash(I, J)
ROOT = node_hash(K, L)
KNOWN_ROOTS = {
    # Entries and roots that RFC 6962 implementations have shared since Certificate Transparency.
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
KNOWN_ENTRIES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]


def read(level: int, index: int) -> bytes:
    """Return a complete node of the seven-leaf tree; others do not exist."""
    span = LEAVES[index << level : (index + 1) << level]
    assert len(span) == 1 << level
    return root_of(span)


def test_the_root_of_seven_leaves_is_that_of_the_norm() -> None:
    assert root_of(LEAVES) == ROOT
    assert root_at(7, read) == ROOT


def test_no_leaves_have_the_empty_root() -> None:
    assert root_of([]) == EMPTY_ROOT
    assert root_at(0, read) == EMPTY_ROOT


@pytest.mark.parametrize(("size", "root"), KNOWN_ROOTS.items())
def test_roots_are_those_of_other_implementations(size: int, root: str) -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in KNOWN_ENTRIES[:size]]

    assert root_of(leaves).hex() == root


@pytest.mark.parametrize(
    ("index", "path"), [(0, [B, H, L]), (3, [C, G, L]), (4, [F, J, K]), (6, [I, K])]
)
def test_inclusion_proofs_are_those_of_the_norm(index: int, path: list[bytes]) -> None:
    assert inclusion_proof(index, 7, read) == path


@pytest.mark.parametrize(("size1", "path"), [(3, [C, D, G, L]), (4, [L]), (6, [I, J, K]), (7, [])])
def test_consistency_proofs_are_those_of_the_norm(size1: int, path: list[bytes]) -> None:
    assert consistency_proof(size1, 7, read) == path


@pytest.mark.parametrize(("index", "size"), [(0, 0), (7, 7), (-1, 7)])
def test_there_is_no_inclusion_proof_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ProofShapeError, match="no leaf"):
        inclusion_proof(index, size, read)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 7), (7, 6), (-1, 7)])
def test_there_is_no_consistency_proof_from_nothing_or_backwards(size1: int, size2: int) -> None:
    with pytest.raises(ProofShapeError, match="no consistency proof"):
        consistency_proof(size1, size2, read)
