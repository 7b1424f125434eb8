"""Random trees: every proof verifies, every change to one fails, and no input breaks a parser."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.ledger.merkle import (
    EMPTY_ROOT,
    GrowingTree,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    node_reader,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(2_000)]
SIZES = st.one_of(st.integers(1, 70), st.integers(1, len(LEAVES)))
HASHES = st.binary(min_size=32, max_size=32)
NUMBERS = st.one_of(st.integers(-2, 2_100), st.integers(2**63, 2**65))


def read(level: int, index: int) -> bytes:
    span = LEAVES[index << level : (index + 1) << level]
    assert len(span) == 1 << level
    return root_of(span)


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(size1: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2, word for word."""
    if size1 == len(leaves):
        return [] if known else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if size1 <= k:
        return [*naive_subproof(size1, leaves[:k], known=known), naive_root(leaves[k:])]
    return [*naive_subproof(size1 - k, leaves[k:], known=False), naive_root(leaves[:k])]


@st.composite
def inclusions(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(SIZES)
    index = draw(st.integers(0, size - 1))
    return {
        "leaf_hash": LEAVES[index],
        "index": index,
        "size": size,
        "proof": inclusion_proof(index, size, read),
        "root": root_at(size, read),
    }


@st.composite
def consistencies(draw: st.DrawFn) -> dict[str, Any]:
    size2 = draw(SIZES)
    size1 = draw(st.integers(1, size2))
    return {
        "size1": size1,
        "root1": root_at(size1, read),
        "size2": size2,
        "root2": root_at(size2, read),
        "proof": consistency_proof(size1, size2, read),
    }


@st.composite
def flipped(draw: st.DrawFn, value: bytes) -> bytes:
    bit = draw(st.integers(0, len(value) * 8 - 1))
    return bytes(
        byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(value)
    )


@st.composite
def mutated(draw: st.DrawFn, proof: list[bytes]) -> list[bytes]:
    """Return another list of hashes: one flipped, dropped, added, or two swapped."""
    kinds = ["add", *(["flip", "drop", "swap", "reverse"] if proof else [])]
    kind = draw(st.sampled_from(kinds))
    place = draw(st.integers(0, max(len(proof) - 1, 0)))
    changed = list(proof)
    if kind == "add":
        changed.insert(place, draw(HASHES))
    elif kind == "flip":
        changed[place] = draw(flipped(changed[place]))
    elif kind == "drop":
        del changed[place]
    elif kind == "swap":
        changed[place], changed[-1] = changed[-1], changed[place]
    else:
        changed.reverse()
    assume(changed != proof)
    return changed


@given(size=st.integers(0, 300))
def test_incremental_roots_are_those_of_the_definition(size: int) -> None:
    tree = GrowingTree()
    tree.append(LEAVES[:size])

    assert root_of(LEAVES[:size]) == naive_root(LEAVES[:size]) == tree.root()
    assert root_at(size, read) == tree.root()


@given(batches=st.lists(st.integers(0, 400), max_size=5))
def test_how_leaves_are_batched_makes_no_difference(batches: list[int]) -> None:
    tree, full = GrowingTree(), []
    for batch in batches:
        full += tree.append(LEAVES[tree.size : tree.size + batch])
    at_once = GrowingTree()

    assert at_once.append(LEAVES[: tree.size]) == full
    assert at_once.root() == tree.root() == root_of(LEAVES[: tree.size])


@given(data=st.data(), size=st.integers(1, 300))
def test_inclusion_proofs_are_those_of_the_definition(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))

    assert inclusion_proof(index, size, read) == naive_path(index, LEAVES[:size])


@given(data=st.data(), size2=st.integers(1, 300))
def test_consistency_proofs_are_those_of_the_definition(data: st.DataObject, size2: int) -> None:
    size1 = data.draw(st.integers(1, size2))

    expected = naive_subproof(size1, LEAVES[:size2], known=True)
    assert consistency_proof(size1, size2, read) == expected


@given(claim=inclusions())
def test_every_inclusion_proof_verifies(claim: dict[str, Any]) -> None:
    verify_inclusion(**claim)


@given(claim=consistencies())
def test_every_consistency_proof_verifies(claim: dict[str, Any]) -> None:
    verify_consistency(**claim)


@given(data=st.data(), claim=inclusions())
def test_a_changed_inclusion_proof_fails(data: st.DataObject, claim: dict[str, Any]) -> None:
    changed = data.draw(mutated(claim["proof"]))

    with pytest.raises(ProofError):
        verify_inclusion(**claim | {"proof": changed})


@given(data=st.data(), claim=inclusions())
def test_an_inclusion_proof_holds_for_nothing_else(
    data: st.DataObject, claim: dict[str, Any]
) -> None:
    name = data.draw(st.sampled_from(["leaf_hash", "root", "index"]))
    value = data.draw(NUMBERS if name == "index" else flipped(claim[name]))
    assume(value != claim[name])

    with pytest.raises(ProofError):
        verify_inclusion(**claim | {name: value})


@given(data=st.data(), claim=consistencies())
def test_a_changed_consistency_proof_fails(data: st.DataObject, claim: dict[str, Any]) -> None:
    changed = data.draw(mutated(claim["proof"]))

    with pytest.raises(ProofError):
        verify_consistency(**claim | {"proof": changed})


@given(data=st.data(), claim=consistencies())
def test_a_consistency_proof_holds_for_no_other_roots(
    data: st.DataObject, claim: dict[str, Any]
) -> None:
    name = data.draw(st.sampled_from(["root1", "root2"]))

    with pytest.raises(ProofError):
        verify_consistency(**claim | {name: data.draw(flipped(claim[name]))})


@given(
    index=NUMBERS,
    size=NUMBERS,
    proof=st.lists(st.binary(max_size=40), max_size=70),
    leaf=HASHES,
    root=HASHES,
)
def test_an_invented_inclusion_proof_is_refused_and_nothing_else_happens(
    index: int, size: int, proof: list[bytes], leaf: bytes, root: bytes
) -> None:
    with pytest.raises(ProofError):
        verify_inclusion(leaf_hash=leaf, index=index, size=size, proof=proof, root=root)


@given(
    size1=NUMBERS,
    size2=NUMBERS,
    proof=st.lists(st.one_of(HASHES, st.binary(max_size=40)), max_size=70),
    root1=HASHES,
    root2=HASHES,
)
def test_an_invented_consistency_proof_is_refused_and_nothing_else_happens(
    size1: int, size2: int, proof: list[bytes], root1: bytes, root2: bytes
) -> None:
    assume(root1 != root2)

    with pytest.raises(ProofError):
        verify_consistency(size1=size1, root1=root1, size2=size2, root2=root2, proof=proof)


@given(data=st.data(), claim=inclusions())
def test_proofs_over_tiles_are_the_same(data: st.DataObject, claim: dict[str, Any]) -> None:
    tree = GrowingTree()
    size = data.draw(st.integers(claim["size"], len(LEAVES)))
    tiles: dict[tuple[int, int], list[bytes]] = {}
    for tile in tree.append(LEAVES[:size]):
        tiles[tile.level, tile.index] = list(tile.hashes)

    def tile_at(level: int, index: int) -> list[bytes]:
        partial = range(index * 256 << 8 * level, (size >> 8 * level) << 8 * level, 1 << 8 * level)
        return tiles.get((level, index)) or [
            root_of(LEAVES[start : start + (1 << 8 * level)]) for start in partial
        ]

    assert inclusion_proof(claim["index"], claim["size"], node_reader(tile_at)) == claim["proof"]
