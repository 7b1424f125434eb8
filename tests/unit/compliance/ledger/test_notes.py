"""Signed notes to the byte: where the text ends, whose signatures count, what spoils a note."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.ledger.notes import (
    NOTE_LIMIT,
    Checkpoint,
    NoteError,
    Signer,
    open_checkpoint,
    open_note,
    sign_checkpoint,
    sign_note,
)


def signer(name: str) -> Signer:
    seed = hashlib.sha256(name.encode()).digest()
    return Signer(name=name, private_key=Ed25519PrivateKey.from_private_bytes(seed))


LOG, WITNESS, STRANGER = signer("log.example/a"), signer("witness.example"), signer("stranger")
TEXT = "first line\n\nthird – line\n"


def line(by: Signer, text: str) -> str:
    return f"— {by.name} {base64.b64encode(by.sign(text.encode())).decode()}\n"


GOOD = line(LOG, "text\n")


def test_a_note_is_text_empty_line_and_signatures() -> None:
    note = sign_note(TEXT, [LOG, WITNESS])

    assert note == f"{TEXT}\n{line(LOG, TEXT)}{line(WITNESS, TEXT)}"


def test_a_note_opens_with_the_keys_that_signed_it() -> None:
    opened = open_note(sign_note(TEXT, [LOG, WITNESS]), [WITNESS.verifier, LOG.verifier])

    assert opened.text == TEXT
    assert opened.signed_by == (LOG.verifier, WITNESS.verifier)


def test_bytes_are_as_good_as_text() -> None:
    assert open_note(sign_note(TEXT, [LOG]).encode(), [LOG.verifier]).text == TEXT


def test_signatures_by_unknown_keys_are_ignored() -> None:
    note = f"{TEXT}\n{line(STRANGER, 'another text')}{line(LOG, TEXT)}"

    assert open_note(note, [LOG.verifier]).signed_by == (LOG.verifier,)


def test_a_key_with_the_same_name_is_not_the_same_key() -> None:
    namesake = Signer(name=LOG.name, private_key=STRANGER.private_key)
    note = f"{TEXT}\n{line(namesake, 'another text')}{line(LOG, TEXT)}"

    assert open_note(note, [LOG.verifier]).signed_by == (LOG.verifier,)
    with pytest.raises(NoteError, match="no known key"):
        open_note(sign_note(TEXT, [namesake]), [LOG.verifier])


def test_a_bad_signature_by_a_known_key_spoils_the_note() -> None:
    note = f"{TEXT}\n{line(LOG, TEXT)}{line(WITNESS, 'another text')}"

    assert open_note(note, [LOG.verifier]).signed_by == (LOG.verifier,)
    with pytest.raises(NoteError, match=r"`witness\.example` does not hold"):
        open_note(note, [LOG.verifier, WITNESS.verifier])


def test_a_key_that_signed_twice_counts_once() -> None:
    note = f"{TEXT}\n{line(LOG, TEXT)}{line(LOG, TEXT)}"

    assert open_note(note, [LOG.verifier]).signed_by == (LOG.verifier,)


@pytest.mark.parametrize("verifiers", [[], [STRANGER.verifier]])
def test_a_note_that_nobody_known_signed_is_refused(verifiers: list[object]) -> None:
    with pytest.raises(NoteError, match="no known key"):
        open_note(sign_note(TEXT, [LOG]), verifiers)  # type: ignore[arg-type]


def test_the_text_ends_at_the_last_empty_line() -> None:
    inner = sign_note("inner\n", [WITNESS])
    note = sign_note(inner, [LOG])

    assert open_note(note, [LOG.verifier]).text == inner
    assert open_note(note, [LOG.verifier, WITNESS.verifier]).signed_by == (LOG.verifier,)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        f"text\n{GOOD}",
        f"text\n\n{GOOD[:-1]}",
        f"text\n\n{GOOD}\n",
        f"text\n\n{GOOD}x",
        f"text\n\n{GOOD}rubbish\n",
        f"text\n\n{GOOD.replace('—', '-')}",
        f"text\n\n{GOOD.replace('— ', '—')}",
        f"text\n\n{GOOD.replace('— ', '—  ')}",
        f"text\n\n{GOOD.replace('=', '', 1)}",
        "text\n\n" + GOOD.replace("\n", " \n"),
        f"text\n\n— log.example/a\n{GOOD}",
        f"text\n\n— log.example/a AAAA\n{GOOD}",
        f"text\n\n— log.example/a AAAAAA==\n{GOOD}",
        f"text\n\n— a+b AAAAAAAAAAA=\n{GOOD}",
        f"text\n\n— a\u00a0b AAAAAAAAAAA=\n{GOOD}",
        "text\r\n\n" + line(LOG, "text\r\n"),
        "te\x00xt\n\n" + line(LOG, "te\x00xt\n"),
        "te\txt\n\n" + line(LOG, "te\txt\n"),
        f"text\n\n{GOOD}".replace("text", "\ud800"),
    ],
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, [LOG.verifier])


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(NoteError, match="UTF-8"):
        open_note(b"\xff" + sign_note(TEXT, [LOG]).encode(), [LOG.verifier])


def test_a_hundred_signatures_are_read_and_no_more() -> None:
    strangers = [signer(f"s{number}") for number in range(100)]
    lines = "".join(line(each, TEXT) for each in strangers[:99])

    assert open_note(f"{TEXT}\n{lines}{line(LOG, TEXT)}", [LOG.verifier]).text == TEXT
    with pytest.raises(NoteError, match="101 signatures"):
        open_note(f"{TEXT}\n{lines}{line(LOG, TEXT) * 2}", [LOG.verifier])


def test_a_note_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(NoteError, match="at most"):
        open_note("x" * (NOTE_LIMIT + 1), [LOG.verifier])


@pytest.mark.parametrize("text", ["", "no newline", "tab\tbed\n", "nul\x00\n"])
def test_a_text_that_no_note_can_have_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign_note(text, [LOG])


def test_a_note_is_signed_by_somebody() -> None:
    with pytest.raises(NoteError, match="somebody"):
        sign_note(TEXT, [])


def test_a_checkpoint_opens_with_the_key_of_its_log() -> None:
    checkpoint = Checkpoint(origin=LOG.name, size=7, root=bytes(32))

    assert open_checkpoint(sign_checkpoint(checkpoint, LOG), [LOG.verifier]) == checkpoint


def test_a_known_key_does_not_speak_for_another_log() -> None:
    checkpoint = Checkpoint(origin="log.example/b", size=7, root=bytes(32))
    note = sign_checkpoint(checkpoint, LOG)

    with pytest.raises(NoteError, match=r"log `log\.example/b`"):
        open_checkpoint(note, [LOG.verifier])


def test_a_signed_note_need_not_be_a_checkpoint() -> None:
    with pytest.raises(NoteError, match="three lines"):
        open_checkpoint(sign_note("x\n", [LOG]), [LOG.verifier])
