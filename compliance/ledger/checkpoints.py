"""Text of checkpoints (C2SP tlog-checkpoint): origin, size, root hash."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass

from compliance.ledger.encoding import (
    NUMBER_LIMIT,
    EncodingError,
    decode_base64,
    decode_decimal,
    encode_base64,
)
from compliance.ledger.merkle import HASH_SIZE
from compliance.ledger.vkeys import NoteError


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's statement: "my tree of `size` leaves has this root hash"."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values that have no text form."""
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line:
                raise NoteError("origin and extension lines are single lines that are not empty")
        if not 0 <= self.size < NUMBER_LIMIT:
            raise NoteError("the checkpoint's size is no 64-bit number")
        if len(self.root) != HASH_SIZE:
            raise NoteError(f"the checkpoint's root hash has {len(self.root)} bytes, expected 32")


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the note text of `checkpoint`, with its final newline."""
    root = encode_base64(checkpoint.root)
    lines = (checkpoint.origin, str(checkpoint.size), root, *checkpoint.extensions)
    return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text states; its signatures were verified before.

    Raises:
        NoteError: if the text is not exactly of that form.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "":
        raise NoteError("a checkpoint has at least three lines and ends in a newline")
    origin, size, root, *extensions = lines
    try:
        return Checkpoint(
            origin=origin,
            size=decode_decimal(size),
            root=decode_base64(root),
            extensions=tuple(extensions),
        )
    except EncodingError as error:
        raise NoteError(f"the checkpoint's size or root hash: {error}") from error
