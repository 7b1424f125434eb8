"""Signed notes (C2SP signed-note), and what is needed to use them: keys and checkpoints."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from compliance.ledger.checkpoints import Checkpoint, format_checkpoint, parse_checkpoint
from compliance.ledger.encoding import EncodingError, decode_base64, encode_base64
from compliance.ledger.vkeys import (
    NoteError,
    Signer,
    Verifier,
    format_vkey,
    is_key_name,
    parse_vkey,
)

__all__ = [
    "Checkpoint",
    "NoteError",
    "OpenedNote",
    "Signer",
    "Verifier",
    "format_checkpoint",
    "format_vkey",
    "open_checkpoint",
    "open_note",
    "parse_checkpoint",
    "parse_vkey",
    "sign_checkpoint",
    "sign_note",
]

NOTE_LIMIT: Final = 1_000_000
"""Longest note that is read, in bytes."""

SIGNATURE_LIMIT: Final = 100
"""Most signatures that are read; C2SP asks for at least 16."""

_KEY_ID_SIZE = 4
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedNote:
    """A note whose text can be trusted: at least one known key signed it."""

    text: str
    signed_by: tuple[Verifier, ...]


class _SignatureLine(NamedTuple):
    """A signature line, read but not verified."""

    name: str
    key_id: bytes
    signature: bytes


def sign_note(text: str, signers: Sequence[Signer]) -> str:
    """Return `text` as a note with one signature line for each signer.

    Raises:
        NoteError: if no note can have this text, or there is no signer.
    """
    if not text.endswith("\n") or not signers:
        raise NoteError("a note's text ends in a newline, and somebody signs it")
    encoded = _require_plain(text).encode()
    lines = (f"{_DASH}{signer.name} {encode_base64(signer.sign(encoded))}\n" for signer in signers)
    return f"{text}\n{''.join(lines)}"


def open_note(note: str | bytes, verifiers: Iterable[Verifier]) -> OpenedNote:
    """Return the text of `note` if known keys signed it.

    Signatures by unknown keys are ignored. A bad signature by a known key spoils the note, even
    beside a good one: somebody has changed it.

    Raises:
        NoteError: if the note is malformed, a known key's signature is bad, or there is none.
    """
    text, lines = _split(_decode(note))
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed_by: dict[Verifier, None] = {}
    encoded = text.encode()
    for line in lines:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            continue
        if not verifier.holds(encoded, line.signature):
            raise NoteError(f"the signature by `{line.name}` does not hold")
        signed_by[verifier] = None
    if not signed_by:
        raise NoteError("no known key signed the note")
    return OpenedNote(text=text, signed_by=tuple(signed_by))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the signed note of `checkpoint`. The caller answers for its consistency."""
    return sign_note(format_checkpoint(checkpoint), [signer])


def open_checkpoint(note: str | bytes, verifiers: Iterable[Verifier]) -> Checkpoint:
    """Return the checkpoint in `note` if the log that it names signed it.

    The log's key name and the origin are the same (C2SP tlog-checkpoint, "Signatures"), so a
    known key of one log cannot speak for another.

    Raises:
        NoteError: as `open_note`, or if the text is no checkpoint or of another log.
    """
    opened = open_note(note, verifiers)
    checkpoint = parse_checkpoint(opened.text)
    if all(verifier.name != checkpoint.origin for verifier in opened.signed_by):
        raise NoteError(f"no known key of the log `{checkpoint.origin}` signed the checkpoint")
    return checkpoint


def _decode(note: str | bytes) -> str:
    """Return the note as text, if it can be one."""
    try:
        encoded = note.encode() if isinstance(note, str) else note
        if len(encoded) > NOTE_LIMIT:
            raise NoteError(f"a note of {len(encoded)} bytes, at most {NOTE_LIMIT} are read")
        return _require_plain(encoded.decode())
    except UnicodeError as error:
        raise NoteError("the note is not UTF-8") from error


def _require_plain(text: str) -> str:
    """Refuse control characters other than the newline."""
    if _CONTROL.search(text):
        raise NoteError("a note has no control characters other than newlines")
    return text


def _split(note: str) -> tuple[str, list[_SignatureLine]]:
    """Part text and signatures at the last empty line."""
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise NoteError("a note is a text, an empty line, and signature lines")
    lines = signatures[:-1].split("\n")
    if len(lines) > SIGNATURE_LIMIT:
        raise NoteError(f"a note with {len(lines)} signatures, at most {SIGNATURE_LIMIT} are read")
    return f"{text}\n", list(_signature_lines(lines))


def _signature_lines(lines: Iterable[str]) -> Iterator[_SignatureLine]:
    """Yield each line as name, key ID and signature."""
    for line in lines:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not is_key_name(name):
            raise NoteError("a signature line is a dash, a key name and Base 64")
        try:
            value = decode_base64(encoded)
        except EncodingError as error:
            raise NoteError(f"the signature by `{name}` is {error}") from error
        if len(value) <= _KEY_ID_SIZE:
            raise NoteError(f"the signature by `{name}` is too short")
        yield _SignatureLine(name, value[:_KEY_ID_SIZE], value[_KEY_ID_SIZE:])
