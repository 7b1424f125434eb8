"""The summary: key figures, and what a reader should note. Figures only, no verdict."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import NamedTuple

from compliance.assessments.model import Figures
from compliance.assessments.wording import NO_BREAK, number, plural, seconds, share
from compliance.reports.attachment import Attachment
from compliance.reports.designs import DesignViews
from compliance.reports.waivers import PropertyWaiverView


class KeyFigure(NamedTuple):
    """One figure of the first page."""

    figure: str
    caption: str


def key_figures(figures: Figures) -> tuple[KeyFigure, ...]:
    """Return the six figures of the summary."""
    undisturbed = figures.part("effect", "permit")
    breaches = figures.breaches
    age, times = figures.evidence_age_s, figures.enforcement_s
    return (
        KeyFigure(number(figures.total), "authentications decided on in the period"),
        KeyFigure(undisturbed.share, "permitted; the others met a step-up, a hold or a denial"),
        KeyFigure(
            number(breaches.present),
            f"integrity breaches, on {number(breaches.devices)} "
            f"{plural(breaches.devices, 'device')}",
        ),
        KeyFigure(
            share(breaches.confirmed, breaches.present),
            "of the breaches confirmed as mitigated by the enforcing system",
        ),
        KeyFigure(
            seconds(times.p95),
            f"from decision to confirmed enforcement (p95; median {seconds(times.p50)})",
        ),
        KeyFigure(
            seconds(age.p95), f"age of evidence when relied on (p95; median {seconds(age.p50)})"
        ),
    )


def things_to_note(
    figures: Figures,
    designs: DesignViews,
    property_waivers: Sequence[PropertyWaiverView],
    attachment: Attachment,
) -> tuple[str, ...]:
    """Return what a reader should not overlook, each as a sentence with its figure."""
    breaches = figures.breaches
    notes = []
    if breaches.not_mitigating:
        notes.append(
            f"{number(breaches.not_mitigating)} of {number(breaches.present)} breaches met a policy "
            "that asked for nothing that mitigates (Article 9(3)(c))."
        )
    if breaches.not_done or breaches.overdue:
        notes.append(
            f"Mitigation was refused or failed in {number(breaches.not_done)} and is overdue in "
            f"{number(breaches.overdue)} of {number(breaches.present)} breaches (Article 9(3)(c))."
        )
    if designs.activation is None:
        notes.append("No authentication design is registered (Article 9(1)).")
    elif designs.single_points:
        notes.append(
            f"The designs have {designs.single_points} "
            f"{plural(designs.single_points, 'single point')} of compromise (Article 9(1))."
        )
    unchecked = figures.total - figures.conclusive
    if unchecked:
        notes.append(
            f"In {number(unchecked)} authentications ({share(unchecked, figures.total)}) no check "
            "was done, or none was conclusive (Article 9(3)(b))."
        )
    tolerated = figures.part("disposition", "tolerated")
    if tolerated.count:
        notes.append(
            f"In {tolerated.text} authentications ({tolerated.share}) a waiver set aside a rule "
            "that would have counted (section 7)."
        )
    if property_waivers:
        waived = sorted({view.waiver.property_id for view in property_waivers})
        count = len(property_waivers)
        notes.append(
            f"{number(count)} {plural(count, 'waiver lets', 'waivers let')} a policy set be activated "
            f"without a proof of {', '.join(waived)} (section 7)."
        )
    notes += _notes_on_rows(figures)
    if not attachment.is_complete:
        notes.append(
            f"The attached data lists {number(attachment.listed)} of {number(attachment.total)} "
            "decisions: those with which nothing was wrong are counted and left out."
        )
    return tuple(notes) or (f"Nothing out of the ordinary in{NO_BREAK}the figures.",)


def _notes_on_rows(figures: Figures) -> list[str]:
    """Return what is not known of some decisions any more, or never was."""
    notes = []
    unknown = figures.part("environment", "unknown")
    if unknown.count:
        notes.append(
            f"In {unknown.text} authentications ({unknown.share}) the execution environment was "
            "not known; unknown counts as not met (Article 9(3)(a))."
        )
    if figures.erased:
        notes.append(
            f"{number(figures.erased)} {plural(figures.erased, 'decision')} of the period "
            f"{plural(figures.erased, 'has', 'have')} been erased since; counts of different devices "
            "leave that out (section 3.5)."
        )
    return notes
