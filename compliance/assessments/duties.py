"""One figure for each duty: what a tile shows and a summary begins with."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Final

from django.db.models import Max

from compliance.assessments.breaches import count_breaches
from compliance.assessments.cube import UNDETERMINED, Cube, count_decisions
from compliance.assessments.model import BreachFigures, DutyFigure
from compliance.assessments.scope import Scope
from compliance.assessments.wording import NOTHING, number, plural, share
from compliance.designs.selectors import design_version_in_force, read_design_document
from compliance.requirements.catalogue import DutyText, requirement_set
from compliance.tenants.models import Psp
from policies.design import Designs, single_points_of_compromise
from policies.vocabulary.duties import Duty
from policies.vocabulary.environment import UNKNOWN

HARDWARE_CLASSES: Final = ("secure_element", "tee")
"""Environment classes that hardware separates. Which classes meet 9(3)(a) is the PSP's judgement."""


def duty_figures(
    psp: Psp, *, start: datetime, end: datetime, now: datetime, tree_size: int | None = None
) -> tuple[DutyFigure, ...]:
    """Return the five duties' figures for [start, end), deadlines judged as of `now`."""
    scope = Scope(psp=psp, start=start, end=end, tree_size=tree_size)
    version = design_version_in_force(psp, at=min(end, now))
    return duty_figures_from(
        cube=count_decisions(scope),
        breaches=count_breaches(scope, as_of=now),
        designs=None if version is None else read_design_document(version.document),
        latest_at=scope.decisions().aggregate(latest=Max("decided_at"))["latest"],
    )


def duty_figures_from(
    *, cube: Cube, breaches: BreachFigures, designs: Designs | None, latest_at: datetime | None
) -> tuple[DutyFigure, ...]:
    """Return the five duties' figures from what was counted already."""
    figures = {
        Duty.INDEPENDENCE: _independence(designs),
        Duty.MULTI_PURPOSE_DEVICE: _multi_purpose_device(cube),
        Duty.SEPARATED_ENVIRONMENTS: _separated_environments(cube),
        Duty.INTEGRITY_MECHANISMS: _integrity_mechanisms(cube),
        Duty.CONSEQUENCES: _consequences(breaches),
    }
    return tuple(
        _duty_figure(text, *figures[text.duty], latest_at=latest_at)
        for text in requirement_set().duties
    )


_Figure = tuple[str, str, int, int]


def _duty_figure(
    text: DutyText, figure: str, caption: str, count: int, of: int, *, latest_at: datetime | None
) -> DutyFigure:
    """Return the figure with the names that the law gives the duty."""
    return DutyFigure(
        duty=text.duty,
        provision=text.provision,
        title=text.title,
        figure=figure,
        caption=caption,
        count=count,
        of=of,
        latest_at=latest_at,
    )


def _independence(designs: Designs | None) -> _Figure:
    """RTS Article 9(1): components whose breach costs two elements, over all designs."""
    if designs is None:
        return NOTHING, "no authentication design is registered", 0, 0
    points = sum(len(single_points_of_compromise(designs, design)) for design in designs.methods)
    count = len(designs.methods)
    caption = f"{plural(points, 'single point')} of compromise in {count} {plural(count, 'design')}"
    return number(points), caption, points, count


def _multi_purpose_device(cube: Cube) -> _Figure:
    """RTS Article 9(2): authentications about whose device there was evidence."""
    count = cube.count(lambda cell: cell.has_evidence)
    caption = f"of {number(cube.total)} authentications came with evidence about the device"
    return share(count, cube.total), caption, count, cube.total


def _separated_environments(cube: Cube) -> _Figure:
    """RTS Article 9(3)(a): environments that hardware separates; unknown counts as not met."""
    count = cube.count(lambda cell: cell.environment_class in HARDWARE_CLASSES)
    unknown = cube.count(lambda cell: cell.environment_class == UNKNOWN)
    caption = (
        "in an environment separated by hardware (secure element or TEE); "
        f"{share(unknown, cube.total)} unknown"
    )
    return share(count, cube.total), caption, count, cube.total


def _integrity_mechanisms(cube: Cube) -> _Figure:
    """RTS Article 9(3)(b): authentications with a check that was done and conclusive."""
    count = cube.count(lambda cell: cell.has_evidence and cell.disposition != UNDETERMINED)
    undone = cube.total - count
    caption = f"checked with a conclusive result; {number(undone)} not"
    return share(count, cube.total), caption, count, cube.total


def _consequences(breaches: BreachFigures) -> _Figure:
    """RTS Article 9(3)(c): breaches whose mitigation nobody has confirmed."""
    count = breaches.unconfirmed
    caption = (
        f"of {number(breaches.present)} integrity {plural(breaches.present, 'breach', 'breaches')} "
        "not confirmed as mitigated"
    )
    return number(count), caption, count, breaches.present
