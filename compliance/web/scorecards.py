"""Scorecards for pages: of a period that somebody chose, kept for some minutes."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime

from compliance.assessments.providers import scorecards_for
from compliance.assessments.scorecard import Scorecard
from compliance.tenants.models import Psp
from compliance.web.counting import counted_for_page
from compliance.web.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecards:
    """The scorecards of `period`, as of `taken_at`."""

    taken_at: datetime
    period: Period
    cards: tuple[Scorecard, ...]

    def of(self, provider: str) -> Scorecard | None:
        """Return the scorecard of a provider; None if none of its evidence came or was required."""
        return next((card for card in self.cards if card.provider == provider), None)


def scorecards_for_page(
    psp: Psp, period: Period, *, now: datetime, wait: bool
) -> Scorecards | None:
    """Return scorecards if that is quick, or if the reader said that they will `wait`."""
    # A period that ends now is one until now: what was kept of it some minutes ago will do.
    end = "now" if period.end == now else period.end.isoformat()

    def count() -> Scorecards:
        cards = scorecards_for(psp, start=period.start, end=period.end)
        return Scorecards(taken_at=now, period=period, cards=cards)

    return counted_for_page(psp, f"scorecards:{period.start.isoformat()}:{end}", count, wait=wait)
