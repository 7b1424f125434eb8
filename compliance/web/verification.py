"""Verifies what somebody hands in: bounded in size, in number and in what is unpacked."""
# SPDX-License-Identifier: Apache-2.0

import zipfile
import zlib
from io import BytesIO
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from compliance.core.errors import ComplianceError
from compliance.reports.trust import TrustError, deployment_trust
from compliance.reports.verification import Verification, verify_report

LARGEST_UPLOAD: Final = 64 * 1024 * 1024
"""Most bytes of one request, and of what is unpacked from a bundle."""
_LARGEST_PROOF: Final = 64 * 1024
_MOST_MEMBERS: Final = 64
_ZIP_MAGIC: Final = b"PK\x03\x04"
_PLAIN: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class UnreadableUploadError(ComplianceError):
    """What was handed in is neither a PDF with its proof nor a bundle."""

    code = "invalid-request"


class Handed(NamedTuple):
    """A PDF, and its proof where there is one."""

    pdf: bytes
    proof: bytes | None


def verify_files(pdf: bytes, proof: bytes | None) -> Verification:
    """Verify against this deployment's own keys; nothing that was handed in is trusted.

    Raises:
        UnreadableUploadError: if this deployment has no keys yet, so that it issued no report.
    """
    try:
        trust = deployment_trust()
    except TrustError as error:
        raise UnreadableUploadError(
            _("This deployment has not sealed any report yet, so there is nothing to compare with.")
        ) from error
    return verify_report(pdf, proof=proof, trust=trust)


def unpack(file: bytes, proof: bytes | None) -> Handed:
    """Return the PDF and proof of an upload, which may be a bundle (ZIP).

    Raises:
        UnreadableUploadError: if a bundle is damaged, too large, or lacks the PDF.
    """
    if not file.startswith(_ZIP_MAGIC):
        return Handed(file, proof)
    try:
        with zipfile.ZipFile(BytesIO(file)) as archive:
            return _from_bundle(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise UnreadableUploadError(_("The bundle is damaged or no ZIP file.")) from error


def _from_bundle(archive: zipfile.ZipFile) -> Handed:
    """Return the PDF and the proof that a bundle holds; its keys and roots are not used."""
    if len(archive.infolist()) > _MOST_MEMBERS:
        raise UnreadableUploadError(_("The bundle holds more files than a bundle of ours."))
    pdf = _member(archive, ".pdf", LARGEST_UPLOAD)
    if pdf is None:
        raise UnreadableUploadError(_("The bundle holds no PDF."))
    return Handed(pdf, _member(archive, ".tlog-proof", _LARGEST_PROOF))


def _member(archive: zipfile.ZipFile, suffix: str, limit: int) -> bytes | None:
    """Return the first file of a kind. The length that the bundle claims is not believed."""
    for info in archive.infolist():
        if info.filename.lower().endswith(suffix) and info.compress_type in _PLAIN:
            with archive.open(info) as member:
                content = member.read(limit + 1)
            if len(content) > limit:
                raise UnreadableUploadError(_("A file in the bundle is too large."))
            return content
    return None
