"""Errors of proofs: each means "do not believe it"."""
# SPDX-License-Identifier: Apache-2.0


class ProofError(Exception):
    """A proof does not show what it claims to show."""


class ProofShapeError(ProofError):
    """The parts of a proof do not fit together: sizes, indexes, number or length of hashes."""


class RootMismatchError(ProofError):
    """The proof leads to another root hash than the one that was given."""

    def __init__(self, *, expected: bytes, calculated: bytes) -> None:
        super().__init__(
            f"the proof leads to root hash {calculated.hex()}, not to {expected.hex()}"
        )
        self.expected = expected
        self.calculated = calculated
