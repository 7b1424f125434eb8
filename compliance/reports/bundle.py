"""The bundle for a competent authority: file, proof, what to trust, and how to verify."""
# SPDX-License-Identifier: Apache-2.0

import lzma
import struct
import zlib
from enum import StrEnum
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.template.loader import render_to_string

from compliance.ledger.selectors import vkey_of
from compliance.ledger.tlog_proof import PROOF_LIMIT
from compliance.reports.models import Report
from compliance.reports.trust import VerificationTrust
from compliance.reports.verification import FILE_LIMIT

_MOST_MEMBERS: Final = 64
_METHODS: Final = frozenset({ZIP_STORED, ZIP_DEFLATED})
_UNREADABLE: Final = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)


class BundleFault(StrEnum):
    """What is wrong with a file that should be a bundle, in words."""

    UNREADABLE = "no readable bundle"
    TOO_MANY_FILES = "the bundle holds more files than a bundle of ours"
    NOT_ONE_REPORT = "the bundle does not hold exactly one report"
    SEVERAL_PROOFS = "the bundle holds several proofs"
    OTHER_COMPRESSION = "the report or its proof is compressed otherwise than in a bundle of ours"
    TOO_LARGE = "a file in the bundle is too large"


class BundleError(Exception):
    """A file is no bundle that could be read; the message is for people."""

    def __init__(self, fault: BundleFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def make_bundle(*, report: Report, content: bytes, proof: bytes, trust: VerificationTrust) -> bytes:
    """Return a ZIP with the sealed file, its `.tlog-proof`, the folder `trust/` and a README.

    The same report gives the same bytes: files bear the time at which the report was finished.
    """
    name = report.file_name
    stem = name.removesuffix(".pdf")
    vkey = vkey_of(report.psp)
    readme = render_to_string(
        "reports/README.txt",
        {
            "name": name,
            "psp": report.psp,
            "vkey": vkey,
            "digest": report.file_digest.removeprefix("sha256:"),
        },
    )
    files = {
        f"{stem}/{name}": content,
        f"{stem}/{name}.tlog-proof": proof,
        f"{stem}/README.txt": readme.encode(),
    }
    files |= {f"{stem}/trust/{file}": data for file, data in trust.files((vkey,)).items()}
    written = BytesIO()
    with ZipFile(written, "w") as bundle:
        for path, data in files.items():
            info = ZipInfo(path, date_time=_zip_time(report))
            info.external_attr = 0o644 << 16
            info.compress_type = ZIP_STORED if path.endswith(".pdf") else ZIP_DEFLATED
            bundle.writestr(info, data)
    return written.getvalue()


def read_bundle(
    content: bytes, *, file_limit: int = FILE_LIMIT, proof_limit: int = PROOF_LIMIT
) -> tuple[bytes, bytes | None]:
    """Return the report and its proof (None if there is none) from a bundle.

    What to trust is never taken from a bundle. Members and their sizes in bytes are bounded, and
    the sizes that the bundle claims are not believed.

    Raises:
        BundleError: if the file is no ZIP, does not hold exactly one report and at most one proof,
            or goes beyond a bound.
    """
    try:
        with ZipFile(BytesIO(content)) as bundle:
            if len(bundle.infolist()) > _MOST_MEMBERS:
                raise BundleError(BundleFault.TOO_MANY_FILES)
            reports, proofs = (_of_kind(bundle, suffix) for suffix in (".pdf", ".tlog-proof"))
            if len(reports) != 1:
                raise BundleError(BundleFault.NOT_ONE_REPORT)
            if len(proofs) > 1:
                raise BundleError(BundleFault.SEVERAL_PROOFS)
            report = _unpacked(bundle, reports[0], file_limit)
            return report, _unpacked(bundle, proofs[0], proof_limit) if proofs else None
    except _UNREADABLE as error:
        raise BundleError(BundleFault.UNREADABLE) from error


def _of_kind(bundle: ZipFile, suffix: str) -> list[ZipInfo]:
    """Return the files whose names end so, in whichever case."""
    return [info for info in bundle.infolist() if info.filename.lower().endswith(suffix)]


def _unpacked(bundle: ZipFile, info: ZipInfo, limit: int) -> bytes:
    """Return one file, of at most `limit` bytes."""
    if info.compress_type not in _METHODS:
        raise BundleError(BundleFault.OTHER_COMPRESSION)
    with bundle.open(info) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise BundleError(BundleFault.TOO_LARGE)
    return content


def _zip_time(report: Report) -> tuple[int, int, int, int, int, int]:
    """Return a moment in the form that ZIP files have."""
    moment = report.finished_at or report.requested_at
    return (
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
    )
