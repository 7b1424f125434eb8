"""Policy as code: check, test or compare documents, or import one as the PSP's next version."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from compliance.cli.analysing import analysis_document, analysis_lines
from compliance.core.document_files import print_problems, read_file
from compliance.core.errors import ComplianceError
from compliance.policysets.services import (
    activate_version,
    approve_version,
    create_version,
    submit_version,
)
from compliance.tenants.selectors import person_of, psp_by_ref
from policies.analysis import AnalysisReport, analyse
from policies.documents import (
    DocumentError,
    digest_of,
    read_designs,
    read_policy_set,
)
from policies.engine import CasesReport, Difference, difference, run_cases


class Command(BaseCommand):
    help = (
        "check FILE: read a policy set and list every problem with its place. "
        "test FILE [--designs FILE]: run its test cases; rules that no case touches are listed. "
        "diff FILE OTHER: what the other document says differently, by the ids of rules. "
        "analyse FILE [--designs FILE] [--against FILE]: prove its properties, or show a request that "
        "breaks one; with --against, what it decides otherwise than that document. "
        "import FILE --psp REF --author EMAIL [--approver EMAIL]: store it as the next version and, "
        "when another person approves, put it in force. pack:NAME names a ready policy set. "
        "Exit codes: 0 fine, 1 refused, a case failed, documents differ, or activation is blocked; "
        "2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["check", "test", "diff", "analyse", "import"])
        parser.add_argument("file", help="a JSON or YAML file, - for standard input, or pack:NAME")
        parser.add_argument("other", nargs="?", help="diff: the document to compare with")
        parser.add_argument("--designs", help="authentication designs to decide under")
        parser.add_argument("--against", help="analyse: the document that is in force")
        parser.add_argument("--psp", help="reference of the PSP")
        parser.add_argument("--author", help="e-mail address of the author")
        parser.add_argument("--approver", help="e-mail address of the approver, another person")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        is_import = options["action"] == "import"
        if is_import and not (options["psp"] and options["author"]):
            raise CommandError("import needs --psp and --author", returncode=2)
        if (options["action"] == "diff") is not bool(options["other"]):
            raise CommandError("diff needs two documents, anything else one", returncode=2)
        source = read_file(options["file"])
        try:
            policy_set = read_policy_set(source)
            other = read_policy_set(read_file(options["other"])) if options["other"] else None
            designs = read_designs(read_file(options["designs"])) if options["designs"] else None
            against = read_policy_set(read_file(options["against"])) if options["against"] else None
            version = _import(source, options) if is_import else None
        except DocumentError as error:
            print_problems(self, error, as_json=options["json"])
            sys.exit(1)
        except ComplianceError as error:
            if not options["json"]:
                raise CommandError(str(error)) from error
            self.stdout.write(json.dumps({"error": error.code, "detail": str(error)}))
            sys.exit(1)
        if version is not None:
            self._print_version(version, as_json=options["json"])
        elif other is not None:
            self._print_difference(difference(policy_set, other), as_json=options["json"])
        elif options["action"] == "analyse":
            report = analyse(policy_set, designs, previous=against)
            self._print_analysis(report, as_json=options["json"])
        elif options["action"] == "test":
            self._print_cases(run_cases(policy_set, designs), as_json=options["json"])
        else:
            self._print_good(digest_of(policy_set), len(policy_set.rules), as_json=options["json"])

    def _print_good(self, digest: str, rules: int, *, as_json: bool) -> None:
        """Print that the document is valid."""
        if as_json:
            self.stdout.write(json.dumps({"valid": True, "digest": digest, "rules": rules}))
        else:
            self.stdout.write(f"valid: {rules} rules, {digest}")

    def _print_cases(self, report: CasesReport, *, as_json: bool) -> None:
        """Print what each test case decided and which rules none touches; exit 1 if one failed."""
        if as_json:
            self.stdout.write(json.dumps(_cases_document(report)))
        else:
            for result in report.results:
                self.stdout.write(f"{'pass' if result.passed else 'FAIL'}  {result.case.name}")
                for sentence in result.differences:
                    self.stdout.write(f"      {sentence}")
            for id_ in report.untouched_rules:
                self.stdout.write(f"no case touches rule {id_}")
            failed = sum(not result.passed for result in report.results)
            self.stdout.write(f"{len(report.results)} cases, {failed} failed")
        if not report.passed:
            sys.exit(1)

    def _print_analysis(self, report: AnalysisReport, *, as_json: bool) -> None:
        """Print how each property came out; exit 1 if one stands in the way of activation."""
        if as_json:
            self.stdout.write(json.dumps(analysis_document(report)))
        else:
            for line in analysis_lines(report):
                self.stdout.write(line)
        if report.blocks_activation:
            sys.exit(1)

    def _print_difference(self, found: Difference, *, as_json: bool) -> None:
        """Print what two documents say differently; exit 1 if anything."""
        if as_json:
            self.stdout.write(json.dumps(_difference_document(found)))
        else:
            for line in found.lines() or ["no difference"]:
                self.stdout.write(line)
        if not found.is_empty:
            sys.exit(1)

    def _print_version(self, version: Any, *, as_json: bool) -> None:
        """Print the version that was stored, and since when it is in force."""
        since = version.active_from.isoformat() if version.active_from else None
        if as_json:
            body = {"ref": version.ref, "number": version.number, "digest": version.digest}
            self.stdout.write(json.dumps(body | {"active_from": since}))
            return
        state = f"in force from {since}" if since else "waits for approval"
        self.stdout.write(f"{version.ref}  version {version.number}  {version.digest}  {state}")


def _cases_document(report: CasesReport) -> dict[str, Any]:
    """Return the results of test cases for machines."""
    return {
        "passed": report.passed,
        "cases": [
            {
                "name": result.case.name,
                "passed": result.passed,
                "effect": result.decision.effect.value,
                "determining_rules": list(result.decision.determining_rules),
                "differences": list(result.differences),
            }
            for result in report.results
        ],
        "untouched_rules": list(report.untouched_rules),
    }


def _difference_document(found: Difference) -> dict[str, Any]:
    """Return a difference for machines; each change with its kind, before and after in words."""
    return {
        part: [{"kind": change.kind, **change._asdict()} for change in changes]
        for part, changes in (
            ("document", found.document),
            ("attributes", found.attributes),
            ("rules", found.rules),
            ("tests", found.tests),
        )
    }


@transaction.atomic
def _import(source: bytes, options: dict[str, Any]) -> Any:
    """Store the version and, with an approver, approve and activate it: all of it or nothing."""
    now = timezone.now()
    psp = psp_by_ref(options["psp"])
    author = person_of(psp, options["author"])
    version = create_version(psp=psp, source=source, author=author, now=now)
    version = submit_version(psp=psp, ref=version.ref, person=author, now=now)
    if not options["approver"]:
        return version
    approver = person_of(psp, options["approver"])
    approve_version(psp=psp, ref=version.ref, digest=version.digest, approver=approver, now=now)
    return activate_version(psp=psp, ref=version.ref, person=approver, active_from=now, now=now)
