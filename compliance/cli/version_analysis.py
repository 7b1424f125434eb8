"""What the analysis of a stored version found, at the command line; done there if it is waited for."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.policysets.analyses import request_analysis
from compliance.policysets.proving import produce_analysis
from compliance.policysets.selectors import version_of_number
from compliance.policysets.standing import Standing, standing_of
from compliance.policysets.tasks import enqueue_analysis
from compliance.tenants.models import Psp


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionAnalysis:
    """Where a version of that number stands."""

    number: int
    standing: Standing

    @property
    def is_clear(self) -> bool:
        """Whether all is found out, and nothing stands in the way of activation."""
        return self.standing.is_current and self.standing.is_clear


def analyse_version(
    *, psp: Psp, number: int, wait: bool, clock: Callable[[], datetime]
) -> VersionAnalysis:
    """Return where a version stands; ask for its analysis if there is none, and wait if told to.

    Raises:
        NotFoundError: if the PSP has no version of that number.
    """
    version = version_of_number(psp, number, now=clock()).version
    if not standing_of(version, now=clock()).is_current:
        analysis = request_analysis(version=version, now=clock())
        if wait:
            produce_analysis(analysis_id=analysis.pk, clock=clock)
        else:
            enqueue_analysis(analysis.pk)
    return VersionAnalysis(number=number, standing=standing_of(version, now=clock()))


def version_analysis_document(found: VersionAnalysis) -> dict[str, Any]:
    """Return it for machines."""
    standing = found.standing
    results = {} if standing.analysis is None else standing.analysis.results
    newest = standing.newest
    return {
        "number": found.number,
        "state": None if newest is None else newest.state,
        "is_current": standing.is_current,
        "is_clear": found.is_clear,
        "blocking": list(standing.blocking),
        "failed_cases": standing.failed_cases,
        "waivers": [waiver.ref for waiver in standing.waivers],
        "results": results,
    }


def version_analysis_lines(found: VersionAnalysis) -> Iterator[str]:
    """Yield it for people: each property, each test case that failed, what stands in the way."""
    standing = found.standing
    newest = standing.newest
    if newest is not None and not standing.is_current:
        failure = f": {newest.failure}" if newest.failure else f", {newest.progress} %"
        yield f"analysis {newest.ref}  {newest.state}{failure}"
    if standing.analysis is None:
        return
    results = standing.analysis.results
    for each in results["properties"]:
        yield f"{each['status']:<8}  {each['id']:<3}  {each['title']}"
        if each["status"] != "proved":
            yield f"          {each['sentence']}"
    for case in results["test_cases"]["cases"]:
        if not case["passed"]:
            yield f"FAILED    {case['name']}"
            yield from (f"          {sentence}" for sentence in case["differences"])
    if "difference" in results:
        yield results["difference"]["sentence"]
    for waiver in standing.waivers:
        yield f"waived    {waiver.property_id} until {waiver.expires_at.isoformat()} ({waiver.ref})"
    yield _verdict(found)


def _verdict(found: VersionAnalysis) -> str:
    """Return whether the version can be activated as far as this goes."""
    standing = found.standing
    if standing.is_clear:
        return "nothing stands in the way of activation"
    failed = [f"{standing.failed_cases} test cases"] if standing.failed_cases else []
    return "in the way of activation: " + ", ".join([*standing.blocking, *failed])
