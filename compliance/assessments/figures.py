"""The figures of a period: what reports print and pages show. No verdicts."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from itertools import islice
from typing import Final

from django.db.models import Count

from compliance.assessments.appraisals import count_evidence
from compliance.assessments.breaches import (
    BREACH_CODES,
    count_actions,
    count_breaches,
    deviations,
    enforcement_times,
)
from compliance.assessments.cube import UNDETERMINED, Cube, count_decisions
from compliance.assessments.duties import duty_figures
from compliance.assessments.expressions import Day
from compliance.assessments.model import (
    BreachFigures,
    Deviation,
    DutyFigure,
    Figures,
    FindingFigure,
    Part,
    Step,
)
from compliance.assessments.quantiles import quantiles_of
from compliance.assessments.scope import Scope
from compliance.assessments.steps import is_weekly, label_of, starts_of, step_of
from compliance.tenants.models import Psp
from policies.vocabulary.effects import Effect
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE

__all__ = [
    "BreachFigures",
    "Deviation",
    "DutyFigure",
    "Figures",
    "Part",
    "duty_figures",
    "figures_for",
    "figures_from",
    "steps_for",
]

DISPOSITIONS: Final = ("clear", "enforced", "tolerated", UNDETERMINED)
LISTED_DEVIATIONS: Final = 100
"""How many deviations the figures carry; `deviations(scope)` yields all of them."""


def figures_for(
    psp: Psp, *, start: datetime, end: datetime, now: datetime, tree_size: int | None = None
) -> Figures:
    """Return the figures of the PSP for [start, end), deadlines judged as of `now`.

    With `tree_size`, nothing counts that the ledger's checkpoint of that size does not cover.
    """
    scope = Scope(psp=psp, start=start, end=end, tree_size=tree_size)
    return figures_from(scope, count_decisions(scope), as_of=now)


def figures_from(scope: Scope, cube: Cube, *, as_of: datetime) -> Figures:
    """Return the figures of a scope whose decisions were counted already, judged at `as_of`."""
    providers, ages = count_evidence(scope)
    times, in_time = enforcement_times(scope)
    codes = _count_findings(scope)
    is_week = is_weekly(scope.start, scope.end)
    return Figures(
        start=scope.start,
        end=scope.end,
        as_of=as_of,
        tree_size=scope.tree_size,
        total=cube.total,
        devices=_count_devices(scope),
        erased=_count_erased(scope),
        with_evidence=cube.count(lambda cell: cell.has_evidence),
        conclusive=cube.count(lambda cell: cell.has_evidence and cell.disposition != UNDETERMINED),
        by_effect=cube.parts(lambda cell: cell.effect, Effect),
        by_disposition=cube.parts(lambda cell: cell.disposition, DISPOSITIONS),
        by_environment=cube.parts(lambda cell: cell.environment_class, ENVIRONMENT_FIELDS["class"]),
        by_reliable_elements=cube.parts(lambda cell: str(cell.reliable_elements)),
        by_channel=cube.parts(lambda cell: cell.channel),
        by_method=cube.parts(lambda cell: cell.method),
        by_platform=cube.parts(lambda cell: cell.platform),
        by_app_version=cube.parts(lambda cell: cell.app_version),
        by_policy_version=cube.parts(lambda cell: str(cell.policy_number)),
        findings=_finding_figures(codes),
        providers=providers,
        evidence_age_s=quantiles_of(ages),
        evidence_age_histogram=ages,
        breaches=count_breaches(scope, as_of=as_of),
        deviations=tuple(islice(deviations(scope, as_of=as_of), LISTED_DEVIATIONS)),
        actions=count_actions(scope, as_of=as_of),
        enforcement_s=quantiles_of(times),
        enforcement_in_time=in_time,
        enforcement_histogram=times,
        steps=_steps(cube, codes, start=scope.start, end=scope.end, is_week=is_week),
        step_is_week=is_week,
    )


def steps_for(scope: Scope) -> tuple[Step, ...]:
    """Return the days or weeks of a scope alone, without all that else takes long to count."""
    is_week = is_weekly(scope.start, scope.end)
    codes = _count_findings(scope)
    return _steps(count_decisions(scope), codes, start=scope.start, end=scope.end, is_week=is_week)


_Codes = Mapping[tuple[str, str, str], int]


def _count_findings(scope: Scope) -> _Codes:
    """Return in how many decisions each (day, code, assurance) was present."""
    rows = (
        scope.findings()
        .values_list(Day("decided_at"), "code", "assurance")
        .annotate(n=Count("decision_ref", distinct=True))
        .order_by()
    )
    return {(day, code, assurance): count for day, code, assurance, count in rows}


def _count_devices(scope: Scope) -> int:
    """Return how many different devices the decisions in scope name."""
    rows = scope.decisions().exclude(device_hash="")
    return rows.aggregate(n=Count("device_hash", distinct=True))["n"] or 0


def _count_erased(scope: Scope) -> int:
    """Return how many decisions in scope were erased: each had a support reference before."""
    return scope.decisions().filter(support_ref="").count()


def _finding_figures(codes: _Codes) -> tuple[FindingFigure, ...]:
    """Return the figures by code, the most frequent first."""
    by_code: dict[str, Counter[str]] = defaultdict(Counter)
    for (_day, code, assurance), count in codes.items():
        by_code[code][assurance] += count
    figures = [
        FindingFigure(
            code=code,
            title=CATALOGUE[code].title if code in CATALOGUE else code,
            count=counts.total(),
            by_assurance=dict(sorted(counts.items())),
            is_alteration=code in BREACH_CODES,
        )
        for code, counts in by_code.items()
    ]
    return tuple(sorted(figures, key=lambda figure: (-figure.count, figure.code)))


def _steps(
    cube: Cube, codes: _Codes, *, start: datetime, end: datetime, is_week: bool
) -> tuple[Step, ...]:
    """Return every day or ISO week of the period, those without decisions too."""
    cells = defaultdict(list)
    for cell in cube.cells:
        cells[step_of(date.fromisoformat(cell.day), is_week=is_week)].append(cell)
    breaches: dict[date, Counter[str]] = defaultdict(Counter)
    for (day, code, _assurance), count in codes.items():
        if code in BREACH_CODES:
            breaches[step_of(date.fromisoformat(day), is_week=is_week)][code] += count
    steps = []
    for moment in starts_of(start, end, is_week=is_week):
        part = Cube(tuple(cells[moment]))
        steps.append(
            Step(
                start=moment,
                label=label_of(moment, is_week=is_week),
                total=part.total,
                effects=dict(part.by(lambda cell: cell.effect)),
                environments=dict(part.by(lambda cell: cell.environment_class)),
                undetermined=part.by(lambda cell: cell.disposition)[UNDETERMINED],
                breaches=dict(breaches[moment]),
            )
        )
    return tuple(steps)
