"""Gathers what a report says, at one checkpoint."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from compliance.assessments.cube import count_decisions
from compliance.assessments.definitions import DEFINITIONS
from compliance.assessments.duties import duty_figures_from
from compliance.assessments.figures import figures_from
from compliance.assessments.model import DutyFigure, Figures
from compliance.assessments.providers import scorecards_in
from compliance.assessments.scope import Scope
from compliance.assessments.scorecard import Scorecard
from compliance.decisions.presentation import rfc3339
from compliance.ledger.notes import parse_vkey
from compliance.ledger.selectors import vkey_of
from compliance.reports.analyses import AnalysisView, analysis_views
from compliance.reports.attachment import Attachment, make_attachment
from compliance.reports.checkpoint import checkpoint_time
from compliance.reports.designs import DesignViews, design_views
from compliance.reports.erasures import ErasureView, erasure_view
from compliance.reports.measures import PolicyView, measures_by_duty, policy_views
from compliance.reports.models import Report
from compliance.reports.notes import key_figures, things_to_note
from compliance.reports.pictures import pictures_of
from compliance.reports.providers import provider_views
from compliance.reports.scorecards import scorecard_views
from compliance.reports.trace import notable_decisions, traced_decision
from compliance.reports.waivers import (
    PropertyWaiverView,
    WaiverView,
    property_waiver_views,
    waiver_views,
)
from compliance.requirements.catalogue import requirement_set

WATERMARK: Final = base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600">'
    b'<text x="300" y="320" text-anchor="middle" transform="rotate(-45 300 300)" fill="#f6f3eb"'
    b' font-family="DejaVu Sans" font-weight="bold" font-size="66">DEMONSTRATION</text></svg>'
).decode()
"""Printed under the pages of an invented PSP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a report says (`context` for its template), and the data that goes with it."""

    context: Mapping[str, Any]
    attachment: Attachment
    as_of: datetime
    reference: str
    file_name: str
    data_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """What the parts of a report are made from, counted and read once."""

    scope: Scope
    as_of: datetime
    figures: Figures
    scorecards: tuple[Scorecard, ...]
    erasures: ErasureView
    duties: tuple[DutyFigure, ...]
    policies: tuple[PolicyView, ...]
    analyses: tuple[AnalysisView, ...]
    designs: DesignViews
    waivers: tuple[WaiverView, ...]
    property_waivers: tuple[PropertyWaiverView, ...]


def assemble(report: Report, *, say: Callable[[int, str], None]) -> Content:
    """Return the content of a report with a pinned checkpoint."""
    gathered = _gathered(report, say)
    as_of, total = gathered.as_of, gathered.figures.total
    reference, stem = document_reference(report), file_stem(report, as_of)
    say(40, "Writing the attached data")
    head = _head(report, reference, as_of)
    attachment = make_attachment(
        gathered.scope,
        head=head,
        total=total,
        waivers=[*gathered.waivers, *gathered.property_waivers],
        as_of=as_of,
    )
    data_name = f"{stem}.jsonl"
    say(50, "Drawing charts")
    return Content(
        context={
            "reference": reference,
            "ledger": _ledger(report),
            "attachment": _attached(attachment, data_name),
            "notes": things_to_note(
                gathered.figures, gathered.designs, gathered.property_waivers, attachment
            ),
            **_context(gathered),
        },
        attachment=attachment,
        as_of=as_of,
        reference=reference,
        file_name=f"{stem}.pdf",
        data_name=data_name,
    )


def _gathered(report: Report, say: Callable[[int, str], None]) -> _Gathered:
    """Count and read what the checkpoint covers."""
    scope = Scope(
        psp=report.psp,
        start=report.period_start,
        end=report.period_end,
        tree_size=report.checkpoint_size,
    )
    as_of = checkpoint_time(report)
    say(15, "Counting decisions")
    cube = count_decisions(scope)
    figures = figures_from(scope, cube, as_of=as_of)
    say(30, "Reading policy, design and evidence")
    designs = design_views(scope, as_of=as_of)
    policies = policy_views(scope, as_of=as_of)
    property_waivers = property_waiver_views(scope, as_of=as_of)
    return _Gathered(
        scope=scope,
        as_of=as_of,
        figures=figures,
        scorecards=scorecards_in(scope, figures.providers),
        erasures=erasure_view(scope, as_of=as_of),
        duties=duty_figures_from(
            cube=cube, breaches=figures.breaches, designs=designs.designs, latest_at=None
        ),
        policies=policies,
        analyses=analysis_views(
            scope,
            [view.version for view in policies],
            [view.waiver for view in property_waivers],
            as_of=as_of,
        ),
        designs=designs,
        waivers=waiver_views(scope, as_of=as_of),
        property_waivers=property_waivers,
    )


def _context(gathered: _Gathered) -> dict[str, Any]:
    """Return what the template says about the period."""
    scope, as_of, figures = gathered.scope, gathered.as_of, gathered.figures
    return {
        "psp": scope.psp,
        "period_start": scope.start,
        "period_end": scope.end,
        "as_of": as_of,
        "set": requirement_set(),
        "figures": figures,
        "duties": _duties(gathered),
        "key_figures": key_figures(figures),
        "policies": gathered.policies,
        "analyses": gathered.analyses,
        "designs": gathered.designs,
        "waivers": gathered.waivers,
        "property_waivers": gathered.property_waivers,
        "providers": provider_views(scope, as_of=as_of),
        "pictures": pictures_of(figures),
        "scorecards": scorecard_views(gathered.scorecards),
        "has_outages": any(card.outages for card in gathered.scorecards),
        "definitions": tuple(DEFINITIONS.values()),
        "erasures": gathered.erasures,
        "watermark": WATERMARK,
        "notable": notable_decisions(scope),
        "trace": traced_decision(scope, as_of=as_of),
    }


def _duties(gathered: _Gathered) -> list[dict[str, Any]]:
    """Return the section of each duty: the law's words, the PSP's measures, the figure."""
    measures = measures_by_duty(gathered.policies)
    pairs = zip(requirement_set().duties, gathered.duties, strict=True)
    return [
        {"number": f"3.{place}", "text": text, "figure": figure, "measures": measures[text.duty]}
        for place, (text, figure) in enumerate(pairs, start=1)
    ]


def _attached(attachment: Attachment, name: str) -> dict[str, Any]:
    """Return what the report says about the file attached to it."""
    return {
        "name": name,
        "digest": attachment.digest,
        "listed": attachment.listed,
        "is_complete": attachment.is_complete,
    }


def document_reference(report: Report) -> str:
    """Return the document's reference: the period, and twelve digits over all it depends on."""
    basis = "\n".join(
        (
            report.psp.ref,
            report.period_start.isoformat(),
            report.period_end.isoformat(),
            str(report.checkpoint_size),
            report.checkpoint_root,
        )
    )
    digits = hashlib.sha256(basis.encode()).hexdigest()[:12]
    return f"ART9-{report.period_start:%Y%m%d}-{report.period_end:%Y%m%d}-{digits}"


def file_stem(report: Report, as_of: datetime) -> str:
    """Return a file name in the manner of supervisors: who, country, what, reference date, made."""
    who = report.psp.lei or report.psp.ref.upper()
    last = (report.period_end - timedelta(microseconds=1)).date()
    return f"{who}_{report.psp.country}_PSD2ART9_{last:%Y-%m-%d}_{as_of:%Y%m%d%H%M%S}"


def _head(report: Report, reference: str, as_of: datetime) -> dict[str, Any]:
    """Return the first line of the attached data."""
    return {
        "document": reference,
        "psp": report.psp.name,
        "lei": report.psp.lei,
        "period_start": rfc3339(report.period_start),
        "period_end": rfc3339(report.period_end),
        "as_of": rfc3339(as_of),
        "checkpoint": report.checkpoint,
        "demonstration": report.psp.demonstration,
    }


def _ledger(report: Report) -> dict[str, Any]:
    """Return what the verification page says about the log."""
    vkey = vkey_of(report.psp)
    return {
        "origin": parse_vkey(vkey).name,
        "vkey": vkey,
        "size": report.checkpoint_size,
        "root": report.checkpoint_root,
        "checkpoint": report.checkpoint,
    }
