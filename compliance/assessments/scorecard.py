"""What a provider's scorecard is; `assessments.definitions` says what each figure counts."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import date

from compliance.assessments.model import Part
from compliance.assessments.outages import Outage
from compliance.assessments.quantiles import Quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel and platform on which the provider's evidence came, or was required."""

    channel: str
    platform: str
    held: Part
    verified: Part
    conclusive: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreStep:
    """A day or week: decisions in the provider's places, by what its evidence came to."""

    start: date
    label: str
    conclusive: int
    inconclusive: int
    without: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """One provider's figures.

    `unverifiable` are decisions whose evidence of the provider was not raw, so that nobody verifies it.
    """

    provider: str
    held: Part
    required: Part
    required_met: Part
    verified: Part
    unverifiable: int
    conclusive: Part
    evaluated: Part
    problems: tuple[Part, ...]
    conflicting: Part
    conflicts_with: tuple[Part, ...]
    age_s: Quantiles
    places: tuple[Place, ...]
    outages: tuple[Outage, ...]
    steps: tuple[ScoreStep, ...]

    @property
    def figures(self) -> tuple[Part, ...]:
        """All shares, in the order in which they are shown."""
        return (
            *(self.held, self.required, self.required_met, self.verified),
            *(self.conclusive, self.evaluated),
            *self.problems,
            self.conflicting,
        )

    def problem(self, code: str) -> Part:
        """Return the figure of one of `problems`."""
        return next(part for part in self.problems if part.key == code)

    @property
    def stale(self) -> Part:
        """How often its evidence was older than allowed."""
        return self.problem("attestation.stale")
