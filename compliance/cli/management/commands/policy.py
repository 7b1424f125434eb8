"""Policy as code: every verb for documents and stored versions, for people and for pipelines."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.cli import policy_documents, policy_export
from compliance.cli.policy_backtest import BACKTEST
from compliance.cli.policy_import import IMPORT
from compliance.cli.verbs import add_verbs
from compliance.core.document_files import print_problems
from compliance.core.errors import ComplianceError
from policies.documents import DocumentError

_VERBS: Final = (*policy_documents.VERBS, BACKTEST, IMPORT, *policy_export.VERBS)
_BY_NAME: Final = {verb.name: verb for verb in _VERBS}


class Command(BaseCommand):
    help = "Policy as code. `policy VERB --help` says what a verb takes and its exit codes."

    def add_arguments(self, parser: CommandParser) -> None:
        add_verbs(parser, _VERBS)

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            outcome = _BY_NAME[options["verb"]].run(options, self.stderr.write)
        except DocumentError as error:
            print_problems(self, error, as_json=options["json"])
            sys.exit(1)
        except ComplianceError as error:
            if not options["json"]:
                raise CommandError(str(error)) from error
            self.stdout.write(json.dumps({"error": error.code, "detail": str(error)}))
            sys.exit(1)
        if options["json"]:
            self.stdout.write(json.dumps(outcome.document))
        else:
            for line in outcome.lines:
                self.stdout.write(line)
        if outcome.code:
            sys.exit(outcome.code)
