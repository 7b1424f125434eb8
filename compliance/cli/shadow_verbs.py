"""`shadow start`, `stop`, `list`, `show`: a version beside the one in force, from the command line."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from compliance.backtests.presentation import shadow_document
from compliance.backtests.selectors import shadow_by_ref, shadows_of, summary_of
from compliance.backtests.shadows import LONGEST, start_shadow, stop_shadow
from compliance.cli.comparison_lines import result_lines
from compliance.cli.verbs import Options, Outcome, Tell, Verb, days_up_to
from compliance.policysets.selectors import version_of_number
from compliance.tenants.selectors import person_of, psp_by_ref

_USUAL_DAYS: Final = 14
_LISTED: Final = 1_000
"""Shadows that are listed at most: years of them, one at a time."""


def _start(options: Options, _tell: Tell) -> Outcome:
    """Start a shadow."""
    now, psp = timezone.now(), psp_by_ref(options["psp"])
    return _of(
        start_shadow(
            psp=psp,
            version_ref=version_of_number(psp, options["number"], now=now).version.ref,
            ends_at=now + timedelta(days=options["days"]),
            by=person_of(psp, options["person"]),
            now=now,
        )
    )


def _stop(options: Options, _tell: Tell) -> Outcome:
    """End a shadow, and show it."""
    psp = psp_by_ref(options["psp"])
    person = person_of(psp, options["person"])
    return _of(stop_shadow(psp=psp, ref=options["ref"], by=person, now=timezone.now()))


def _show(options: Options, _tell: Tell) -> Outcome:
    """Show a shadow with its counts."""
    return _of(shadow_by_ref(psp_by_ref(options["psp"]), options["ref"]))


def _list(options: Options, _tell: Tell) -> Outcome:
    """List shadows, each in a line."""
    found = shadows_of(psp_by_ref(options["psp"]), _LISTED)
    return Outcome(
        lines=[_line(shadow) for shadow in found],
        document=[shadow_document(shadow) for shadow in found],
    )


def _of(shadow: Any) -> Outcome:
    """Return one shadow with its counts."""
    return Outcome(lines=_lines(shadow), document=shadow_document(shadow))


def _lines(shadow: Any) -> Iterator[str]:
    """Yield one shadow with its counts for people."""
    yield _line(shadow)
    if shadow.failure:
        yield shadow.failure
    yield from result_lines(summary_of(shadow.tally))


def _line(shadow: Any) -> str:
    """Return one shadow for people: until when it runs, or when it ended."""
    until = shadow.finished_at or shadow.ends_at
    by = f" by {shadow.stopped_by}" if shadow.stopped_by else ""
    return (
        f"{shadow.ref}  {shadow.standing}{by}  version {shadow.version.number}"
        f"  {shadow.starts_at.isoformat(timespec='minutes')}"
        f" to {until.isoformat(timespec='minutes')}  started by {shadow.requested_by}"
    )


def _add_psp(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--psp", required=True, metavar="REF", help="reference of the PSP")


def _add_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--person", required=True, metavar="EMAIL", help="e-mail address of who does it"
    )


def _add_ref(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ref", metavar="SHADOW", help="reference of the shadow")
    _add_psp(parser)


def _add_for_start(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", type=int, help="number of the version")
    _add_psp(parser)
    _add_person(parser)
    parser.add_argument(
        "--days",
        metavar="N",
        type=days_up_to(LONGEST.days),
        default=_USUAL_DAYS,
        help=f"how long it runs: 1 to {LONGEST.days} days, {_USUAL_DAYS} where none is named",
    )


def _add_for_stop(parser: argparse.ArgumentParser) -> None:
    _add_ref(parser)
    _add_person(parser)


VERBS: Final = (
    Verb(
        name="start",
        summary="let a version run beside the one in force",
        description=(
            "Compare a version with decisions as they are recorded, from now on. What it decides "
            "is never answered, and counts in no figure and no report. A PSP has one shadow at a "
            "time. Officers, approvers and engineers start one."
        ),
        codes="0 started; 1 refused",
        add_arguments=_add_for_start,
        run=_start,
    ),
    Verb(
        name="stop",
        summary="end a shadow before its time",
        description="End a shadow at once, and show what it has counted; that stays.",
        codes="0 stopped; 1 refused, or it does not run",
        add_arguments=_add_for_stop,
        run=_stop,
    ),
    Verb(
        name="list",
        summary="list shadows, newest first",
        description="Print every shadow of the PSP, newest first: the one that runs, and past ones.",
        codes="0 listed; 1 refused",
        add_arguments=_add_psp,
        run=_list,
    ),
    Verb(
        name="show",
        summary="show what a shadow counts",
        description=(
            "Print a shadow with its counts so far: from each recorded effect (a line) to each "
            "effect of the candidate. GET /v1/shadows/SHADOW/changes lists the decisions."
        ),
        codes="0 shown; 1 refused",
        add_arguments=_add_ref,
        run=_show,
    ),
)
