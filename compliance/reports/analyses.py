"""What is proved of the policy sets in force, as far as it was found out by the checkpoint."""
# SPDX-License-Identifier: Apache-2.0

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from compliance.assessments.scope import Scope
from compliance.policysets.models import (
    NO_DESIGN,
    Analysis,
    AnalysisState,
    PolicySetVersion,
    PropertyWaiver,
)
from compliance.reports.designs import known_activations


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisView:
    """A version with the newest analysis of it that was ready by the checkpoint (None: none was).

    `properties` are as `compliance.policysets.results` stores them; `design_digest` is empty where
    no authentication design was registered. Counts of test cases are of the version's own.
    `waived` are the properties of which waivers were in force in the period.
    """

    version: PolicySetVersion
    analysis: Analysis | None
    properties: tuple[Mapping[str, Any], ...] = ()
    design_digest: str = ""
    cases: int = 0
    cases_passed: int = 0
    untouched_rules: int = 0
    waived: Collection[str] = frozenset()

    @property
    def titles(self) -> Mapping[str, str]:
        """The properties' titles by their ids."""
        return {each["id"]: each["title"] for each in self.properties}


def analysis_views(
    scope: Scope,
    versions: Iterable[PolicySetVersion],
    waivers: Iterable[PropertyWaiver] = (),
    *,
    as_of: datetime,
) -> tuple[AnalysisView, ...]:
    """Return what is known of each version, once for one that came back, in the order given.

    `waivers` are those of properties that the report lists.
    """
    distinct = {version.pk: version for version in versions}
    waived = defaultdict(set)
    for waiver in waivers:
        waived[waiver.version_id].add(waiver.property_id)
    return tuple(
        replace(analysis_view(scope, version, as_of=as_of), waived=frozenset(waived[key]))
        for key, version in distinct.items()
    )


def analysis_view(scope: Scope, version: PolicySetVersion, *, as_of: datetime) -> AnalysisView:
    """Return what is known of one version."""
    analysis = _newest_ready(scope, version, as_of)
    if analysis is None:
        return AnalysisView(version=version, analysis=None)
    tests = analysis.results.get("test_cases", {})
    cases = tests.get("cases", [])
    return AnalysisView(
        version=version,
        analysis=analysis,
        properties=tuple(analysis.results.get("properties", ())),
        design_digest="" if analysis.design_digest == NO_DESIGN else analysis.design_digest,
        cases=len(cases),
        cases_passed=sum(bool(case["passed"]) for case in cases),
        untouched_rules=len(tests.get("untouched_rules", [])),
    )


def _newest_ready(scope: Scope, version: PolicySetVersion, as_of: datetime) -> Analysis | None:
    """Return the version's newest analysis whose result the checkpoint covers.

    One under a design that had not come into force by then says what would be, not what was.
    """
    known = {each.version.digest for each in known_activations(scope, as_of=as_of)}
    ready = Analysis.objects.filter(
        psp=scope.psp,
        version=version,
        state=AnalysisState.READY,
        design_digest__in=[NO_DESIGN, *known],
    )
    refs = list(ready.order_by("-requested_at", "-pk").values_list("ref", flat=True))
    later = scope.later_refs("policy_analysed")
    covered = next((ref for ref in refs if ref not in later), None)
    return None if covered is None else ready.get(ref=covered)
