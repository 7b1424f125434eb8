"""Works on analyses: runs a version's test cases and proves its properties. Only workers load the solver."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import rfc8785
from django.db import transaction

from compliance.designs.selectors import design_version_by_digest, read_design_document
from compliance.ledger.staging import stage_json
from compliance.policysets.analyses import ANALYSES, MOST_ATTEMPTS, give_up
from compliance.policysets.models import NO_DESIGN, Analysis, AnalysisState
from compliance.policysets.programs import compiled
from compliance.policysets.results import results_document
from compliance.policysets.selectors import version_by_digest
from compliance.tenants.models import Psp
from policies.analysis import AnalysisReport, analyse
from policies.design import Designs
from policies.engine import CasesReport, run_cases
from policies.errors import PolicyError


def produce_analysis(*, analysis_id: int, clock: Callable[[], datetime]) -> None:
    """Take one analysis, if it is free, and work on it until it is ready."""
    analysis = ANALYSES.take(analysis_id, now=clock())
    if analysis is not None:
        work_on_analysis(analysis=analysis, clock=clock)


def work_on_analysis(*, analysis: Analysis, clock: Callable[[], datetime]) -> None:
    """Work on an analysis that was taken; `clock` tells the time, for signs of life.

    What goes wrong in a way that a person can understand is written to the row.
    """
    if analysis.attempts > MOST_ATTEMPTS:
        failure = f"not finished in {MOST_ATTEMPTS} attempts"
        give_up(analysis=analysis, failure=failure, now=clock())
        return
    try:
        report, cases = _examined(analysis, clock)
    except PolicyError as error:
        give_up(analysis=analysis, failure=str(error), now=clock())
    else:
        _store(analysis, report, cases, now=clock())


def _examined(
    analysis: Analysis, clock: Callable[[], datetime]
) -> tuple[AnalysisReport, CasesReport]:
    """Return what is proved of the version, and how its test cases came out."""
    psp = analysis.psp
    policy_set = compiled(analysis.version.document).policy_set
    designs = _designs(psp, analysis.design_digest)
    previous = None
    if analysis.compared_digest:
        compared = version_by_digest(psp, analysis.compared_digest)
        previous = compiled(compared.document).policy_set
    cases = run_cases(policy_set, designs)

    def tell(done: int, steps: int) -> None:
        ANALYSES.held(analysis).update(done=done, steps=steps, beat_at=clock())

    return analyse(policy_set, designs, previous=previous, progress=tell), cases


def _designs(psp: Psp, digest: str) -> Designs | None:
    """Return the authentication designs of that digest."""
    if digest == NO_DESIGN:
        return None
    return read_design_document(design_version_by_digest(psp, digest).document)


@transaction.atomic
def _store(
    analysis: Analysis, report: AnalysisReport, cases: CasesReport, *, now: datetime
) -> None:
    """Write the results with their ledger entry, unless somebody else did meanwhile."""
    results = results_document(report, cases)
    blocking = [result.id for result in report.results if result.blocks_activation]
    failed = sum(not result.passed for result in cases.results)
    stored = ANALYSES.held(analysis).update(
        state=AnalysisState.READY,
        results=results,
        blocking=blocking,
        failed_cases=failed,
        finished_at=now,
    )
    if not stored:
        return
    body = {
        "schema": 1,
        "type": "policy_analysed",
        "ref": analysis.ref,
        "version": analysis.version.ref,
        "digest": analysis.version.digest,
        "design": analysis.design_digest,
        "compared": analysis.compared_digest,
        "blocking": blocking,
        "failed_cases": failed,
        "results": _digest_of(results),
        "at": now.isoformat(),
    }
    stage_json(psp=analysis.psp, kind="policy_analysed", ref=analysis.ref, body=body, now=now)


def _digest_of(results: dict[str, Any]) -> str:
    """Return sha256:<hex> of the results in their canonical form (RFC 8785)."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(results)).hexdigest()}"
