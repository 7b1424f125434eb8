"""The bundle for a competent authority: file, proof, what to trust, and how to verify."""
# SPDX-License-Identifier: Apache-2.0

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.template.loader import render_to_string

from compliance.ledger.selectors import vkey_of
from compliance.reports.models import Report
from compliance.reports.trust import VerificationTrust


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
