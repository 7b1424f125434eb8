"""Gathers what a report says, at one checkpoint."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from compliance.assessments.cube import count_decisions
from compliance.assessments.duties import duty_figures_from
from compliance.assessments.figures import figures_for
from compliance.assessments.scope import Scope
from compliance.decisions.presentation import rfc3339
from compliance.ledger.notes import parse_vkey
from compliance.ledger.selectors import vkey_of
from compliance.reports.attachment import Attachment, make_attachment
from compliance.reports.checkpoint import checkpoint_time
from compliance.reports.designs import design_views
from compliance.reports.measures import measures_by_duty, policy_views
from compliance.reports.models import Report
from compliance.reports.notes import key_figures, things_to_note
from compliance.reports.pictures import pictures_of
from compliance.reports.providers import provider_views
from compliance.reports.trace import notable_decisions, traced_decision
from compliance.reports.waivers import waiver_views
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


def assemble(report: Report, *, say: Callable[[int, str], None]) -> Content:
    """Return the content of a report with a pinned checkpoint."""
    psp, as_of = report.psp, checkpoint_time(report)
    scope = Scope(
        psp=psp,
        start=report.period_start,
        end=report.period_end,
        tree_size=report.checkpoint_size,
    )
    say(15, "Counting decisions")
    figures = figures_for(
        psp, start=scope.start, end=scope.end, now=as_of, tree_size=scope.tree_size
    )
    say(30, "Reading policy, design and evidence")
    policies = policy_views(scope, as_of=as_of)
    designs = design_views(scope, as_of=as_of)
    duties = duty_figures_from(
        cube=count_decisions(scope),
        breaches=figures.breaches,
        designs=designs.designs,
        latest_at=None,
    )
    say(40, "Writing the attached data")
    reference = document_reference(report)
    attachment = make_attachment(
        scope, head=_head(report, reference, as_of), total=figures.total, as_of=as_of
    )
    say(50, "Drawing charts")
    set_ = requirement_set()
    measures = measures_by_duty(policies)
    stem = file_stem(report, as_of)
    return Content(
        context={
            "psp": psp,
            "reference": reference,
            "period_start": report.period_start,
            "period_end": report.period_end,
            "as_of": as_of,
            "set": set_,
            "figures": figures,
            "duties": [
                {
                    "number": f"3.{place}",
                    "text": text,
                    "figure": figure,
                    "measures": measures[text.duty],
                }
                for place, (text, figure) in enumerate(
                    zip(set_.duties, duties, strict=True), start=1
                )
            ],
            "key_figures": key_figures(figures),
            "notes": things_to_note(figures, designs, attachment),
            "policies": policies,
            "designs": designs,
            "waivers": waiver_views(scope, as_of=as_of),
            "providers": provider_views(scope, as_of=as_of),
            "pictures": pictures_of(figures),
            "watermark": WATERMARK,
            "notable": notable_decisions(scope),
            "trace": traced_decision(scope, as_of=as_of),
            "ledger": _ledger(report),
            "attachment": {
                "name": f"{stem}.jsonl",
                "digest": attachment.digest,
                "listed": attachment.listed,
                "is_complete": attachment.is_complete,
                "size": len(attachment.content),
            },
        },
        attachment=attachment,
        as_of=as_of,
        reference=reference,
        file_name=f"{stem}.pdf",
        data_name=f"{stem}.jsonl",
    )


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
