"""Reads reports and what belongs to them."""
# SPDX-License-Identifier: Apache-2.0

from compliance.core.errors import NotFoundError
from compliance.core.keysets import follows
from compliance.decisions.errors import InvalidCursorError
from compliance.ledger.selectors import entry_by_leaf_hash, tlog_proof_of
from compliance.ledger.tlog_proof import format_tlog_proof, parse_tlog_proof
from compliance.reports.bundle import make_bundle
from compliance.reports.models import Report, ReportFile
from compliance.reports.trust import deployment_trust
from compliance.tenants.models import Psp


def reports_of(psp: Psp, limit: int = 50, *, cursor: str = "") -> list[Report]:
    """Return the PSP's reports, newest first; those after the report `cursor`, if one is named.

    Raises:
        InvalidCursorError: if the PSP has no such report.
    """
    rows = Report.objects.filter(psp=psp)
    if cursor:
        last = rows.filter(ref=cursor).first()
        if last is None:
            raise InvalidCursorError
        rows = rows.filter(follows(last))
    return list(rows.order_by("-requested_at", "-pk")[:limit])


def report_by_ref(psp: Psp, ref: str) -> Report:
    """Return one report.

    Raises:
        NotFoundError: if the PSP has none of that reference.
    """
    report = Report.objects.filter(psp=psp, ref=ref).first()
    if report is None:
        raise NotFoundError("report", ref)
    return report


def report_content(psp: Psp, ref: str) -> bytes:
    """Return the sealed PDF.

    Raises:
        NotFoundError: if there is no such report, or it has no file (yet).
    """
    report = report_by_ref(psp, ref)
    content = ReportFile.objects.filter(report=report).values_list("content", flat=True).first()
    if content is None:
        raise NotFoundError("report file", ref)
    return bytes(content)


def report_proof(psp: Psp, ref: str) -> bytes:
    """Return the proof (C2SP `.tlog-proof`) that the ledger holds this file's digest.

    Its `extra` is the entry itself, so that the file and the proof are all a verifier needs.

    Raises:
        NotFoundError: if there is no such report, or it has no file (yet).
        NotYetPublishedError: if no checkpoint covers the entry yet; ask again in a second.
    """
    report = report_by_ref(psp, ref)
    if report.leaf_hash is None:
        raise NotFoundError("report file", ref)
    leaf_hash = bytes(report.leaf_hash)
    proof = parse_tlog_proof(tlog_proof_of(psp, leaf_hash))
    entry = entry_by_leaf_hash(psp, leaf_hash)
    if entry is None:
        raise NotFoundError("ledger entry", leaf_hash.hex())
    return format_tlog_proof(
        index=proof.index,
        hashes=proof.hashes,
        checkpoint=proof.checkpoint,
        extra=bytes(entry.body),
    )


def report_bundle(psp: Psp, ref: str) -> bytes:
    """Return a ZIP for a competent authority: file, proof, trust anchors, and how to verify.

    Raises:
        NotFoundError: if there is no such report, or it has no file (yet).
        NotYetPublishedError: if no checkpoint covers the entry yet; ask again in a second.
    """
    report = report_by_ref(psp, ref)
    return make_bundle(
        report=report,
        content=report_content(psp, ref),
        proof=report_proof(psp, ref),
        trust=deployment_trust(),
    )
