"""`policy check`, `test`, `diff` and `analyse`: what documents say, before anything is stored."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from collections.abc import Iterator
from typing import Any, Final

from compliance.cli.analysing import analysis_lines
from compliance.cli.exports import FILE_HELP, Source, add_source, read_source
from compliance.cli.verbs import Options, Outcome, Tell, Verb
from compliance.core.document_files import read_file
from compliance.policysets.presentation import cases_document, difference_document
from compliance.policysets.results import analysis_document
from policies.analysis import analyse
from policies.design import Designs
from policies.documents import digest_of, read_designs, read_policy_set
from policies.engine import CasesReport, difference, run_cases

_EXPORT_MEMBERS: Final = ("name", "number", "exported_at", "key_id")


def _check(options: Options, _tell: Tell) -> Outcome:
    """Read the document; its problems are raised."""
    source = read_source(options)
    policy_set = read_policy_set(source.text)
    digest, rules = digest_of(policy_set), len(policy_set.rules)
    return Outcome(
        lines=[*_export_lines(source), f"valid: {rules} rules, {digest}"],
        document={"valid": True, "digest": digest, "rules": rules, "export": _export(source)},
    )


def _test(options: Options, _tell: Tell) -> Outcome:
    """Run the document's own test cases."""
    report = run_cases(read_policy_set(read_file(options["file"])), _designs(options))
    return Outcome(
        lines=_case_lines(report), document=cases_document(report), code=int(not report.passed)
    )


def _diff(options: Options, _tell: Tell) -> Outcome:
    """Compare what two documents say."""
    found = difference(
        read_policy_set(read_file(options["file"])), read_policy_set(read_file(options["other"]))
    )
    return Outcome(
        lines=found.lines() or ["no difference"],
        document=difference_document(found),
        code=int(not found.is_empty),
    )


def _analyse(options: Options, _tell: Tell) -> Outcome:
    """Prove the document's properties."""
    policy_set = read_policy_set(read_file(options["file"]))
    against = read_policy_set(read_file(options["against"])) if options["against"] else None
    report = analyse(policy_set, _designs(options), previous=against)
    return Outcome(
        lines=analysis_lines(report),
        document=analysis_document(report),
        code=int(report.blocks_activation),
    )


def _export_lines(source: Source) -> Iterator[str]:
    """Yield where a document that came in a signed export is from."""
    if (export := source.export) is not None:
        yield (
            f"{export.name} {export.number}, exported {export.exported_at}"
            f" and signed by {export.key_id}: holds"
        )


def _export(source: Source) -> dict[str, Any] | None:
    """Return the same for machines; null of a plain document."""
    if source.export is None:
        return None
    return {name: getattr(source.export, name) for name in _EXPORT_MEMBERS}


def _designs(options: Options) -> Designs | None:
    """Return the designs that were named."""
    return read_designs(read_file(options["designs"])) if options["designs"] else None


def _case_lines(report: CasesReport) -> Iterator[str]:
    """Yield what each test case decided and which rules none touches."""
    for result in report.results:
        yield f"{'pass' if result.passed else 'FAIL'}  {result.case.name}"
        yield from (f"      {sentence}" for sentence in result.differences)
    yield from (f"no case touches rule {id_}" for id_ in report.untouched_rules)
    failed = sum(not result.passed for result in report.results)
    yield f"{len(report.results)} cases, {failed} failed"


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=FILE_HELP)


def _add_file_and_designs(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    parser.add_argument("--designs", metavar="FILE", help="authentication designs to decide under")


def _add_two_files(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    parser.add_argument("other", metavar="OTHER", help="the document to compare with")


def _add_analysis(parser: argparse.ArgumentParser) -> None:
    _add_file_and_designs(parser)
    parser.add_argument(
        "--against", metavar="FILE", help="the document in force: say what is decided otherwise"
    )


VERBS: Final = (
    Verb(
        name="check",
        summary="read a policy set and list every problem with its place",
        description=(
            "Read a policy set and list every problem with its line and JSON pointer. Of a signed "
            "export, the signature is checked first, by the keys given with --key."
        ),
        codes="0 the document is valid; 1 it, or its signature, is not",
        add_arguments=add_source,
        run=_check,
    ),
    Verb(
        name="test",
        summary="run the document's own test cases",
        description=(
            "Run the test cases that a policy set brings along; rules that no case touches are "
            "listed."
        ),
        codes="0 every case passed; 1 one failed, or the document is not valid",
        add_arguments=_add_file_and_designs,
        run=_test,
    ),
    Verb(
        name="diff",
        summary="say what another document says differently",
        description="Say what OTHER says differently from FILE, by the ids of their rules.",
        codes="0 no difference; 1 they differ, or one is not valid",
        add_arguments=_add_two_files,
        run=_diff,
    ),
    Verb(
        name="analyse",
        summary="prove the properties of a policy set",
        description=(
            "Prove the properties of a policy set, or show a request that breaks one; with "
            "--against, say for which requests it decides otherwise than that document."
        ),
        codes="0 nothing stands in the way of activation; 1 something does",
        add_arguments=_add_analysis,
        run=_analyse,
    ),
)
