"""No bytes get anything but its own error out of a parser of the ledger."""
# SPDX-License-Identifier: Apache-2.0

import contextlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.ledger.encoding import EncodingError, decode_base64, decode_decimal, encode_base64
from compliance.ledger.merkle import ProofError, leaf_hash, node_hash
from compliance.ledger.notes import (
    Checkpoint,
    NoteError,
    Signer,
    format_checkpoint,
    format_vkey,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_vkey,
    sign_checkpoint,
)
from compliance.ledger.tlog_proof import format_tlog_proof, parse_tlog_proof, verify_tlog_proof

LOG = Signer(name="log.example/a", private_key=Ed25519PrivateKey.from_private_bytes(bytes(32)))
VERIFIER = LOG.verifier
VKEY = format_vkey(VERIFIER)
LEFT, RIGHT = leaf_hash(b"left"), leaf_hash(b"right")
NOTE = sign_checkpoint(Checkpoint(origin=LOG.name, size=2, root=node_hash(LEFT, RIGHT)), LOG)
PROOF = format_tlog_proof(index=0, hashes=[RIGHT], checkpoint=NOTE, extra=b"extra")

PIECES = st.sampled_from(
    [
        *(
            "— ",
            "\n",
            "\n\n",
            " ",
            "+",
            "extra ",
            "index ",
            "0",
            "7",
            "AAAA",
            "=",
            "\u00a0",
            "\x00",
        ),
        *("c2sp.org/tlog-proof@v1", LOG.name, VKEY, NOTE, PROOF.decode()),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=12).map("".join))
BYTES = st.one_of(st.binary(max_size=300), TEXTS.map(lambda text: text.encode(errors="replace")))


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Return `good` with a slice replaced."""
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, min(start + 8, len(good))))
    bad = good[:start] + draw(st.binary(max_size=4)) + good[end:]
    assume(bad != good)
    return bad


@given(data=st.one_of(BYTES, damaged(NOTE.encode())))
def test_a_note_opens_unchanged_or_not_at_all(data: bytes) -> None:
    try:
        opened = open_note(data, [VERIFIER])
    except NoteError:
        return

    assert opened.text == NOTE.partition("\n\n")[0] + "\n"


@given(data=st.one_of(BYTES, damaged(NOTE.encode())))
def test_a_checkpoint_opens_with_its_own_error_only(data: bytes) -> None:
    with contextlib.suppress(NoteError):
        assert open_checkpoint(data, [VERIFIER]).size == 2


@given(text=TEXTS)
def test_a_checkpoint_s_text_is_read_in_one_spelling_or_refused(text: str) -> None:
    with contextlib.suppress(NoteError):
        assert format_checkpoint(parse_checkpoint(text)) == text


@given(text=st.one_of(TEXTS, damaged(VKEY.encode()).map(lambda b: b.decode(errors="replace"))))
def test_a_vkey_is_read_in_one_spelling_or_refused(text: str) -> None:
    with contextlib.suppress(NoteError):
        assert format_vkey(parse_vkey(text)) == text


@given(data=st.one_of(BYTES, damaged(PROOF)))
def test_a_proof_is_read_in_one_spelling_or_refused(data: bytes) -> None:
    try:
        proof = parse_tlog_proof(data)
    except ProofError:
        return

    spelt = format_tlog_proof(
        index=proof.index, hashes=proof.hashes, checkpoint=proof.checkpoint, extra=proof.extra
    )
    assert spelt == data


@given(data=damaged(PROOF.replace(b"extra ZXh0cmE=\n", b"")))
def test_a_damaged_proof_never_verifies(data: bytes) -> None:
    with pytest.raises(ProofError):
        verify_tlog_proof(data, leaf_hash=LEFT, vkeys=[VKEY])


@given(value=st.binary(max_size=100), text=st.text(max_size=60))
def test_base64_and_numbers_have_one_spelling(value: bytes, text: str) -> None:
    with contextlib.suppress(EncodingError):
        assert str(decode_decimal(text)) == text
    with contextlib.suppress(EncodingError):
        assert encode_base64(decode_base64(text)) == text
    assert decode_base64(encode_base64(value)) == value
