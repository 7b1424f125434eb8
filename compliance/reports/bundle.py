"""The bundle for a competent authority: file, proof, what to trust, and how to verify."""
# SPDX-License-Identifier: Apache-2.0

import lzma
import struct
import zlib
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.template.loader import render_to_string

from compliance.ledger.selectors import vkey_of
from compliance.reports.models import Report
from compliance.reports.trust import VerificationTrust
from compliance.reports.verification import FILE_LIMIT

PROOF_LIMIT: Final = 2_000_000
"""Longest proof that is taken from a bundle, in bytes."""


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


class BundleError(Exception):
    """A file is no bundle that could be read; the message is for people."""


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


def read_bundle(content: bytes) -> tuple[bytes, bytes | None]:
    """Return the report and its proof (None if there is none) from a bundle.

    What to trust is never taken from a bundle. Sizes are bounded before anything is unpacked.

    Raises:
        BundleError: if the file is no ZIP, or does not hold exactly one report.
    """
    found: dict[str, bytes] = {}
    try:
        with ZipFile(BytesIO(content)) as bundle:
            for suffix, limit in ((".pdf", FILE_LIMIT), (".pdf.tlog-proof", PROOF_LIMIT)):
                infos = [info for info in bundle.infolist() if info.filename.endswith(suffix)]
                if len(infos) == 1 and infos[0].file_size <= limit:
                    with bundle.open(infos[0]) as file:
                        found[suffix] = file.read(limit + 1)
    except _UNREADABLE as error:
        raise BundleError("no readable bundle") from error
    if ".pdf" not in found:
        raise BundleError("the bundle does not hold exactly one report")
    return found[".pdf"], found.get(".pdf.tlog-proof")


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
