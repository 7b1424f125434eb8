"""From a report's row to its unsealed document: assemble, draw, render."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from dataclasses import dataclass

from django.template.loader import render_to_string

from compliance.reports.assembly import assemble
from compliance.reports.models import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An unsealed document. `data_digest` is that of the attached file (`sha256:<hex>`)."""

    pdf: bytes
    reference: str
    file_name: str
    data_digest: str


def make_document(report: Report, *, say: Callable[[int, str], None]) -> Document:
    """Return the document of a report with a pinned checkpoint.

    A function of (PSP, period, checkpoint): doing it again gives the same bytes.
    """
    content = assemble(report, say=say)
    say(55, "Setting the pages")
    html = render_to_string("reports/report.html", content.context)
    # Needs Pango: a process that renders nothing does without.
    from compliance.reports.rendering import DataFile, render_pdf  # noqa: PLC0415

    pdf = render_pdf(
        html,
        identifier=content.reference,
        dated=content.as_of,
        data=DataFile(
            name=content.data_name,
            description="The decisions that this report counts, its deviations and waivers",
            content=content.attachment.content,
        ),
    )
    return Document(
        pdf=pdf,
        reference=content.reference,
        file_name=content.file_name,
        data_digest=content.attachment.digest,
    )
