"""Appraises the evidence of one request."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime

from compliance.evidence.providers import PROVIDERS
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    TrustMaterial,
)
from policies.documents import Problem


def appraise(
    items: Sequence[Evidence], *, trust: TrustMaterial, at: datetime
) -> tuple[Appraisal, ...]:
    """Return the appraisal of each item, in order; `at` is the time of the decision (aware, UTC).

    Evidence that does not verify is a finding of its appraisal, never an exception.

    Raises:
        EvidenceShapeError: if an item is malformed, or of a provider or mode that nobody here
            knows; pointers start at the request (`/evidence/0/payload/chain/3`), every problem
            of every item is listed.
    """
    appraisals: list[Appraisal] = []
    problems: list[Problem] = []
    for index, item in enumerate(items):
        try:
            appraisals.append(_appraise_item(item, trust=trust, at=at))
        except EvidenceShapeError as error:
            problems += (
                Problem(f"/evidence/{index}{problem.pointer}", problem.detail)
                for problem in error.problems
            )
    if problems:
        raise EvidenceShapeError(problems)
    return tuple(appraisals)


def _appraise_item(item: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:
    """Return the appraisal of one item by the module of its provider."""
    provider = PROVIDERS.get(item.provider)
    if provider is None:
        known = ", ".join(sorted(PROVIDERS))
        raise EvidenceShapeError.at("/provider", f"unknown provider; expected one of {known}")
    if item.mode not in provider.modes:
        modes = ", ".join(sorted(provider.modes))
        raise EvidenceShapeError.at("/mode", f"expected {modes} for {provider.name}")
    return provider.appraise(item, trust=trust, at=at)
