"""`policy import`: a document becomes the PSP's next version."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from compliance.backtests.submitting import submit_for_approval
from compliance.backtests.tasks import enqueue_submission
from compliance.cli.exports import add_source, read_source
from compliance.cli.verbs import Options, Outcome, Tell, Verb
from compliance.policysets.proving import produce_analysis
from compliance.policysets.services import (
    activate_version,
    approve_version,
    create_version,
)
from compliance.tenants.selectors import person_of, psp_by_ref


def _run(options: Options, _tell: Tell) -> Outcome:
    """Import the document and say where its version stands."""
    version = _import(read_source(options).text, options)
    since = version.active_from.isoformat() if version.active_from else None
    state = f"in force from {since}" if since else "waits for approval"
    return Outcome(
        lines=[f"{version.ref}  version {version.number}  {version.digest}  {state}"],
        document={
            "ref": version.ref,
            "number": version.number,
            "digest": version.digest,
            "active_from": since,
        },
    )


@transaction.atomic
def _import(source: bytes, options: Options) -> Any:
    """Store the version and, with an approver, approve and activate it: all of it or nothing.

    Without one it is left to a worker to find out about it. With one it is analysed here and now:
    this is no web process, and somebody waits.
    """
    now = timezone.now()
    psp = psp_by_ref(options["psp"])
    author = person_of(psp, options["author"])
    version = create_version(psp=psp, source=source, author=author, now=now)
    submission = submit_for_approval(psp=psp, ref=version.ref, person=author, now=now)
    enqueue_submission(submission)
    if not options["approver"]:
        return submission.version
    approver = person_of(psp, options["approver"])
    produce_analysis(analysis_id=submission.analysis.pk, clock=timezone.now)
    approve_version(psp=psp, ref=version.ref, digest=version.digest, approver=approver, now=now)
    return activate_version(psp=psp, ref=version.ref, person=approver, active_from=now, now=now)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument("--psp", required=True, metavar="REF", help="reference of the PSP")
    parser.add_argument(
        "--author", required=True, metavar="EMAIL", help="e-mail address of the author"
    )
    parser.add_argument(
        "--approver", metavar="EMAIL", help="e-mail address of the approver, another person"
    )


IMPORT: Final = Verb(
    name="import",
    summary="store a document as the PSP's next version",
    description=(
        "Store a policy set as the PSP's next version and submit it; when another person approves, "
        "analyse it and put it in force at once, unless that is blocked: a property that is not proved, "
        "a test case that fails. All of it happens or nothing. Of a signed export, what it holds is "
        "stored, once the signature is found to be one of a key given with --key."
    ),
    codes="0 stored; 1 refused, or the document or the signature is not valid",
    add_arguments=_add_arguments,
    run=_run,
)
