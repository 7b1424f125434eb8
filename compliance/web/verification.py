"""Verifies what somebody hands in: bounded in size, in number and in what is unpacked."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.core.errors import ComplianceError
from compliance.reports.bundle import BundleError, BundleFault, read_bundle
from compliance.reports.trust import TrustError, deployment_trust
from compliance.reports.verification import Verification, verify_report

LARGEST_UPLOAD: Final = 64 * 1024 * 1024
"""Most bytes of one request, and of what is unpacked from a bundle."""
LARGEST_PROOF: Final = 64 * 1024
"""Most bytes of a proof, whether loose or in a bundle."""
_ZIP_MAGIC: Final = b"PK\x03\x04"
_FAULTS: Final[Mapping[BundleFault, Promise]] = MappingProxyType(
    {
        BundleFault.UNREADABLE: gettext_lazy("The bundle is damaged or no ZIP file."),
        BundleFault.TOO_MANY_FILES: gettext_lazy(
            "The bundle holds more files than a bundle of ours."
        ),
        BundleFault.NOT_ONE_REPORT: gettext_lazy("The bundle holds no PDF, or more than one."),
        BundleFault.SEVERAL_PROOFS: gettext_lazy("The bundle holds more than one proof."),
        BundleFault.OTHER_COMPRESSION: gettext_lazy(
            "The bundle holds no PDF or proof that is compressed as ours are."
        ),
        BundleFault.TOO_LARGE: gettext_lazy("A file in the bundle is too large."),
    }
)


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
        UnreadableUploadError: if a bundle is damaged, too large, or lacks the PDF, or if the proof
            is too large.
    """
    if proof is not None and len(proof) > LARGEST_PROOF:
        raise UnreadableUploadError(_("The proof is too large."))
    if not file.startswith(_ZIP_MAGIC):
        return Handed(file, proof)
    try:
        return Handed(*read_bundle(file, file_limit=LARGEST_UPLOAD, proof_limit=LARGEST_PROOF))
    except BundleError as error:
        raise UnreadableUploadError(str(_FAULTS[error.fault])) from error
