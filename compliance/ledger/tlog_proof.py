"""Proofs that verify offline (C2SP tlog-proof): index, inclusion proof, signed checkpoint."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from compliance.ledger.encoding import (
    NUMBER_LIMIT,
    EncodingError,
    decode_base64,
    decode_decimal,
    encode_base64,
)
from compliance.ledger.merkle import HASH_SIZE, ProofError, ProofShapeError, verify_inclusion
from compliance.ledger.merkle import leaf_hash as leaf_hash_of
from compliance.ledger.notes import Checkpoint, NoteError, open_checkpoint, parse_vkey

PROOF_LIMIT: Final = 2_000_000
"""Longest proof file that is read, in bytes."""

_HEADER = "c2sp.org/tlog-proof@v1"
_HASHES_LIMIT = 64
"""A tree of 2^64 leaves has 64 levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """A `.tlog-proof` file, read but not verified. `extra` is not covered by any signature."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""


def format_tlog_proof(
    *, index: int, hashes: Sequence[bytes], checkpoint: str, extra: bytes = b""
) -> bytes:
    """Return the file; `checkpoint` is the signed note, taken over verbatim.

    Raises:
        ProofShapeError: if a value has no place in the format.
    """
    if not 0 <= index < NUMBER_LIMIT or any(len(value) != HASH_SIZE for value in hashes):
        raise ProofShapeError("a proof has a 64-bit index and hashes of 32 bytes")
    lines = [_HEADER]
    if extra:
        lines.append(f"extra {encode_base64(extra)}")
    lines.append(f"index {index}")
    lines.extend(encode_base64(value) for value in hashes)
    return ("\n".join(lines) + f"\n\n{checkpoint}").encode()


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Return the parts of a proof file; nothing about them is verified.

    Raises:
        ProofShapeError: if the file is not exactly of the format.
    """
    if len(data) > PROOF_LIMIT:
        raise ProofShapeError(f"a proof of {len(data)} bytes, at most {PROOF_LIMIT} are read")
    try:
        head, separator, checkpoint = data.decode().partition("\n\n")
        header, *lines = head.split("\n", _HASHES_LIMIT + 4)
        if header != _HEADER or not separator or not checkpoint:
            raise ProofShapeError(f"a proof begins with `{_HEADER}` and ends with a checkpoint")
        extra = _take(lines, "extra ")
        index = _take(lines, "index ")
        if index is None or extra == "" or len(lines) > _HASHES_LIMIT:
            raise ProofShapeError("a proof has an index and at most 64 hashes")
        return TlogProof(
            index=decode_decimal(index),
            hashes=tuple(_hash(line) for line in lines),
            checkpoint=checkpoint,
            extra=decode_base64(extra) if extra else b"",
        )
    except (UnicodeError, EncodingError) as error:
        raise ProofShapeError(f"the proof is malformed: {error}") from error


def verify_tlog_proof(
    data: bytes,
    *,
    entry: bytes | None = None,
    leaf_hash: bytes | None = None,
    vkeys: Sequence[str],
) -> Checkpoint:
    """Return the checkpoint of the log that includes `entry` (or the entry with `leaf_hash`).

    `vkeys` are the logs' verifier keys, which the caller trusts; one of them must have signed
    the checkpoint, under the origin that it states.

    Raises:
        ProofError: if anything about the proof does not hold; ProofShapeError if it is malformed.
    """
    if (entry is None) == (leaf_hash is None):
        raise TypeError("give either the entry or its leaf hash")
    proof = parse_tlog_proof(data)
    try:
        verifiers = [parse_vkey(vkey) for vkey in vkeys]
        checkpoint = open_checkpoint(proof.checkpoint, verifiers)
    except NoteError as error:
        raise ProofError(f"the checkpoint: {error}") from error
    verify_inclusion(
        leaf_hash=leaf_hash_of(entry) if entry is not None else leaf_hash or b"",
        index=proof.index,
        size=checkpoint.size,
        proof=proof.hashes,
        root=checkpoint.root,
    )
    return checkpoint


def _take(lines: list[str], prefix: str) -> str | None:
    """Remove the first line and return what follows `prefix`, if it begins so."""
    if lines and lines[0].startswith(prefix):
        return lines.pop(0).removeprefix(prefix)
    return None


def _hash(line: str) -> bytes:
    """Return the hash that a line spells."""
    value = decode_base64(line)
    if len(value) != HASH_SIZE:
        raise ProofShapeError(f"a hash of {len(value)} bytes, expected {HASH_SIZE}")
    return value
