"""`design take-over`, `approve`, `refuse` and so on: the steps that people take with a version."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from compliance.cli.design_documents import add_psp, design_document, design_line
from compliance.cli.verbs import Options, Outcome, Tell, Verb
from compliance.core.arguments import moment
from compliance.designs.selectors import design_version_of_number
from compliance.designs.services import (
    activate_design_version,
    approve_design_version,
    refuse_design_version,
    take_over_design_version,
    withdraw_design_activation,
    withdraw_design_version,
)
from compliance.tenants.selectors import person_of, psp_by_ref

Arguments = Callable[[Options, datetime], dict[str, Any]]
"""Returns what a step takes beside the PSP, the version, the person and the moment."""


def _verb(
    name: str,
    service: Callable[..., object],
    *,
    summary: str,
    description: str,
    who: str = "person",
    options: tuple[tuple[str, dict[str, Any]], ...] = (),
    more: Arguments = lambda _options, _now: {},
) -> Verb:
    """Return the verb of one step; `who` is the service's word for the person who takes it."""

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("number", metavar="NUMBER", type=int, help="number of the version")
        add_psp(parser)
        parser.add_argument(
            "--person", required=True, metavar="EMAIL", help="e-mail address of who takes the step"
        )
        for flag, how in options:
            parser.add_argument(flag, **how)

    def run(given: Options, _tell: Tell) -> Outcome:
        now, psp = timezone.now(), psp_by_ref(given["psp"])
        person = person_of(psp, given["person"])
        ref = design_version_of_number(psp, given["number"], now=now).version.ref
        service(psp=psp, ref=ref, now=now, **{who: person}, **more(given, now))
        stated = design_version_of_number(psp, given["number"], now=now)
        return Outcome(lines=[design_line(stated)], document=design_document(stated))

    return Verb(
        name=name,
        summary=summary,
        description=description,
        codes="0 done; 1 refused",
        add_arguments=add_arguments,
        run=run,
    )


VERBS: Final = (
    _verb(
        "take-over",
        take_over_design_version,
        summary="submit what an API key drafted, and answer for it",
        description="Submit a draft of an API key: the person answers for it, another one approves it.",
    ),
    _verb(
        "approve",
        approve_design_version,
        summary="approve a version that somebody else wrote and submitted",
        description="Approve the text that has this digest. Who wrote or submitted it cannot.",
        who="approver",
        options=(
            (
                "--digest",
                {
                    "required": True,
                    "metavar": "DIGEST",
                    "help": "sha256:… of the text that was looked at",
                },
            ),
        ),
        more=lambda options, _now: {"digest": options["digest"]},
    ),
    _verb(
        "refuse",
        refuse_design_version,
        summary="refuse a version for good",
        description="Refuse a submitted version with a reason. Who wrote or submitted it withdraws it.",
        who="approver",
        options=(("--reason", {"required": True, "metavar": "TEXT", "help": "why"}),),
        more=lambda options, _now: {"reason": options["reason"]},
    ),
    _verb(
        "withdraw",
        withdraw_design_version,
        summary="take a version back for good",
        description="Take back a version that was never in force and is not scheduled.",
    ),
    _verb(
        "activate",
        activate_design_version,
        summary="put an approved version in force",
        description=(
            "Put an approved version in force, now or at a time; one that was in force comes back so. "
            "The policy set in force is then analysed under it."
        ),
        options=(
            (
                "--from",
                {
                    "dest": "active_from",
                    "type": moment,
                    "metavar": "TIME",
                    "help": "2027-01-01T00:00:00+00:00",
                },
            ),
        ),
        more=lambda options, now: {"active_from": options["active_from"] or now},
    ),
    _verb(
        "unschedule",
        withdraw_design_activation,
        summary="take back a schedule that has not come",
        description="Take back the activation of a version that has not come yet.",
    ),
)
