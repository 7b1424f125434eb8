"""Offline proofs: the file to the byte, and everything that must not verify."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.ledger.merkle import (
    ProofError,
    ProofShapeError,
    RootMismatchError,
    inclusion_proof,
    leaf_hash,
    root_of,
)
from compliance.ledger.notes import Checkpoint, Signer, format_vkey, sign_checkpoint
from compliance.ledger.tlog_proof import (
    PROOF_LIMIT,
    TlogProof,
    format_tlog_proof,
    parse_tlog_proof,
    verify_tlog_proof,
)

ENTRIES = [f'{{"n":{number}}}'.encode() for number in range(7)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
HASHES = inclusion_proof(3, 7, lambda level, index: root_of(LEAVES[index << level :][: 1 << level]))
LOG = Signer(name="log.example/a", private_key=Ed25519PrivateKey.from_private_bytes(bytes(32)))
VKEY = format_vkey(LOG.verifier)
CHECKPOINT = sign_checkpoint(Checkpoint(origin=LOG.name, size=7, root=root_of(LEAVES)), LOG)
PROOF = format_tlog_proof(index=3, hashes=HASHES, checkpoint=CHECKPOINT)


def test_a_proof_is_header_index_hashes_and_checkpoint() -> None:
    spelt = "".join(base64.b64encode(value).decode() + "\n" for value in HASHES)

    assert PROOF.decode() == f"c2sp.org/tlog-proof@v1\nindex 3\n{spelt}\n{CHECKPOINT}"
    assert parse_tlog_proof(PROOF) == TlogProof(
        index=3, hashes=tuple(HASHES), checkpoint=CHECKPOINT
    )


def test_extra_data_stands_before_the_index() -> None:
    proof = format_tlog_proof(index=0, hashes=[], checkpoint="c\n", extra=b"more")

    assert proof == b"c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 0\n\nc\n"
    assert parse_tlog_proof(proof) == TlogProof(index=0, hashes=(), checkpoint="c\n", extra=b"more")


def test_a_proof_shows_that_the_entry_is_in_the_log() -> None:
    assert verify_tlog_proof(PROOF, entry=ENTRIES[3], vkeys=[VKEY]).size == 7
    assert verify_tlog_proof(PROOF, leaf_hash=LEAVES[3], vkeys=[VKEY]).origin == LOG.name


def test_a_proof_shows_nothing_about_another_entry() -> None:
    with pytest.raises(RootMismatchError):
        verify_tlog_proof(PROOF, entry=ENTRIES[4], vkeys=[VKEY])
    with pytest.raises(ProofShapeError):
        verify_tlog_proof(PROOF, leaf_hash=b"", vkeys=[VKEY])


def test_a_proof_is_about_one_entry() -> None:
    with pytest.raises(TypeError):
        verify_tlog_proof(PROOF, vkeys=[VKEY])
    with pytest.raises(TypeError):
        verify_tlog_proof(PROOF, entry=ENTRIES[3], leaf_hash=LEAVES[3], vkeys=[VKEY])


def test_a_checkpoint_by_an_unknown_key_shows_nothing() -> None:
    other = Signer(name=LOG.name, private_key=Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))

    for vkeys in ([], [format_vkey(other.verifier)]):
        with pytest.raises(ProofError, match="no known key"):
            verify_tlog_proof(PROOF, entry=ENTRIES[3], vkeys=vkeys)


def test_a_malformed_vkey_shows_nothing() -> None:
    with pytest.raises(ProofError, match="vkey"):
        verify_tlog_proof(PROOF, entry=ENTRIES[3], vkeys=["rubbish"])


def test_a_checkpoint_of_the_empty_tree_shows_nothing() -> None:
    empty = Checkpoint(origin=LOG.name, size=0, root=hashlib.sha256(b"").digest())
    proof = format_tlog_proof(index=0, hashes=[], checkpoint=sign_checkpoint(empty, LOG))

    with pytest.raises(ProofShapeError, match="size 0"):
        verify_tlog_proof(proof, leaf_hash=empty.root, vkeys=[VKEY])


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:0],
        lambda data: data[:0] + b"\n\n",
        lambda data: data.replace(b"@v1", b"@v2"),
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data[:-1],
        lambda data: b" " + data,
        lambda data: data.replace(b"index 3\n", b""),
        lambda data: data.replace(b"index 3", b"index 03"),
        lambda data: data.replace(b"index 3", b"index -3"),
        lambda data: data.replace(b"index 3", b"index  3"),
        lambda data: data.replace(b"index 3", b"index 3 "),
        lambda data: data.replace(b"index 3", b"Index 3"),
        lambda data: data.replace(b"index 3", b"index 18446744073709551616"),
        lambda data: data.replace(b"index 3", b"index 3\nindex 3"),
        lambda data: data.replace(b"index 3", b"index 3\nextra AAAA"),
        lambda data: data.replace(b"index 3", b"extra \nindex 3"),
        lambda data: data.replace(b"index 3", b"extra AA\nindex 3"),
        lambda data: data.replace(b"index 3", b"extra AAAA\nextra AAAA\nindex 3"),
        lambda data: data.replace(b"index 3\n", b"index 3\n\n"),
        lambda data: data.replace(b"index 3\n", b"index 3\nAAAA\n"),
        lambda data: data.replace(b"index 3\n", b"index 3\n" + b"AAAA\n" * 70),
        lambda data: data.replace(b"=\n", b"= \n", 1),
        lambda data: data.replace(b"=\n", b"\n", 1),
        lambda data: data.split(b"\n\n", maxsplit=1)[0],
        lambda data: data.split(b"\n\n", maxsplit=1)[0] + b"\n\n",
        lambda data: data + b"\xff",
        lambda data: data + b"x" * PROOF_LIMIT,
    ],
)
def test_a_malformed_proof_is_refused(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ProofError):
        verify_tlog_proof(change(PROOF), entry=ENTRIES[3], vkeys=[VKEY])


@pytest.mark.parametrize(
    "change", [{"index": -1}, {"index": 2**64}, {"hashes": [b"short"]}], ids=str
)
def test_what_has_no_place_in_the_format_is_not_written(change: dict[str, object]) -> None:
    good: dict[str, object] = {"index": 3, "hashes": HASHES, "checkpoint": CHECKPOINT}

    with pytest.raises(ProofShapeError):
        format_tlog_proof(**good | change)  # type: ignore[arg-type]
