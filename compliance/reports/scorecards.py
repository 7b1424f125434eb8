"""The picture and the figures of a provider's scorecard, for report and page."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from compliance.assessments.definitions import DEFINITIONS, Definition
from compliance.assessments.model import Part
from compliance.assessments.scorecard import Scorecard, ScoreStep
from compliance.reports.pictures import Picture, draw

_WORDS = ("conclusive", "not conclusive", "without it")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardView:
    """One provider in the report: its figures with their names, and its picture."""

    card: Scorecard
    figures: tuple[tuple[Definition, Part], ...]
    picture: Picture | None

    @property
    def caption(self) -> str:
        """What stands above the picture."""
        return f"{self.card.provider.replace('_', ' ')}: what its evidence came to"


def scorecard_views(cards: Iterable[Scorecard]) -> tuple[ScorecardView, ...]:
    """Return the scorecards as the report shows them; figures of nothing are left out."""
    return tuple(
        ScorecardView(
            card=card,
            figures=tuple((DEFINITIONS[part.key], part) for part in _parts(card) if part.of),
            picture=scorecard_picture(card),
        )
        for card in cards
    )


def scorecard_picture(card: Scorecard) -> Picture | None:
    """Return the chart of decisions by what the provider's evidence came to; None without any."""
    if not any(step.conclusive + step.inconclusive + step.without for step in card.steps):
        return None
    return _picture(card.steps)


@lru_cache(maxsize=64)
def _picture(steps: tuple[ScoreStep, ...]) -> Picture:
    """Draw the chart; the same steps are drawn once in a process."""
    counts = [(step.label, (step.conclusive, step.inconclusive, step.without)) for step in steps]
    return draw(
        "provider_evidence",
        [
            {"step": label, "order": order, "state": word, "count": count, "stack": stack}
            for order, (label, each) in enumerate(counts)
            for stack, (word, count) in enumerate(zip(_WORDS, each, strict=True))
        ],
        alternative="Decisions by what the provider's evidence came to, over the period, as shares",
        columns=("", *_WORDS, "all"),
        rows=[(label, *each, sum(each)) for label, each in counts],
    )


def _parts(card: Scorecard) -> tuple[Part, ...]:
    """Return the figures that the report shows: problems that never were are left out."""
    return tuple(part for part in card.figures if part.count or part not in card.problems)
