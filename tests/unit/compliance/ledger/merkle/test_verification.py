"""The verifier refuses whatever is not exactly the proof; each refusal has its reason."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.ledger.merkle import (
    EMPTY_ROOT,
    ProofShapeError,
    RootMismatchError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(bytes([number])) for number in range(16)]


def read(level: int, index: int) -> bytes:
    return root_of(LEAVES[index << level : (index + 1) << level])


def inclusion(index: int, size: int) -> dict[str, Any]:
    return {
        "leaf_hash": LEAVES[index],
        "index": index,
        "size": size,
        "proof": inclusion_proof(index, size, read),
        "root": root_of(LEAVES[:size]),
    }


def consistency(size1: int, size2: int) -> dict[str, Any]:
    return {
        "size1": size1,
        "root1": root_of(LEAVES[:size1]),
        "size2": size2,
        "root2": root_of(LEAVES[:size2]),
        "proof": consistency_proof(size1, size2, read),
    }


def test_every_leaf_of_every_size_is_shown_to_be_included() -> None:
    for size in range(1, len(LEAVES) + 1):
        for index in range(size):
            verify_inclusion(**inclusion(index, size))


def test_every_size_is_shown_to_extend_every_smaller_one() -> None:
    for size2 in range(1, len(LEAVES) + 1):
        for size1 in range(1, size2 + 1):
            verify_consistency(**consistency(size1, size2))


@pytest.mark.parametrize(
    "change",
    [
        {"index": 7},
        {"index": -1},
        {"index": 2**64},
        {"size": 0},
        {"size": 3},
        {"size": 2**64},
        {"size": 2**64 + 7},
        {"proof": []},
        {"leaf_hash": b""},
        {"leaf_hash": LEAVES[3][:31]},
        {"root": b"\x00" * 33},
        {"root": b""},
    ],
    ids=str,
)
def test_an_inclusion_proof_whose_parts_do_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ProofShapeError):
        verify_inclusion(**inclusion(3, 7) | change)


def test_an_inclusion_proof_with_a_hash_too_many_or_too_few_is_refused() -> None:
    good = inclusion(3, 7)

    for proof in (good["proof"][:-1], [*good["proof"], LEAVES[0]], [LEAVES[0], *good["proof"]]):
        with pytest.raises(ProofShapeError, match="expected 3"):
            verify_inclusion(**good | {"proof": proof})


def test_an_inclusion_proof_with_a_short_hash_is_refused() -> None:
    good = inclusion(3, 7)

    with pytest.raises(ProofShapeError, match="31 bytes"):
        verify_inclusion(**good | {"proof": [good["proof"][0][:31], *good["proof"][1:]]})


@pytest.mark.parametrize(
    "change",
    [
        {"leaf_hash": LEAVES[4]},
        {"root": EMPTY_ROOT},
        {"root": root_of(LEAVES[:6])},
        {"index": 2},
        {"index": 1},
    ],
    ids=str,
)
def test_an_inclusion_proof_of_something_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RootMismatchError, match="root hash"):
        verify_inclusion(**inclusion(3, 7) | change)


def test_a_lone_leaf_needs_no_hashes_and_takes_none() -> None:
    verify_inclusion(leaf_hash=LEAVES[0], index=0, size=1, proof=[], root=LEAVES[0])

    with pytest.raises(ProofShapeError):
        verify_inclusion(leaf_hash=LEAVES[0], index=0, size=1, proof=[LEAVES[1]], root=LEAVES[0])


@pytest.mark.parametrize(
    "change",
    [
        {"size1": 0},
        {"size1": 0, "root1": EMPTY_ROOT, "proof": []},
        {"size1": 0, "size2": 0, "root1": EMPTY_ROOT, "root2": EMPTY_ROOT, "proof": []},
        {"size1": -1},
        {"size1": 8},
        {"size2": 2},
        {"size2": 2**64},
        {"proof": []},
        {"root1": b""},
        {"root2": b"\x00" * 31},
    ],
    ids=str,
)
def test_a_consistency_proof_whose_parts_do_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ProofShapeError):
        verify_consistency(**consistency(3, 7) | change)


@pytest.mark.parametrize("size1", [1, 2, 3, 4, 5, 6])
def test_a_consistency_proof_with_a_hash_too_many_or_too_few_is_refused(size1: int) -> None:
    good = consistency(size1, 7)

    for proof in (good["proof"][:-1], [*good["proof"], LEAVES[0]], [good["root1"], *good["proof"]]):
        with pytest.raises(ProofShapeError):
            verify_consistency(**good | {"proof": proof})


@pytest.mark.parametrize("size1", [3, 4])
@pytest.mark.parametrize("changed", ["root1", "root2"])
def test_a_consistency_proof_between_other_trees_is_refused(size1: int, changed: str) -> None:
    with pytest.raises((RootMismatchError, ProofShapeError)):
        verify_consistency(**consistency(size1, 7) | {changed: LEAVES[9]})


def test_equal_sizes_need_equal_roots_and_take_no_hashes() -> None:
    good = consistency(7, 7)
    verify_consistency(**good)

    with pytest.raises(RootMismatchError):
        verify_consistency(**good | {"root2": root_of(LEAVES[:6])})
    with pytest.raises(ProofShapeError, match="expected 0"):
        verify_consistency(**good | {"proof": [LEAVES[0]]})


def test_a_mismatch_names_both_hashes() -> None:
    with pytest.raises(RootMismatchError) as caught:
        verify_inclusion(leaf_hash=LEAVES[0], index=0, size=1, proof=[], root=LEAVES[1])

    assert (caught.value.calculated, caught.value.expected) == (LEAVES[0], LEAVES[1])
