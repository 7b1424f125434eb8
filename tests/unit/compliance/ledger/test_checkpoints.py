"""Text of checkpoints: three lines, one spelling."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.ledger.checkpoints import Checkpoint, format_checkpoint, parse_checkpoint
from compliance.ledger.vkeys import NoteError

ROOT = bytes(range(32))
ROOT_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_a_checkpoint_is_three_lines() -> None:
    checkpoint = Checkpoint(origin="log.example/a", size=20852163, root=ROOT)
    text = f"log.example/a\n20852163\n{ROOT_TEXT}\n"

    assert format_checkpoint(checkpoint) == text
    assert parse_checkpoint(text) == checkpoint


def test_extension_lines_are_kept() -> None:
    text = f"an origin with spaces\n0\n{ROOT_TEXT}\nfirst\nsecond one\n"

    checkpoint = parse_checkpoint(text)
    assert checkpoint.extensions == ("first", "second one")
    assert format_checkpoint(checkpoint) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"o\n1\n{ROOT_TEXT}",
        "o\n1\n",
        f"\n1\n{ROOT_TEXT}\n",
        f"o\n\n{ROOT_TEXT}\n",
        f"o\n01\n{ROOT_TEXT}\n",
        f"o\n+1\n{ROOT_TEXT}\n",
        f"o\n-1\n{ROOT_TEXT}\n",
        f"o\n1 \n{ROOT_TEXT}\n",
        f"o\n{2**64}\n{ROOT_TEXT}\n",
        "o\n1\n\n",
        "o\n1\nAAEC\n",
        f"o\n1\n{ROOT_TEXT[:-1]}\n",
        f"o\n1\n{ROOT_TEXT} \n",
        f"o\n1\n{ROOT_TEXT}\n\n",
        f"o\n1\n{ROOT_TEXT}\n\nx\n",
        f"o\r\n1\r\n{ROOT_TEXT}\r\n",
    ],
)
def test_another_text_is_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "change",
    [
        {"origin": ""},
        {"origin": "a\nb"},
        {"size": -1},
        {"size": 2**64},
        {"root": b""},
        {"root": ROOT + b"\x00"},
        {"extensions": ("",)},
        {"extensions": ("a\nb",)},
    ],
    ids=str,
)
def test_values_without_a_text_form_are_refused(change: dict[str, object]) -> None:
    good: dict[str, object] = {"origin": "o", "size": 1, "root": ROOT}

    with pytest.raises(NoteError):
        Checkpoint(**good | change)  # type: ignore[arg-type]
