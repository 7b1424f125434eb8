"""What stands in the way of a version: analyses that are missing, and what they found."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from compliance.designs.selectors import design_digests_until
from compliance.policysets.analyses import question_of
from compliance.policysets.errors import ActivationBlockedError, NotAnalysedError
from compliance.policysets.models import (
    NO_DESIGN,
    Activation,
    Analysis,
    AnalysisState,
    PolicySetVersion,
    PropertyWaiver,
)
from compliance.policysets.property_waiver_selectors import property_waivers_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a version, and what of it stands in the way of activation at a moment.

    `analysis` is the newest finished one that counts, None if there is none yet; `newest` the
    newest of all, which may still run or have failed. `is_current` says whether `analysis` answers
    for the authentication design and the policy set in force. `waivers` are those that let
    properties of `analysis` pass, `blocking` the ids of those that nothing lets pass.
    """

    analysis: Analysis | None
    newest: Analysis | None
    is_current: bool
    waivers: tuple[PropertyWaiver, ...]
    blocking: tuple[str, ...]
    failed_cases: int

    @property
    def is_clear(self) -> bool:
        """Whether nothing that was found stands in the way."""
        return self.analysis is not None and not self.blocking and not self.failed_cases


def standing_of(
    version: PolicySetVersion, *, now: datetime, moment: datetime | None = None
) -> Standing:
    """Return where a version stands as of `now`, if it were activated at `moment` (else `now`)."""
    question = question_of(version, now=now)
    # What was found in full is long, and most who ask need only what blocks.
    analyses = list(_newest(version, now).defer("results"))
    ready = [each for each in analyses if each.state == AnalysisState.READY]
    under_design = [each for each in ready if each.design_digest == question.design_digest]
    current = [each for each in under_design if each.compared_digest == question.compared_digest]
    analysis = next(iter([*current, *under_design, *ready]), None)
    waivers = property_waivers_at(version, at=now if moment is None else moment)
    blocking: list[str] = [] if analysis is None else analysis.blocking
    waived = {waiver.property_id for waiver in waivers}
    return Standing(
        analysis=analysis,
        newest=next(iter(analyses), None),
        is_current=bool(current),
        waivers=tuple(waiver for waiver in waivers if waiver.property_id in blocking),
        blocking=tuple(id_ for id_ in blocking if id_ not in waived),
        failed_cases=0 if analysis is None else analysis.failed_cases,
    )


def require_analysed(version: PolicySetVersion, *, now: datetime) -> Analysis:
    """Return the analysis that answers for how things stand at `now`.

    Raises:
        NotAnalysedError: if there is none, or it is not finished.
    """
    standing = standing_of(version, now=now)
    if standing.analysis is None or not standing.is_current:
        raise NotAnalysedError(_why_not(version, standing.newest))
    return standing.analysis


def require_unblocked(version: PolicySetVersion, *, moment: datetime, now: datetime) -> None:
    """Check that nothing stands in the way of the version being in force from `moment` on.

    A version that was in force comes back on the strength of its analysis of then, or of none if it
    is older than analyses are: a return is an emergency's measure and waits for no worker.

    Raises:
        NotAnalysedError: if it is not analysed under the authentication design in force.
        ActivationBlockedError: if a blocking property is not proved and not waived at `moment`, or
            a test case of the version failed.
    """
    standing = standing_of(version, now=now, moment=moment)
    analysis = standing.analysis
    design = question_of(version, now=now).design_digest
    is_return = Activation.objects.filter(
        version=version, withdrawn_at=None, active_from__lte=now
    ).exists()
    if not is_return and (analysis is None or analysis.design_digest != design):
        raise NotAnalysedError(_why_not(version, standing.newest))
    if analysis is not None and not standing.is_clear:
        raise ActivationBlockedError(
            f"version {version.number} is not to be activated: {_listed(standing)}"
        )


def _newest(version: PolicySetVersion, now: datetime) -> "QuerySet[Analysis]":
    """Return the version's analyses, the newest first.

    Those under designs that never were in force are left out: they say what would be.
    """
    known = [NO_DESIGN, *design_digests_until(version.psp, at=now)]
    return version.analyses.filter(design_digest__in=known).order_by("-requested_at", "-pk")


def _why_not(version: PolicySetVersion, newest: Analysis | None) -> str:
    """Return why there is no analysis that answers for how things stand."""
    if newest is not None and newest.state == AnalysisState.FAILED:
        return f"the analysis of version {version.number} failed: {newest.failure}"
    if newest is None or newest.state == AnalysisState.READY:
        return (
            f"version {version.number} is not analysed under the authentication design and beside "
            "the policy set in force; that is done within a minute"
        )
    return f"version {version.number} is being analysed ({newest.progress} %)"


def _listed(standing: Standing) -> str:
    """Return what stands in the way, in words."""
    return "; ".join(_obstacles(standing))


def _obstacles(standing: Standing) -> Iterable[str]:
    """Yield each thing that stands in the way."""
    results = {} if standing.analysis is None else standing.analysis.results
    found = {each["id"]: each for each in results.get("properties", ())}
    for id_ in standing.blocking:
        told = f": {found[id_]['sentence']}" if id_ in found else ""
        yield f"property {id_} is not proved and not waived{told}"
    if standing.failed_cases:
        yield f"test cases failed: {standing.failed_cases}"
