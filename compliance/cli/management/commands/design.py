"""Authentication designs as code: documents, stored versions, and the steps of their life."""
# SPDX-License-Identifier: Apache-2.0

from compliance.cli import design_documents, design_steps
from compliance.cli.verbs import VerbCommand


class Command(VerbCommand):
    help = (
        "Authentication designs: one person submits a version, another approves it. "
        "`design VERB --help` says what a verb takes and its exit codes."
    )
    verbs = (*design_documents.VERBS, *design_steps.VERBS)
