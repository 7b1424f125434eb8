"""`design check`, `diff`, `import` and `list`: what documents say, and which versions are stored."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from collections.abc import Iterator
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from compliance.cli.verbs import Options, Outcome, Tell, Verb
from compliance.core.document_files import read_file
from compliance.designs.presentation import difference_document, independence_document
from compliance.designs.selectors import StatedDesign, design_version_by_ref, design_versions_of
from compliance.designs.services import (
    activate_design_version,
    approve_design_version,
    submit_design_version,
)
from compliance.policysets.analyses import request_due_analyses
from compliance.policysets.tasks import enqueue_analysis
from compliance.tenants.selectors import person_of, psp_by_ref
from policies.design import (
    DesignChange,
    DesignDifference,
    Designs,
    difference_of_designs,
    inventory_of,
    single_points_of_compromise,
)
from policies.documents import digest_of_designs, read_designs

_FILE_HELP: Final = "a JSON or YAML file, - for standard input, or pack:NAME"


def _check(options: Options, _tell: Tell) -> Outcome:
    """Read the document; its problems are raised."""
    designs = read_designs(read_file(options["file"]))
    points = {
        design.method: list(single_points_of_compromise(designs, design))
        for design in designs.methods
    }
    return Outcome(
        lines=_check_lines(designs, points),
        document={
            "valid": True,
            "digest": digest_of_designs(designs),
            "single_points_of_compromise": points,
            "independence": independence_document(designs),
        },
    )


def _check_lines(designs: Designs, points: dict[str, list[str]]) -> Iterator[str]:
    """Yield that the document is valid, what breaks two elements at once, and what to look at."""
    yield f"valid: {len(designs.methods)} methods, {digest_of_designs(designs)}"
    for method, components in points.items():
        if components:
            yield f"{method}: single points of compromise: {', '.join(components)}"
    for item in inventory_of(designs):
        for use in item.warnings:
            if use.warning is not None and use.source is not None:
                said = f"{use.algorithm.title} {use.warning.says} ({use.citation})"
                yield f"{item.component.id}: {said}"
        for use in item.unstated:
            yield f"{item.component.id}: {use.algorithm.title}, {use.measure} not stated"
        if item.is_unknown:
            yield f"{item.component.id}: {item.component.algorithm} is not in the list"


def _diff(options: Options, _tell: Tell) -> Outcome:
    """Compare what two documents say."""
    before, after = (read_designs(read_file(options[name])) for name in ("file", "other"))
    found = difference_of_designs(before, after)
    return Outcome(
        lines=list(_difference_lines(found)) or ["no difference"],
        document=difference_document(found),
        code=int(not found.is_empty),
    )


def _difference_lines(found: DesignDifference) -> Iterator[str]:
    """Yield each change, then which single points of compromise come and go."""
    if found.renamed is not None:
        yield f"changed  name: {found.renamed.before} -> {found.renamed.after}"
    for kind, changes in (("component", found.components), ("method", found.methods)):
        for change in changes:
            yield from _change_lines(kind, change)
    for word, points in (("new", found.come), ("no longer a", found.gone)):
        for point in points:
            yield f"{word} single point of compromise: {point.component.id}, {point.design.method}"


def _change_lines(kind: str, change: DesignChange) -> Iterator[str]:
    """Yield one change with the fields that read otherwise."""
    yield f"{change.kind}  {kind} {change.id}"
    for field in change.fields:
        yield f"  {field.field}: {field.before or '-'} -> {field.after or '-'}"


def _import(options: Options, _tell: Tell) -> Outcome:
    """Submit the document and say where its version stands."""
    stated = _imported(read_file(options["file"]), options)
    return Outcome(lines=[design_line(stated)], document=design_document(stated))


@transaction.atomic
def _imported(source: bytes, options: Options) -> StatedDesign:
    """Submit the document and, with an approver, put it in force: all of it or nothing."""
    now = timezone.now()
    psp = psp_by_ref(options["psp"])
    author = person_of(psp, options["author"])
    version = submit_design_version(psp=psp, source=source, person=author, now=now)
    if options["approver"]:
        approver = person_of(psp, options["approver"])
        ref, digest = version.ref, version.digest
        approve_design_version(psp=psp, ref=ref, digest=digest, approver=approver, now=now)
        activate_design_version(psp=psp, ref=ref, person=approver, active_from=now, now=now)
    for analysis in request_due_analyses(psp=psp, now=now):
        enqueue_analysis(analysis.pk)
    return design_version_by_ref(psp, version.ref, now=now)


def _list(options: Options, _tell: Tell) -> Outcome:
    """List every version, the newest first."""
    found = design_versions_of(psp_by_ref(options["psp"]), now=timezone.now())
    return Outcome(
        lines=[design_line(stated) for stated in found],
        document=[design_document(stated) for stated in found],
    )


def design_document(stated: StatedDesign) -> dict[str, Any]:
    """Return one version for machines."""
    since = stated.active_from
    return {
        "ref": stated.version.ref,
        "number": stated.version.number,
        "digest": stated.version.digest,
        "state": stated.state.value,
        "active_from": None if since is None else since.isoformat(),
    }


def design_line(stated: StatedDesign) -> str:
    """Return one version for a person."""
    version = stated.version
    since = f"  from {stated.active_from.isoformat()}" if stated.active_from else ""
    return (
        f"{version.number}  {stated.state.value}{since}  {version.name}  {version.digest}"
        f"  written by {version.written_by}"
    )


def add_psp(parser: argparse.ArgumentParser) -> None:
    """Give a verb the PSP that it is about."""
    parser.add_argument("--psp", required=True, metavar="REF", help="reference of the PSP")


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help=_FILE_HELP)


def _add_for_diff(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    parser.add_argument("other", help="the document that it is compared with, likewise")


def _add_for_import(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    add_psp(parser)
    parser.add_argument(
        "--author", required=True, metavar="EMAIL", help="e-mail address of the author"
    )
    parser.add_argument(
        "--approver", metavar="EMAIL", help="e-mail address of the approver, another person"
    )


VERBS: Final = (
    Verb(
        name="check",
        summary="say what is wrong with a document, and what its elements share",
        description=(
            "Read an authentication design, list every problem with its place, and name the single "
            "points of compromise and the algorithms to look at. Nothing is stored."
        ),
        codes="0 valid; 1 not valid",
        add_arguments=_add_file,
        run=_check,
    ),
    Verb(
        name="diff",
        summary="compare two documents",
        description=(
            "Name the components and methods that come, go or are changed from the first document to "
            "the other, and the single points of compromise that come and go. Nothing is stored."
        ),
        codes="0 no difference; 1 a difference, or a document is not valid",
        add_arguments=_add_for_diff,
        run=_diff,
    ),
    Verb(
        name="import",
        summary="store a document as the PSP's next version, submitted for approval",
        description=(
            "Store a design as the PSP's next version and submit it; when another person approves, put "
            "it in force at once. All of it happens or nothing. The policy set in force is analysed under it."
        ),
        codes="0 stored; 1 refused, or the document is not valid",
        add_arguments=_add_for_import,
        run=_import,
    ),
    Verb(
        name="list",
        summary="list every version, the newest first",
        description="Print every version of the PSP's design and where it stands, the newest first.",
        codes="0 listed; 1 refused",
        add_arguments=add_psp,
        run=_list,
    ),
)
