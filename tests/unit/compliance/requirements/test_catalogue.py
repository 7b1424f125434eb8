"""The wording of the law is the Official Journal's, word for word."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from compliance.requirements.catalogue import (
    RequirementSet,
    requirement_set,
)
from policies.vocabulary.duties import Duty

TEXTS = Path(
    os.environ.get(
        "NINEFOLD_REGULATION", Path(__file__).resolve().parents[5] / "shared" / "regulation"
    )
)


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    path = TEXTS / "rts-2018-389.json"
    if not path.is_file():
        pytest.skip(f"the text of the act is not at {path}")
    text: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return text


def article(official: dict[str, Any], number: str) -> dict[str, str]:
    (found,) = [item for item in official["articles"] if item["article"] == number]
    return dict(found)


def test_the_duties_put_together_are_article_9(official: dict[str, Any]) -> None:
    texts = {duty.duty: duty.text for duty in requirement_set().duties}
    chapeau = texts[Duty.SEPARATED_ENVIRONMENTS][0]

    rebuilt = "\n".join(
        [
            f"1. {texts[Duty.INDEPENDENCE][0]}",
            f"2. {texts[Duty.MULTI_PURPOSE_DEVICE][0]}",
            f"3. {chapeau}",
            f"- {texts[Duty.SEPARATED_ENVIRONMENTS][1]}",
            f"- {texts[Duty.INTEGRITY_MECHANISMS][1]}",
            f"- {texts[Duty.CONSEQUENCES][1]}",
        ]
    )

    assert rebuilt == article(official, "9")["text"]


def test_the_other_texts_are_the_official_ones(official: dict[str, Any]) -> None:
    set_ = requirement_set()
    (definition,) = set_.definitions
    (review,) = set_.related

    assert definition.text == official["recitals"]["6"]
    assert "\n".join(review.text) == article(official, "3")["text"]
    assert (set_.act.title, set_.act.oj, set_.act.eli) == (
        official["act"],
        official["oj"],
        official["eli"],
    )


def test_every_duty_has_questions_and_says_what_answers_them() -> None:
    assert [text.duty for text in requirement_set().duties] == list(Duty)
    assert all(text.questions and text.evidence for text in requirement_set().duties)


def test_a_set_with_a_field_that_nobody_knows_is_refused() -> None:
    document = msgspec.to_builtins(requirement_set()) | {"verdict": "compliant"}

    with pytest.raises(msgspec.ValidationError, match="verdict"):
        msgspec.convert(document, RequirementSet)


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(KeyError):
        requirement_set("psr")
