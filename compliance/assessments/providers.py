"""Counts the scorecards of a period."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from datetime import datetime

from compliance.assessments.appraisals import count_evidence
from compliance.assessments.model import ProviderFigure
from compliance.assessments.scope import Scope
from compliance.assessments.scorecard import Scorecard
from compliance.assessments.scorecards import scorecards_from
from compliance.assessments.slots import count_slots
from compliance.evidence.selectors import required_evidence_until
from compliance.tenants.models import Psp


def scorecards_for(psp: Psp, *, start: datetime, end: datetime) -> tuple[Scorecard, ...]:
    """Return the PSP's scorecards for [start, end), by provider."""
    scope = Scope(psp=psp, start=start, end=end)
    providers, _ages = count_evidence(scope)
    return scorecards_in(scope, providers)


def scorecards_in(scope: Scope, providers: Iterable[ProviderFigure]) -> tuple[Scorecard, ...]:
    """Return the scorecards of a scope whose pieces of evidence were counted already."""
    return scorecards_from(
        count_slots(scope),
        providers=providers,
        requirements=required_evidence_until(
            scope.psp, until=scope.end, besides=scope.later_refs("provider_settings_changed")
        ),
        start=scope.start,
        end=scope.end,
    )
