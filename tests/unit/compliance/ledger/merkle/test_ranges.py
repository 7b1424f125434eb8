"""A compact range knows the root of all that was appended."""
# SPDX-License-Identifier: Apache-2.0

from compliance.ledger.merkle import EMPTY_ROOT, CompactRange, leaf_hash, node_hash

A, B, C = (leaf_hash(entry) for entry in (b"a", b"b", b"c"))


def test_nothing_appended_is_the_empty_tree() -> None:
    assert CompactRange().root() == EMPTY_ROOT


def test_a_single_leaf_is_its_own_root() -> None:
    tree = CompactRange()
    tree.append(A)

    assert tree.root() == A


def test_a_third_leaf_stands_beside_the_first_two() -> None:
    tree = CompactRange()
    for leaf in (A, B, C):
        tree.append(leaf)

    assert tree.root() == node_hash(node_hash(A, B), C)


def test_a_complete_subtree_can_be_appended_whole() -> None:
    tree = CompactRange()
    tree.append(node_hash(A, B), level=1)
    tree.append(C)

    assert tree.root() == node_hash(node_hash(A, B), C)
