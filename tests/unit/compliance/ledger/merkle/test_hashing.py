"""Leaf, node and empty hashes, against values known from outside (RFC 6962 implementations)."""
# SPDX-License-Identifier: Apache-2.0

from compliance.ledger.merkle import EMPTY_ROOT, leaf_hash, node_hash


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_empty_entry_is_hashed_with_the_leaf_prefix() -> None:
    known = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"

    assert leaf_hash(b"").hex() == known


def test_an_entry_is_hashed_with_the_leaf_prefix() -> None:
    known = "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"

    assert leaf_hash(b"L123456").hex() == known


def test_two_nodes_are_hashed_with_the_node_prefix() -> None:
    known = "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"

    assert node_hash(b"N123", b"N456").hex() == known
