"""Policy as code: every verb for documents and stored versions, for people and for pipelines."""
# SPDX-License-Identifier: Apache-2.0

from compliance.cli import policy_documents, policy_export
from compliance.cli.policy_backtest import BACKTEST
from compliance.cli.policy_import import IMPORT
from compliance.cli.verbs import VerbCommand


class Command(VerbCommand):
    help = "Policy as code. `policy VERB --help` says what a verb takes and its exit codes."
    verbs = (*policy_documents.VERBS, BACKTEST, IMPORT, *policy_export.VERBS)
